/** Of an even number, the mean of both in the middle; 0 of none. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

export interface Bin {
  name: string;
  middle: number;
  count: number;
}

/** Counts values in bins of one width; what lies outside of [low, high) falls into an end of its own. */
export function histogram(values: number[], width: number, low: number, high: number): Bin[] {
  const text = (fraction: number): string => `${fraction < -1e-9 ? '−' : fraction > 1e-9 ? '+' : ''}${Math.round(Math.abs(fraction) * 100)}`;
  const inner = Math.round((high - low) / width);
  const bins: Bin[] = [{name: `below ${text(low)} %`, middle: low - width / 2, count: 0}];
  for (let i = 0; i < inner; ++i) {
    const from = low + i * width;
    bins.push({name: `${text(from)} to ${text(from + width)} %`, middle: from + width / 2, count: 0});
  }
  bins.push({name: `above ${text(high)} %`, middle: high + width / 2, count: 0});
  for (const value of values) {
    const at = value < low ? 0 : Math.min(inner, Math.floor((value - low) / width + 1e-9)) + 1;
    const bin = bins[at];
    if (bin) ++bin.count;
  }
  // Empty ends say nothing.
  while (bins.length > 1 && bins[0]?.count === 0) bins.shift();
  while (bins.length > 1 && bins[bins.length - 1]?.count === 0) bins.pop();
  return bins;
}
