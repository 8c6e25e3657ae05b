// Colours that keep their meaning on every page, in light and dark. Okabe and Ito's palette, which
// the colour-blind can tell apart ("Color Universal Design", 2008), its yellow a little darker.

const byCause: Record<string, string> = {
  host_dispatch: '#e69f00',
  launch_gap: '#d9c400',
  compute: '#009e73',
  dram: '#0072b2',
  on_chip: '#56b4e9',
  fill_drain: '#cc79a7',
  tail: '#d55e00',
};

export function causeColour(key: string): string {
  return byCause[key] ?? '#8a8f98';
}

const byVerdict: Record<string, string> = {
  supported: '#009e73',
  'holds only if': '#e69f00',
  refuted: '#d55e00',
  'not testable': '#8a8f98',
  failed: '#7f5fc7',
};

export function verdictColour(verdict: string): string {
  return byVerdict[verdict] ?? '#8a8f98';
}

/** For series that have no fixed meaning. */
export const series = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c8c00',
  '#7f5fc7',
  '#a6761d',
  '#666666',
];

export function seriesColour(index: number): string {
  return series[index % series.length] ?? '#666666';
}
