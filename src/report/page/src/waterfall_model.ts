// From the latency of one run to that of another, cause by cause.
import type {Cause} from './document';

export interface WaterfallStep {
  title: string;
  key: string; // of the cause; empty for the two latencies
  from: number;
  to: number;
}

/** Savings first, the largest first, then what grew; causes that stay as they are have no step. */
export function waterfall(
  before: {title: string; times: number[]},
  after: {title: string; times: number[]},
  causes: Cause[],
): WaterfallStep[] {
  const total = (times: number[]): number => times.reduce((a, b) => a + b, 0);
  const changes = causes
    .map((cause, i) => ({cause, change: (after.times[i] ?? 0) - (before.times[i] ?? 0)}))
    .filter(item => Math.abs(item.change) > 1e-9)
    .sort((a, b) => a.change - b.change);
  let level = total(before.times);
  const steps: WaterfallStep[] = [{title: before.title, key: '', from: 0, to: level}];
  for (const {cause, change} of changes) {
    steps.push({title: cause.title, key: cause.key, from: level, to: level + change});
    level += change;
  }
  steps.push({title: after.title, key: '', from: 0, to: total(after.times)});
  return steps;
}
