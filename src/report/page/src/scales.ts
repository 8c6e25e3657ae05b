/** Powers of ten around values: the ends of a logarithmic axis. */
export function decades(values: number[]): [number, number] {
  const positive = values.filter(value => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 10];
  const least = positive.reduce((a, b) => Math.min(a, b));
  const most = positive.reduce((a, b) => Math.max(a, b));
  const low = 10 ** Math.floor(Math.log10(least));
  const high = 10 ** Math.ceil(Math.log10(most));
  return high > low ? [low, high] : [low, low * 10];
}
