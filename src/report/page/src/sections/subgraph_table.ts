import type {Cell, Run, Subgraph, TableData} from '../document';
import {h} from '../dom';
import {causeBar} from '../parts';
import {causeTitle, externalBytes, flopsPerSecond, intensity, shownRun, titleOf, type RunContext, type RunState} from '../run_state';
import type {Store} from '../store';
import {Table} from '../table';

const columns: TableData['columns'] = [
  {key: 'id', title: 'id', unit: 'none'},
  {key: 'pattern', title: 'pattern', unit: 'none'},
  {key: 'operators', title: 'first operator', unit: 'none'},
  {key: 'size', title: 'ops', unit: 'count'},
  {key: 'busy_us', title: 'time', unit: 'microseconds'},
  {key: 'attribution_us', title: 'where it goes', unit: 'none'},
  {key: 'bound_by', title: 'bound by', unit: 'none'},
  {key: 'flops', title: 'work', unit: 'flops'},
  {key: 'external', title: 'external', unit: 'bytes'},
  {key: 'weight_bytes', title: 'weights', unit: 'bytes'},
  {key: 'internal_bytes', title: 'internal', unit: 'bytes'},
  {key: 'intensity', title: 'FLOP/B', unit: 'flops_per_byte'},
  {key: 'rate', title: 'TFLOP/s', unit: 'number'},
  {key: 'start_us', title: 'start', unit: 'microseconds'},
];

function rowOf(run: Run, subgraph: Subgraph, context: RunContext): Cell[] {
  return [
    subgraph.id,
    titleOf(subgraph, run.operators),
    subgraph.operators[0] ?? '',
    subgraph.operators.length,
    subgraph.busy_us,
    subgraph.busy_us,
    causeTitle(context, subgraph.bound_by),
    subgraph.flops,
    externalBytes(subgraph),
    subgraph.weight_bytes,
    subgraph.internal_bytes,
    intensity(subgraph),
    flopsPerSecond(subgraph) / 1e12,
    subgraph.start_us,
  ];
}

export function subgraphTable(host: HTMLElement, store: Store<RunState>, context: RunContext): Table {
  const rows = (): Cell[][] => {
    const run = shownRun(store.get());
    return run.subgraphs.map(subgraph => rowOf(run, subgraph, context));
  };
  const byId = (id: Cell): Subgraph | undefined => shownRun(store.get()).subgraphs.find(one => one.id === id);
  const longest = (): number => Math.max(1e-9, ...shownRun(store.get()).subgraphs.map(one => one.busy_us));
  const table = new Table(host, {columns, rows: rows()}, {
    what: 'subgraphs',
    facets: ['pattern', 'bound_by'],
    sort: {key: 'busy_us', descending: true},
    limit: 40,
    render: {
      attribution_us: (_, row) => causeBar(byId(row[0] ?? null)?.attribution_us ?? [], context.causes, longest()),
      operators: cell => h('span', {class: 'cell name'}, String(cell)),
    },
    onPick: row => {
      const subgraph = shownRun(store.get()).subgraphs[row];
      if (subgraph) store.update({subgraph: subgraph.id});
    },
    picked: () => {
      const {subgraph} = store.get();
      if (subgraph === null) return null;
      const at = shownRun(store.get()).subgraphs.findIndex(one => one.id === subgraph);
      return at < 0 ? null : at;
    },
  });
  store.watch((now, before) => {
    if (shownRun(now) !== shownRun(before)) table.setRows(rows());
    else table.update();
  });
  return table;
}
