import type {Cell, Comparison, CompareDocument, TableData} from '../document';
import {h} from '../dom';
import {count, time} from '../format';
import {cards, choice, section, select, type Page} from '../parts';
import {attributionOf, type RunContext, type RunState, type Side} from '../run_state';
import {stackedBars} from '../sections/attribution';
import {median} from '../statistics';
import {Store} from '../store';
import {Table} from '../table';
import {runSections, runSwitch, savingSection} from './run_sections';

type Label = 'model' | 'target' | 'runtime';
const labels: Label[] = ['model', 'target', 'runtime'];

/** What tells comparisons apart: only labels of which there is more than one. */
export function nameOf(comparison: Comparison, all: Comparison[]): string {
  const telling = labels.filter(label => new Set(all.map(one => one[label])).size > 1);
  const used = telling.length > 0 ? telling : (['model'] as Label[]);
  return used.map(label => comparison[label]).join(' · ');
}

const columns: TableData['columns'] = [
  {key: 'model', title: 'model', unit: 'none'},
  {key: 'target', title: 'target', unit: 'none'},
  {key: 'runtime', title: 'runtime', unit: 'none'},
  {key: 'dtype', title: 'dtype', unit: 'none'},
  {key: 'batch', title: 'batch', unit: 'count'},
  {key: 'strategy', title: 'fused as', unit: 'none'},
  {key: 'unfused_us', title: 'unfused', unit: 'microseconds'},
  {key: 'fused_us', title: 'fused', unit: 'microseconds'},
  {key: 'speedup', title: 'gain', unit: 'ratio'},
  {key: 'unfused_launches', title: 'launches unfused', unit: 'count'},
  {key: 'fused_launches', title: 'launches fused', unit: 'count'},
  {key: 'unfused_dram', title: 'DRAM unfused', unit: 'bytes'},
  {key: 'fused_dram', title: 'DRAM fused', unit: 'bytes'},
];

function rowOf(comparison: Comparison): Cell[] {
  const {unfused, fused} = comparison;
  return [comparison.model, comparison.target, comparison.runtime, comparison.dtype, comparison.batch, fused.strategy,
    unfused.latency_us, fused.latency_us, comparison.speedup, unfused.launches, fused.launches,
    unfused.dram_bytes, fused.dram_bytes];
}

/** Networks down, machines across, the gain in each field, darker the larger. */
function gainMatrix(host: HTMLElement, comparisons: Comparison[], pick: (index: number) => void): void {
  const across = (one: Comparison): string => {
    const several = new Set(comparisons.map(c => c.runtime)).size > new Set(comparisons.map(c => c.target)).size ||
      comparisons.some(a => comparisons.some(b => a !== b && a.model === b.model && a.target === b.target));
    return several ? `${one.target} · ${one.runtime}` : one.target;
  };
  const models = [...new Set(comparisons.map(one => one.model))];
  const machines = [...new Set(comparisons.map(across))];
  const most = Math.max(...comparisons.map(one => Math.abs(Math.log(one.speedup))), 0.05);
  const field = (model: string, machine: string): HTMLElement => {
    const index = comparisons.findIndex(one => one.model === model && across(one) === machine);
    const one = comparisons[index];
    if (!one) return h('td', {}, '–');
    const strength = Math.round((70 * Math.abs(Math.log(one.speedup))) / most);
    return h('td', {class: one.speedup >= 1 ? 'gain' : 'gain loss', style: `--strength:${strength}%`},
      h('button', {type: 'button', title: `${time(one.unfused.latency_us)} → ${time(one.fused.latency_us)}`, onclick: () => pick(index)},
        `${one.speedup.toFixed(2)}×`));
  };
  host.append(h('div', {class: 'table-scroll'}, h('table', {class: 'matrix'},
    h('thead', {}, h('tr', {}, h('th', {}, ''), ...machines.map(machine => h('th', {scope: 'col'}, machine)))),
    h('tbody', {}, ...models.map(model =>
      h('tr', {}, h('th', {scope: 'row'}, model), ...machines.map(machine => field(model, machine))))))));
}

