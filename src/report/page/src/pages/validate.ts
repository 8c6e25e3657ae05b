import {axisStyle, Chart, legendStyle, tip, tooltipStyle} from '../chart';
import {causeColour, seriesColour} from '../colours';
import type {Cause, Cell, MeasuredRow, TableData, ValidateDocument} from '../document';
import {h, replace} from '../dom';
import {count, percent, plain, signedPercent, time} from '../format';
import {inWindow, setHandle} from '../handle';
import {cards, causeBar, section, select, type Page} from '../parts';
import {histogram, median} from '../statistics';
import {decades} from '../scales';
import {Store} from '../store';
import {Table} from '../table';

type Label = 'runtime' | 'model' | 'machine' | 'dtype' | 'batch';
const labels: Label[] = ['machine', 'runtime', 'model', 'dtype', 'batch'];

interface State {
  chosen: Partial<Record<Label, string>>;
  colourBy: Label;
  picked: number | null; // index of the row
}

function isPredicted(row: MeasuredRow): row is MeasuredRow & {predicted: number; error: number} {
  return row.predicted !== undefined && row.error !== undefined;
}

function labelOf(row: MeasuredRow, label: Label): string {
  return String(row[label]);
}

/** "latency_ms" → unit "ms". */
export function unitOf(quantity: string): string {
  const unit = /_(ms|us|ns|s)$/.exec(quantity)?.[1];
  return unit === undefined ? '' : unit === 'us' ? 'µs' : unit;
}

export function validatePage(page: Page, document: ValidateDocument): void {
  const {rows, summary} = document;
  const several = labels.filter(label => new Set(rows.map(row => labelOf(row, label))).size > 1);
  const store = new Store<State>({
    chosen: {},
    colourBy: several.find(label => label === 'runtime') ?? several[0] ?? 'machine',
    picked: null,
  });
  const visible = (): number[] => {
    const {chosen} = store.get();
    return rows.map((_, i) => i).filter(i => {
      const row = rows[i] as MeasuredRow;
      return isPredicted(row) && labels.every(label => !chosen[label] || labelOf(row, label) === chosen[label]);
    });
  };
  const unit = unitOf(document.quantity);
  const value = (number: number): string => `${plain(number)} ${unit}`.trim();

  page.bar.append(...several.map(label => {
    const values = [...new Set(rows.map(row => labelOf(row, label)))].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
    return select(label, [{value: '', title: 'all'}, ...values.map(one => ({value: one, title: one}))], '', chosen =>
      store.update({chosen: {...store.get().chosen, [label]: chosen}}));
  }));

  cards(page.main, [
    {name: 'mean error', value: percent(summary.mape), strong: true},
    {name: 'median error', value: percent(summary.median_ape)},
    {name: 'bias', value: signedPercent(summary.bias), more: summary.bias > 0 ? 'too slow on average' : 'too fast on average'},
    {name: 'Kendall τ', value: summary.kendall_tau.toFixed(3), more: '1: always in the right order'},
    {name: 'rows', value: count(summary.rows), ...(summary.failed > 0 ? {more: `${count(summary.failed)} not predicted`} : {})},
  ]);
  const chosenCards = h('p', {class: 'explanation', role: 'status'});
  page.main.append(chosenCards);
  const say = (): void => {
    const shown = visible();
    const errors = shown.map(i => Math.abs(rows[i]?.error ?? 0));
    const mean = errors.reduce((a, b) => a + b, 0) / Math.max(1, errors.length);
    const filtered = shown.length < rows.filter(isPredicted).length;
    replace(chosenCards, filtered
      ? `Chosen: ${count(shown.length)} rows, mean error ${percent(mean)}, median ${percent(median(errors))}.`
      : '');
  };
  say();
  store.watch(say);

  const scatter = scatterChart(page, document, store, visible, value, several);
  errorHistogram(page, rows, store, visible);
  new Table(section(page, 'groups', 'Error by group'), document.groups, {
    what: 'groups', limit: 40,
  });
  if (document.speed_ups.rows.length > 0)
    new Table(section(page, 'speed-ups', 'Gains of fusion, measured and simulated', 'The same work under a runtime that fuses and one that does not.'),
      document.speed_ups, {what: 'pairs', limit: 20, facets: ['model', 'machine']});
  const failed = rows.filter(row => !isPredicted(row));
  rowTable(page, document, store, value);
  if (failed.length > 0)
    new Table(section(page, 'failures', 'Not predicted'), {
      columns: [{key: 'line', title: 'line', unit: 'none'}, {key: 'failure', title: 'why', unit: 'none'}],
      rows: failed.map(row => [row.line, row.failure ?? '']),
    }, {what: 'rows', limit: 20});
  rowDetails(page.details, document, store, value);
  setHandle({
    pick: index => store.update({picked: index}),
    place: (name, index) => {
      const row = rows[index];
      return name === 'scatter' && row && isPredicted(row) ? inWindow(scatter.element, scatter.pixelOf([row.measured, row.predicted])) : null;
    },
  });
}

