import type {Chart} from '../chart';
import {cutFront} from '../format';
import {shownRun, titleOf, type RunContext, type RunState} from '../run_state';
import type {Store} from '../store';
import {stackedBars} from './attribution';

const mostBars = 25;

/** The subgraphs that take longest, each by what its time went to. */
export function longestChart(host: HTMLElement, store: Store<RunState>, context: RunContext): Chart {
  const longest = (): ReturnType<typeof shownRun>['subgraphs'] =>
    shownRun(store.get())
      .subgraphs.filter(subgraph => subgraph.busy_us > 0)
      .sort((a, b) => b.busy_us - a.busy_us || a.id - b.id)
      .slice(0, mostBars);
  const chart = stackedBars(host, {
    label: 'Subgraphs that take longest, by cause',
    causes: context.causes,
    nameWidth: 330,
    bars: () => {
      const run = shownRun(store.get());
      return longest().map(subgraph => ({
        name: `#${subgraph.id} ${titleOf(subgraph, run.operators)} · ${cutFront(subgraph.operators[0] ?? '', 24)}`,
        times: subgraph.attribution_us,
        picked: subgraph.id === store.get().subgraph,
      }));
    },
    onPick: index => {
      const subgraph = longest()[index];
      if (subgraph) store.update({subgraph: subgraph.id});
    },
  });
  store.watch(() => chart.update());
  return chart;
}