export function comparePage(page: Page, document: CompareDocument): void {
  const context: RunContext = {causes: document.causes};
  const all = document.comparisons;
  const first = all[0];
  if (!first) {
    page.main.append(h('p', {class: 'callout'}, 'Nothing was compared.'));
    return;
  }
  const store = new Store<RunState>({pair: [first.unfused, first.fused], side: 1, subgraph: null});
  let current = 0;
  const pick = (index: number, side?: Side): void => {
    const comparison = all[index];
    if (!comparison) return;
    current = index;
    store.set({pair: [comparison.unfused, comparison.fused], side: side ?? store.get().side, subgraph: null});
  };

  const best = all.reduce((a, b) => (b.speedup > a.speedup ? b : a));
  const least = all.reduce((a, b) => (b.speedup < a.speedup ? b : a));
  cards(page.main, [
    {name: 'comparisons', value: count(all.length)},
    {name: 'median gain', value: `${median(all.map(one => one.speedup)).toFixed(2)}×`, strong: true},
    {name: 'most', value: `${best.speedup.toFixed(2)}×`, more: nameOf(best, all)},
    {name: 'least', value: `${least.speedup.toFixed(2)}×`, more: nameOf(least, all)},
  ]);

  const barsHost = section(page, 'latency', 'Latency, fused and unfused', 'Two bars for each pair: without fusion above, fused below. A click shows the pair in the sections below.');
  latencyBars(barsHost, all, context, store, () => current, pick);
  gainMatrix(section(page, 'gains', 'Gain of fusion', 'Unfused latency over fused latency.'), all, index => pick(index));
  const table = new Table(section(page, 'pairs', 'All pairs'), {columns, rows: all.map(rowOf)}, {
    what: 'pairs',
    facets: ['model', 'target', 'runtime'],
    limit: 30,
    onPick: index => pick(index),
    picked: () => current,
  });
  store.watch(() => table.update());

  const pairSelect = select('pair', all.map((one, i) => ({value: String(i), title: nameOf(one, all)})), '0', value => pick(Number(value)));
  store.watch(() => {
    const list = pairSelect.querySelector('select');
    if (list) list.value = String(current);
  });
  page.bar.append(pairSelect, runSwitch(store));
  savingSection(page, store, context, 'saving', 'What fusion saves', 'Of the chosen pair: from its unfused to its fused latency.');
  runSections(page, store, context);
}

function latencyBars(
  host: HTMLElement,
  all: Comparison[],
  context: RunContext,
  store: Store<RunState>,
  current: () => number,
  pick: (index: number, side?: Side) => void,
): void {
  const latencies = all.map(one => one.unfused.latency_us);
  let mode: 'time' | 'share' = Math.max(...latencies) > 12 * Math.min(...latencies) ? 'share' : 'time';
  const chosen: Partial<Record<Label, string>> = {};
  const visible = (): number[] =>
    all.map((_, i) => i).filter(i => labels.every(label => !chosen[label] || all[i]?.[label] === chosen[label]));
  const bars = stackedBars(host, {
    label: 'Latency of every pair by cause',
    causes: context.causes,
    nameWidth: 300,
    bars: () => visible().flatMap(i => {
      const one = all[i] as Comparison;
      const mark = i === current();
      return [
        {name: nameOf(one, all), times: attributionOf(one.unfused, context.causes), picked: mark},
        {name: one.fused.strategy, times: attributionOf(one.fused, context.causes), picked: mark, second: true,
          label: `${time(one.fused.latency_us)}  ${one.speedup.toFixed(2)}×`},
      ];
    }),
    shares: () => mode === 'time' ? null : {of: (_, index) => all[visible()[Math.floor(index / 2)] ?? 0]?.unfused.latency_us ?? 1},
    onPick: index => {
      const at = visible()[Math.floor(index / 2)];
      if (at !== undefined) pick(at, (index % 2) as Side);
    },
  });
  store.watch(() => bars.update());
  const filters = labels.map(label => {
    const values = [...new Set(all.map(one => one[label]))];
    if (values.length < 2) return null;
    return select(label, [{value: '', title: 'all'}, ...values.map(value => ({value, title: value}))], '', value => {
      chosen[label] = value;
      bars.update();
    });
  });
  host.before(h('div', {class: 'section-controls'},
    choice('length of bars', [{value: 'time', title: 'time'}, {value: 'share', title: '% of unfused'}], mode, value => {
      mode = value;
      bars.update();
    }).element,
    ...filters));
}