function scatterChart(
  page: Page,
  document: ValidateDocument,
  store: Store<State>,
  visible: () => number[],
  value: (number: number) => string,
  several: Label[],
): Chart {
  const {rows} = document;
  const host = section(page, 'scatter', 'Simulated against measured', 'On the line both agree; dashed lines are 25 % off, dotted ones a factor of two.');
  const all = rows.filter(isPredicted);
  const range = decades([...all.map(row => row.measured), ...all.map(row => row.predicted)]);
  const unit = unitOf(document.quantity);
  const inMicroseconds: Record<string, number> = {ns: 1e-3, 'µs': 1, ms: 1e3, s: 1e6};
  const axisText = (number: number): string => (unit in inMicroseconds ? time(number * (inMicroseconds[unit] ?? 1)) : plain(number));
  const chart = new Chart(host, {
    label: 'Scatter of simulated against measured figures',
    height: 520,
    canvas: all.length > 800,
    onClick: picked => {
      const index = (picked.data as {index?: number} | undefined)?.index;
      if (index !== undefined) store.update({picked: index});
    },
    option: colours => {
      const {colourBy, picked} = store.get();
      const names = [...new Set(all.map(row => labelOf(row, colourBy)))].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
      const shown = visible();
      const line = (factor: number, type: 'solid' | 'dashed' | 'dotted'): Record<string, unknown> => ({
        type: 'line', silent: true, symbol: 'none', z: 1, name: `line ${factor}`,
        data: [[range[0], range[0] * factor], [range[1], range[1] * factor]],
        lineStyle: {color: colours.muted, width: type === 'solid' ? 1.5 : 1, type},
      });
      const pickedRow = picked === null ? undefined : rows[picked];
      return {
        grid: {left: 84, right: 30, top: 36, bottom: 50, outerBoundsMode: 'none'},
        legend: {...legendStyle(colours), data: names},
        tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {data?: {index?: number}}) => {
          const row = rows[item.data?.index ?? -1];
          return row ? tip(`${row.model}, batch ${row.batch}`, [
            {name: 'machine', value: row.machine},
            {name: 'runtime', value: row.runtime},
            {name: 'dtype', value: row.dtype},
            {name: 'measured', value: value(row.measured)},
            {name: 'simulated', value: value(row.predicted ?? 0)},
            {name: 'error', value: signedPercent(row.error ?? 0)},
          ]) : '';
        }},
        xAxis: {type: 'log', min: range[0], max: range[1], name: unit ? 'measured' : `measured ${document.quantity}`, nameLocation: 'middle', nameGap: 30, ...axisStyle(colours),
          axisLabel: {color: colours.muted, formatter: axisText}},
        yAxis: {type: 'log', min: range[0], max: range[1], name: 'simulated', nameLocation: 'middle', nameGap: 62, ...axisStyle(colours),
          axisLabel: {color: colours.muted, formatter: axisText}},
        series: [
          line(1, 'solid'), line(1.25, 'dashed'), line(0.8, 'dashed'), line(2, 'dotted'), line(0.5, 'dotted'),
          ...names.map((name, i) => ({
            type: 'scatter', name, z: 3, symbolSize: all.length > 800 ? 6 : 9,
            itemStyle: {color: seriesColour(i), opacity: 0.75},
            data: shown.filter(index => labelOf(rows[index] as MeasuredRow, colourBy) === name)
              .map(index => ({value: [rows[index]?.measured, rows[index]?.predicted], index})),
          })),
          {type: 'scatter', name: 'picked', silent: true, z: 5, symbolSize: 18,
            itemStyle: {color: 'transparent', borderColor: colours.accent, borderWidth: 2.5},
            data: pickedRow && isPredicted(pickedRow) ? [[pickedRow.measured, pickedRow.predicted]] : []},
        ],
      };
    },
  });
  store.watch(() => chart.update());
  if (several.length > 0)
    host.before(h('div', {class: 'section-controls'},
      select('colour by', several.map(label => ({value: label, title: label})), store.get().colourBy, label => store.update({colourBy: label as Label}))));
  return chart;
}

function errorHistogram(page: Page, rows: MeasuredRow[], store: Store<State>, visible: () => number[]): void {
  const host = section(page, 'errors', 'Distribution of errors', 'Simulated over measured, less one: below zero is too fast, above too slow.');
  const chart = new Chart(host, {
    label: 'Histogram of errors',
    height: 230,
    option: colours => {
      const bins = histogram(visible().map(i => rows[i]?.error ?? 0), 0.05, -0.6, 1);
      return {
        grid: {left: 56, right: 16, top: 28, bottom: 44, outerBoundsMode: 'none'},
        tooltip: {...tooltipStyle(colours), trigger: 'axis', axisPointer: {type: 'shadow'},
          formatter: (items: {dataIndex: number}[]) => {
            const bin = bins[items[0]?.dataIndex ?? 0];
            return bin ? tip(bin.name, [{name: 'rows', value: count(bin.count)}]) : '';
          }},
        xAxis: {type: 'category', data: bins.map(bin => bin.name), name: 'error', nameLocation: 'middle', nameGap: 28, ...axisStyle(colours),
          axisLabel: {color: colours.muted, fontSize: 11, hideOverlap: true}},
        yAxis: {type: 'value', name: 'rows', minInterval: 1, ...axisStyle(colours)},
        series: [{type: 'bar', barCategoryGap: '8%', data: bins.map(bin => ({
          value: bin.count,
          itemStyle: {color: Math.abs(bin.middle) <= 0.25 ? seriesColour(0) : seriesColour(1)},
        }))}],
      };
    },
  });
  store.watch((now, before) => {
    if (now.chosen !== before.chosen) chart.update();
  });
}

