// The pair of runs that a page looks at: without fusion and with, one of them shown, and of that one
// perhaps a subgraph that the reader picked.
import type {Cause, Operator, Run, Subgraph} from './document';

export type Side = 0 | 1;

export interface RunState {
  pair: [Run, Run];
  side: Side;
  subgraph: number | null;
}

export interface RunContext {
  causes: Cause[];
}

export function shownRun(state: RunState): Run {
  return state.pair[state.side];
}

export function otherRun(state: RunState): Run {
  return state.pair[state.side === 0 ? 1 : 0];
}

export function findSubgraph(run: Run, id: number | null): Subgraph | undefined {
  return id === null ? undefined : run.subgraphs.find(subgraph => subgraph.id === id);
}

export function externalBytes(subgraph: Subgraph): number {
  return subgraph.input_bytes + subgraph.output_bytes + subgraph.weight_bytes;
}

/** FLOPs per byte that must cross the subgraph's border; 0 without bytes. */
export function intensity(subgraph: Subgraph): number {
  const bytes = externalBytes(subgraph);
  return bytes > 0 ? subgraph.flops / bytes : 0;
}

export function flopsPerSecond(subgraph: Subgraph): number {
  return subgraph.busy_us > 0 ? subgraph.flops / (subgraph.busy_us * 1e-6) : 0;
}

/** What people call it: its pattern, or of one operator the operator's kind. */
export function titleOf(subgraph: Subgraph, operators?: Operator[]): string {
  if (subgraph.pattern !== 'unfused') return subgraph.pattern;
  const name = subgraph.operators[0];
  return operators?.find(operator => operator.name === name)?.kind ?? subgraph.pattern;
}

/** The subgraph of `to` that does most of what `subgraph` does: has most of its operators. */
export function counterpart(subgraph: Subgraph, to: Run): Subgraph | undefined {
  const names = new Set(subgraph.operators);
  let best: Subgraph | undefined;
  let most = 0;
  for (const candidate of to.subgraphs) {
    const shared = candidate.operators.filter(name => names.has(name)).length;
    if (shared > most || (shared > 0 && shared === most && candidate.busy_us > (best?.busy_us ?? 0))) {
      best = candidate;
      most = shared;
    }
  }
  return best;
}

/** Those of `run` whose operators are all among the subgraph's. */
export function partsOf(subgraph: Subgraph, run: Run): Subgraph[] {
  const names = new Set(subgraph.operators);
  return run.subgraphs.filter(
    candidate => candidate.operators.length > 0 && candidate.operators.every(name => names.has(name)),
  );
}

export function causeTitle(context: RunContext, key: string): string {
  return context.causes.find(cause => cause.key === key)?.title ?? (key === 'none' ? 'nothing' : key);
}

/** Times by cause, in the causes' order. */
export function attributionOf(run: Run, causes: Cause[]): number[] {
  return causes.map(cause => run.attribution_us[cause.key] ?? 0);
}
