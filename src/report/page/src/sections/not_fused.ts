import type {Cell, TableData} from '../document';
import {shownRun, type RunState} from '../run_state';
import type {Store} from '../store';
import {Table} from '../table';

const columns: TableData['columns'] = [
  {key: 'producer', title: 'producer', unit: 'none'},
  {key: 'consumer', title: 'consumer', unit: 'none'},
  {key: 'shape', title: 'tensor', unit: 'none'},
  {key: 'bytes', title: 'bytes', unit: 'bytes'},
  {key: 'refusal', title: 'reason', unit: 'none'},
  {key: 'detail', title: 'why', unit: 'none'},
];

/** Every edge between two subgraphs, and why it is one. */
export function notFusedTable(host: HTMLElement, store: Store<RunState>): void {
  const edges = (): NonNullable<ReturnType<typeof shownRun>['edges']> =>
    (shownRun(store.get()).edges ?? []).filter(edge => edge.refusal !== undefined);
  const rows = (): Cell[][] => {
    const operators = shownRun(store.get()).operators ?? [];
    return edges().map(edge => [
      operators[edge.producer]?.name ?? '',
      operators[edge.consumer]?.name ?? '',
      edge.shape,
      edge.bytes,
      (edge.refusal ?? '').replace(/_/g, ' '),
      edge.detail,
    ]);
  };
  const table = new Table(host, {columns, rows: rows()}, {
    what: 'edges',
    facets: ['refusal'],
    sort: {key: 'bytes', descending: true},
    limit: 15,
    onPick: row => {
      const edge = edges()[row];
      const operator = edge ? shownRun(store.get()).operators?.[edge.producer] : undefined;
      if (operator) store.update({subgraph: operator.subgraph});
    },
  });
  store.watch((now, before) => {
    if (shownRun(now) !== shownRun(before)) table.setRows(rows());
  });
}