function rowTable(page: Page, document: ValidateDocument, store: Store<State>, value: (number: number) => string): void {
  const {rows} = document;
  const columns: TableData['columns'] = [
    {key: 'line', title: 'line', unit: 'none'},
    ...labels.map(label => ({key: label, title: label, unit: label === 'batch' ? ('count' as const) : ('none' as const)})),
    {key: 'measured', title: `measured ${unitOf(document.quantity)}`, unit: 'number'},
    {key: 'predicted', title: `simulated ${unitOf(document.quantity)}`, unit: 'number'},
    {key: 'error', title: 'error', unit: 'fraction'},
    {key: 'size', title: '|error|', unit: 'fraction'},
    {key: 'shares', title: 'simulated time goes to', unit: 'none'},
  ];
  const cells = (row: MeasuredRow): Cell[] => [row.line, row.machine, row.runtime, row.model, row.dtype, row.batch,
    row.measured, row.predicted ?? null, row.error ?? null, row.error === undefined ? null : Math.abs(row.error), null];
  const all = rows.map(cells);
  const ordered = columns.map(column => column.key);
  const shareAt = ordered.indexOf('line');
  const byLine = new Map(rows.map(row => [row.line, row]));
  const table = new Table(section(page, 'rows', 'Rows, furthest off first'), {columns, rows: all}, {
    what: 'rows',
    facets: labels.filter(label => label !== 'batch'),
    sort: {key: 'size', descending: true},
    limit: 40,
    render: {
      measured: cell => value(Number(cell)),
      predicted: cell => (cell === null ? '–' : value(Number(cell))),
      error: cell => (cell === null ? '–' : signedPercent(Number(cell))),
      shares: (_, row) => causeBar(byLine.get(row[shareAt] as number)?.shares ?? [], document.causes, 1),
    },
    onPick: index => store.update({picked: index}),
    picked: () => store.get().picked,
  });
  store.watch((now, before) => {
    if (now.picked !== before.picked) table.update();
  });
}

function rowDetails(host: HTMLElement, document: ValidateDocument, store: Store<State>, value: (number: number) => string): void {
  const draw = (): void => {
    const {picked} = store.get();
    const row = picked === null ? undefined : document.rows[picked];
    host.classList.toggle('has-pick', row !== undefined);
    if (!row) {
      replace(host, h('h2', {}, 'A row'), h('p', {class: 'hint'}, 'Pick a point or a row to see what was measured, and what its simulated time went to.'));
      return;
    }
    replace(host,
      h('button', {type: 'button', class: 'close quiet', 'aria-label': 'close', onclick: () => store.update({picked: null})}, '×'),
      h('h2', {}, `${row.model}, batch ${row.batch}`),
      h('p', {class: 'hint'}, `line ${row.line} of the measurements`),
      h('table', {class: 'lines'},
        line('measured', value(row.measured)),
        line('simulated', row.predicted === undefined ? (row.failure ?? '–') : value(row.predicted)),
        row.error === undefined ? null : line('error', signedPercent(row.error)),
        ...labels.map(label => line(label, labelOf(row, label)))),
      row.shares && row.shares.some(share => share > 0) ? h('div', {class: 'block'}, h('h3', {}, 'Where the simulated time goes'),
        causeBar(row.shares, document.causes, 1), shareList(row.shares, document.causes)) : null,
      h('div', {class: 'block'}, h('h3', {}, 'As measured'), h('table', {class: 'lines'},
        ...document.columns.map((column, i) => (row.fields[i] ?? '') === '' ? null : line(column, row.fields[i] ?? '')))));
    host.scrollTop = 0;
  };
  store.watch(draw);
  draw();
}

function line(name: string, text: string): HTMLElement {
  return h('tr', {}, h('th', {scope: 'row'}, name), h('td', {}, text));
}

function shareList(shares: number[], causes: Cause[]): HTMLElement {
  return h('table', {class: 'cause-list'}, ...causes.map((cause, i) => (shares[i] ?? 0) <= 0 ? null : h('tr', {},
    h('td', {}, h('span', {class: 'swatch', style: `background:${causeColour(cause.key)}`}), cause.title),
    h('td', {class: 'number'}, percent(shares[i] ?? 0)))));
}
