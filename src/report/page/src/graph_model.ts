// The partition graph as boxes and arrows with places: subgraphs that read one another, in layers.
import dagre from '@dagrejs/dagre';
import type {Run, Subgraph} from './document';

export interface GraphBox {
  /** Subgraph id; inputs of the network have negative ones. */
  id: number;
  subgraph: Subgraph | null;
  title: string;
  x: number; // middle
  y: number;
  width: number;
  height: number;
}

export interface GraphArrow {
  from: number;
  to: number;
  points: {x: number; y: number}[];
  /** It goes from one column to another (see fold). */
  folded?: boolean;
}

export interface PlacedGraph {
  boxes: GraphBox[];
  arrows: GraphArrow[];
  width: number;
  height: number;
}

export interface GraphLinks {
  nodes: number[];
  links: [number, number][];
}

const box = {width: 268, height: 58};
const idleBox = {width: 150, height: 26};
/** Above this many boxes a faster way to rank them; the picture is little worse. */
const manyBoxes = 400;

export function worksAtAll(subgraph: Subgraph): boolean {
  return subgraph.busy_us > 0 || subgraph.pattern !== 'no_work';
}

/** Who reads whom, by subgraph. Without the idle ones, what they hand on goes past them. */
export function linksOf(run: Run, idle: boolean): GraphLinks {
  const operators = run.operators ?? [];
  const direct = new Map<number, Set<number>>();
  const link = (from: number, to: number): void => {
    if (from === to) return;
    const targets = direct.get(from) ?? new Set<number>();
    targets.add(to);
    direct.set(from, targets);
  };
  for (const edge of run.edges ?? []) {
    const from = operators[edge.producer]?.subgraph;
    const to = operators[edge.consumer]?.subgraph;
    if (from !== undefined && to !== undefined) link(from, to);
  }
  const inputs = run.graph_inputs ?? [];
  inputs.forEach((input, i) => {
    for (const reader of input.readers) {
      const to = operators[reader]?.subgraph;
      if (to !== undefined) link(-1 - i, to);
    }
  });
  const shown = new Set(run.subgraphs.filter(one => idle || worksAtAll(one)).map(one => one.id));
  inputs.forEach((_, i) => shown.add(-1 - i));
  const reached = (from: number, seen = new Set<number>()): Set<number> => {
    const found = new Set<number>();
    const waiting = [...(direct.get(from) ?? [])];
    while (waiting.length > 0) {
      const next = waiting.pop() as number;
      if (seen.has(next)) continue;
      seen.add(next);
      if (shown.has(next)) found.add(next);
      else waiting.push(...(direct.get(next) ?? []));
    }
    return found;
  };
  const links: [number, number][] = [];
  for (const from of shown) for (const to of reached(from)) links.push([from, to]);
  return {nodes: [...shown].sort((a, b) => a - b), links};
}

export function placeGraph(run: Run, idle: boolean, titleOf: (subgraph: Subgraph) => string): PlacedGraph {
  const {nodes, links} = linksOf(run, idle);
  const byId = new Map(run.subgraphs.map(subgraph => [subgraph.id, subgraph]));
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 28,
    ranksep: 34,
    edgesep: 14,
    ranker: nodes.length > manyBoxes ? 'tight-tree' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of nodes) {
    const subgraph = byId.get(id);
    graph.setNode(String(id), subgraph && worksAtAll(subgraph) ? {...box} : {...idleBox});
  }
  for (const [from, to] of links) graph.setEdge(String(from), String(to));
  dagre.layout(graph);
  const boxes = nodes.map((id): GraphBox => {
    const place = graph.node(String(id));
    const subgraph = byId.get(id) ?? null;
    const input = run.graph_inputs?.[-1 - id];
    return {
      id,
      subgraph,
      title: subgraph ? titleOf(subgraph) : `${input?.name ?? 'input'} ${input?.shape ?? ''}`,
      x: place.x,
      y: place.y,
      width: place.width,
      height: place.height,
    };
  });
  const arrows = graph.edges().map((edge): GraphArrow => ({
    from: Number(edge.v),
    to: Number(edge.w),
    points: (graph.edge(edge) as {points: {x: number; y: number}[]}).points,
  }));
  const {width = 0, height = 0} = graph.graph();
  return {boxes, arrows, width, height};
}

/** Boxes whose title, operators or number hold the words. */
export function searchBoxes(boxes: GraphBox[], words: string): Set<number> {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return new Set();
  return new Set(
    boxes
      .filter(one =>
        [one.title, `#${one.id}`, ...(one.subgraph?.operators ?? [])].some(text => text.toLowerCase().includes(wanted)))
      .map(one => one.id),
  );
}
