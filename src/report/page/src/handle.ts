// What scripts may do with an open report: tests, and tools that take pictures of it.

export interface Handle {
  /** Picks a subgraph (row, configuration) by number. */
  pick?: (id: number) => void;
  /** Where the mark of a subgraph is in a section's chart, in pixels of the window. */
  place?: (section: string, id: number) => [number, number] | null;
}

declare global {
  interface Window {
    fusesim?: Handle;
  }
}

export function setHandle(handle: Handle): void {
  window.fusesim = handle;
}

/** From pixels of an element to those of the window. */
export function inWindow(element: Element, place: [number, number] | null): [number, number] | null {
  if (!place) return null;
  const {left, top} = element.getBoundingClientRect();
  return [left + place[0], top + place[1]];
}
