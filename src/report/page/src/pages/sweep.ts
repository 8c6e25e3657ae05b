import {axisStyle, Chart, legendStyle, tip, tooltipStyle} from '../chart';
import {seriesColour} from '../colours';
import type {Cell, SweepDocument, TableData} from '../document';
import {h, replace} from '../dom';
import {count, human, percent, plain, time} from '../format';
import {inWindow, setHandle} from '../handle';
import {cards, section, select, type Page} from '../parts';
import {Store} from '../store';
import {curves, hasGain, labelAt, startingHolds, varying, workloads, type Curve, type Held, type Quantity} from '../sweep_model';
import {Table} from '../table';
import type {Theme} from '../theme';

const mostLines = 14;

interface State {
  x: number;
  quantity: Quantity;
  held: Map<number, Held>;
  picked: number | null; // row of the document
}

function quantityText(document: SweepDocument, quantity: Quantity, value: number): string {
  if (quantity === 'latency') return time(value);
  if (quantity === 'gain') return `${value.toFixed(2)}×`;
  return human(value, document.objectives[quantity]?.unit ?? 'number');
}

function quantityTitle(document: SweepDocument, quantity: Quantity): string {
  if (quantity === 'latency') return 'latency';
  if (quantity === 'gain') return 'gain of fusion';
  return document.objectives[quantity]?.name ?? '';
}

function withUnit(document: SweepDocument, dimension: number): string {
  const one = document.dimensions[dimension];
  if (!one) return '';
  return one.unit === '' || one.name.endsWith(`_${one.unit}`) ? one.name : `${one.name}, ${one.unit}`;
}

/** Far apart ends, none of them zero: a logarithmic axis. */
function isWide(values: number[]): boolean {
  const least = Math.min(...values);
  return least > 0 && Math.max(...values) / least >= 8;
}

export function sweepPage(page: Page, document: SweepDocument): void {
  const dims = varying(document);
  const numeric = dims.filter(d => document.dimensions[d]?.numeric);
  const x = numeric.find(d => document.dimensions[d]?.role === 'field') ?? numeric[0];
  const store = new Store<State>({x: x ?? 0, quantity: 'latency', held: startingHolds(document, x ?? 0), picked: null});
  if (document.description) page.main.append(h('p', {class: 'explanation'}, document.description));
  headline(page, document);
  const rowOf = new Map(document.rows.number.map((number, row) => [number, row]));
  const pickNumber = (number: Cell | undefined): void => {
    const row = typeof number === 'number' ? rowOf.get(number) : undefined;
    if (row !== undefined) store.update({picked: row});
  };

  if (document.crossovers.rows.length > 0)
    new Table(section(page, 'crossovers', 'Where fusion pays', `Less than ${percent(document.threshold, 0)} of gain counts as not paying.`),
      document.crossovers, {what: 'findings', limit: 15, facets: document.crossovers.columns.filter(c => c.key !== 'finding').map(c => c.key)});
  const along = x === undefined ? null : alongChart(page, document, store, numeric);
  if (document.objectives.length > 1) frontChart(page, document, store);
  sensitivityChart(page, document);
  const best = document.best;
  const numberAt = best.columns.findIndex(column => column.key === 'configuration');
  new Table(section(page, 'best', `Best by ${document.objectives[0]?.name ?? 'latency'}`, 'The best configurations of every network and size.'), best, {
    what: 'configurations', limit: 30, facets: facetsOf(document, best),
    onPick: row => pickNumber(best.rows[row]?.[numberAt]),
  });
  if (document.failures.rows.length > 0)
    new Table(section(page, 'failures', 'Failures'), document.failures, {what: 'errors', limit: 20});
  rowDetails(page.details, document, store);
  setHandle({
    pick: row => store.update({picked: row}),
    place: (name, row) => {
      if (name !== 'along' || !along) return null;
      const point = curvesOf(document, store.get()).shown.flatMap(curve => curve.points).find(one => one.row === row);
      return point ? inWindow(along.element, along.pixelOf([point.x, point.y])) : null;
    },
  });
}

function facetsOf(document: SweepDocument, table: TableData): string[] {
  return table.columns.map(column => column.key).filter(key =>
    document.dimensions.some(dimension => dimension.name === key && dimension.role !== 'field' && dimension.labels.length > 1));
}

function headline(page: Page, document: SweepDocument): void {
  const {latency_us} = document.rows;
  const fastest = latency_us.reduce((a, b) => Math.min(a, b), Infinity);
  const slowest = latency_us.reduce((a, b) => Math.max(a, b), 0);
  cards(page.main, [
    {name: 'configurations', value: count(document.rows.number.length), ...(document.notes.length > 0 ? {more: 'a choice of them'} : {})},
    {name: 'fastest', value: Number.isFinite(fastest) ? time(fastest) : '–', strong: true},
    {name: 'slowest', value: time(slowest)},
    ...varying(document).slice(0, 4).map(d => {
      const dimension = document.dimensions[d];
      const labels = dimension?.labels ?? [];
      return {name: dimension?.name ?? '', value: `${labels.length} values`,
        more: dimension?.numeric ? `${labels[0]} – ${labels[labels.length - 1]} ${dimension.unit}` : labels.slice(0, 3).join(', ') + (labels.length > 3 ? ', …' : '')};
    }),
  ]);
}

function curvesOf(document: SweepDocument, state: State): {shown: Curve[]; all: number} {
  const all = curves(document, {x: state.x, quantity: state.quantity, held: state.held});
  return {shown: all.slice(0, mostLines), all: all.length};
}

function alongChart(page: Page, document: SweepDocument, store: Store<State>, numeric: number[]): Chart {
  const host = section(page, 'along', 'Along one field', 'Choose what lies across, what is drawn, and how the other dimensions are held.');
  const controls = h('div', {class: 'section-controls'});
  const note = h('p', {class: 'hint', role: 'status'});
  host.append(controls);
  const quantities: {value: string; title: string}[] = [
    {value: 'latency', title: 'latency'},
    ...(hasGain(document) ? [{value: 'gain', title: 'gain of fusion'}] : []),
    ...document.objectives.map((objective, i) => ({value: String(i), title: objective.name})).filter(one => one.title !== 'latency_us'),
  ];
  const drawControls = (): void => {
    const state = store.get();
    replace(controls,
      select('draw', quantities, String(state.quantity), value =>
        store.update({quantity: value === 'latency' || value === 'gain' ? value : Number(value)})),
      select('along', numeric.map(d => ({value: String(d), title: document.dimensions[d]?.name ?? ''})), String(state.x), value => {
        store.update({x: Number(value), held: startingHolds(document, Number(value))});
        drawControls();
      }),
      ...[...state.held].map(([d, held]) => {
        const dimension = document.dimensions[d];
        const options = [
          {value: 'each', title: 'a line each'},
          ...(document.sampling === 'grid' ? [] : [{value: 'any', title: 'any'}]),
          ...(dimension?.labels ?? []).slice(0, 200).map((label, i) => ({value: String(i), title: `${label} ${dimension?.unit ?? ''}`.trim()})),
        ];
        return select(dimension?.name ?? '', options, String(held), value => {
          const changed = new Map(store.get().held);
          changed.set(d, value === 'each' || value === 'any' ? value : Number(value));
          store.update({held: changed});
        });
      }));
  };
  drawControls();
  const chart = new Chart(host, {
    label: 'Curves along one field',
    height: 420,
    onClick: picked => {
      const row = (picked.data as {row?: number} | undefined)?.row;
      if (row !== undefined) store.update({picked: row});
    },
    option: colours => {
      const state = store.get();
      const {shown} = curvesOf(document, state);
      const scattered = [...state.held.values()].includes('any');
      const points = shown.flatMap(curve => curve.points);
      const dimension = document.dimensions[state.x];
      const wideX = isWide(points.map(point => point.x));
      const wideY = state.quantity !== 'gain' && isWide(points.map(point => point.y));
      const text = (value: number): string => quantityText(document, state.quantity, value);
      const picked = points.find(point => point.row === state.picked);
      return {
        grid: {left: 84, right: 24, top: 36, bottom: 50, outerBoundsMode: 'none'},
        legend: {...legendStyle(colours), data: shown.map(curve => curve.name)},
        tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {seriesName?: string; data?: {value?: [number, number]}}) => {
          const value = item.data?.value;
          return value ? tip(item.seriesName ?? '', [
            {name: dimension?.name ?? '', value: `${plain(value[0])} ${dimension?.unit ?? ''}`},
            {name: quantityTitle(document, state.quantity), value: text(value[1])},
          ]) : '';
        }},
        xAxis: {type: wideX ? 'log' : 'value', scale: true, name: withUnit(document, state.x), nameLocation: 'middle', nameGap: 30, ...axisStyle(colours),
          axisLabel: {color: colours.muted, hideOverlap: true, formatter: (value: number) => plain(value)}},
        yAxis: {type: wideY ? 'log' : 'value', scale: state.quantity === 'gain', name: quantityTitle(document, state.quantity), nameLocation: 'middle', nameGap: 66, ...axisStyle(colours),
          axisLabel: {color: colours.muted, formatter: text}},
        series: [
          ...shown.map((curve, i) => ({
            type: scattered ? 'scatter' : 'line',
            name: curve.name,
            symbol: 'circle',
            symbolSize: scattered ? 6 : 7,
            lineStyle: {width: 2},
            itemStyle: {color: seriesColour(i), opacity: scattered ? 0.6 : 1},
            data: curve.points.map(point => ({value: [point.x, point.y], row: point.row})),
            ...(state.quantity === 'gain' && i === 0 ? {markLine: {silent: true, symbol: 'none', label: {show: false},
              lineStyle: {color: colours.muted, type: 'dashed'}, data: [{yAxis: 1}]}} : {}),
          })),
          {type: 'scatter', name: 'picked', silent: true, symbolSize: 18, data: picked ? [[picked.x, picked.y]] : [],
            itemStyle: {color: 'transparent', borderColor: colours.accent, borderWidth: 2.5}},
        ],
      };
    },
  });
  host.append(note);
  const say = (): void => {
    const {shown, all} = curvesOf(document, store.get());
    replace(note, shown.length === 0 ? 'No configuration is like that; choose other values.'
      : all > shown.length ? `${shown.length} of ${all} lines are drawn; hold more dimensions at one value.` : '');
  };
  say();
  store.watch(() => {
    chart.update();
    say();
  });
  return chart;
}

function frontChart(page: Page, document: SweepDocument, store: Store<State>): void {
  const all = workloads(document);
  const {objectives} = document;
  const numberAt = document.pareto.columns.findIndex(column => column.key === 'configuration');
  const onFront = new Set(document.pareto.rows.map(row => row[numberAt]));
  const wishes = objectives.map(one => `${one.goal === 'maximise' ? 'more' : 'less'} ${one.name}`).join(', ');
  const host = section(page, 'pareto', 'Pareto front',
    `Configurations that nothing beats in one of ${wishes} without losing in another.`);
  let workload = all[0] ?? {name: '', rows: []};
  const axes: [number, number] = [0, 1];
  const objectiveAxis = (axis: 0 | 1, colours: Theme): Record<string, unknown> => {
    const values = document.rows.objectives[axes[axis]] ?? [];
    const objective = objectives[axes[axis]];
    return {
      type: isWide(workload.rows.map(row => values[row] ?? 0)) ? 'log' : 'value', scale: true, name: objective?.name,
      nameLocation: 'middle', nameGap: axis === 0 ? 30 : 66, ...axisStyle(colours),
      axisLabel: {color: colours.muted, hideOverlap: true, formatter: (value: number) => human(value, objective?.unit ?? 'number')},
    };
  };
  const chart = new Chart(host, {
    label: 'Pareto front',
    height: 420,
    canvas: true,
    onClick: picked => {
      const row = (picked.data as {row?: number} | undefined)?.row;
      if (row !== undefined) store.update({picked: row});
    },
    option: colours => {
      const [a, b] = [document.rows.objectives[axes[0]] ?? [], document.rows.objectives[axes[1]] ?? []];
      const point = (row: number): {value: [number, number]; row: number} => ({value: [a[row] ?? 0, b[row] ?? 0], row});
      const front = workload.rows.filter(row => onFront.has(document.rows.number[row] ?? -1));
      front.sort((p, q) => (a[p] ?? 0) - (a[q] ?? 0));
      const rest = workload.rows.filter(row => !onFront.has(document.rows.number[row] ?? -1));
      const {picked} = store.get();
      return {
        grid: {left: 84, right: 24, top: 36, bottom: 50, outerBoundsMode: 'none'},
        legend: {...legendStyle(colours), data: ['front', 'beaten']},
        tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {data?: {row?: number}}) =>
          item.data?.row === undefined ? '' : rowTip(document, item.data.row)},
        xAxis: objectiveAxis(0, colours),
        yAxis: objectiveAxis(1, colours),
        series: [
          {type: 'scatter', name: 'beaten', symbolSize: 5, z: 2, itemStyle: {color: colours.muted, opacity: 0.45}, data: rest.map(point)},
          // A front of more than two objectives is no line in two of them.
          {type: objectives.length > 2 ? 'scatter' : 'line', name: 'front', z: 3, symbol: 'circle', symbolSize: objectives.length > 2 ? 7 : 9,
            lineStyle: {width: 2}, itemStyle: {color: seriesColour(1), opacity: 0.85}, data: front.map(point)},
          {type: 'scatter', name: 'picked', silent: true, z: 4, symbolSize: 18,
            data: picked !== null && workload.rows.includes(picked) ? [point(picked)] : [],
            itemStyle: {color: 'transparent', borderColor: colours.accent, borderWidth: 2.5}},
        ],
      };
    },
  });
  store.watch((now, before) => {
    if (now.picked !== before.picked) chart.update();
  });
  const names = objectives.map((objective, i) => ({value: String(i), title: objective.name}));
  const axisSelect = (axis: 0 | 1, label: string): HTMLElement | null =>
    objectives.length < 3 ? null : select(label, names, String(axes[axis]), value => {
      axes[axis] = Number(value);
      chart.update();
    });
  host.before(h('div', {class: 'section-controls'},
    all.length < 2 ? null : select('workload', all.map((one, i) => ({value: String(i), title: one.name})), '0', value => {
      workload = all[Number(value)] ?? workload;
      chart.update();
    }),
    axisSelect(0, 'across'), axisSelect(1, 'up')));
  new Table(host, document.pareto, {
    what: 'configurations', limit: 10, facets: facetsOf(document, document.pareto),
    onPick: index => {
      const row = document.rows.number.indexOf(document.pareto.rows[index]?.[numberAt] as number);
      if (row >= 0) store.update({picked: row});
    },
  });
}

function rowTip(document: SweepDocument, row: number): string {
  return tip(`configuration ${document.rows.number[row]}`, [
    ...varying(document).map(d => ({name: document.dimensions[d]?.name ?? '', value: `${labelAt(document, d, row)} ${document.dimensions[d]?.unit ?? ''}`})),
    ...document.objectives.map((objective, i) => ({name: objective.name, value: human(document.rows.objectives[i]?.[row] ?? 0, objective.unit)})),
  ]);
}

function sensitivityChart(page: Page, document: SweepDocument): void {
  const table = document.sensitivity;
  if (table.rows.length === 0) return;
  const at = (key: string): number => table.columns.findIndex(column => column.key === key);
  const measures = [
    {key: 'total', title: 'share of variance, interactions included'},
    {key: 'first_order', title: 'share of variance by this field alone'},
    {key: 'swing', title: 'swing: latency over the whole range, relative'},
  ].filter(measure => table.rows.some(row => typeof row[at(measure.key)] === 'number'));
  const host = section(page, 'sensitivity', 'What moves latency', 'For each field, how much of the latency depends on it.');
  let measure = measures[0]?.key ?? '';
  const names = table.columns.map((column, i) => ({column, i})).filter(one => document.dimensions.some(d => d.name === one.column.key));
  const fieldAt = at('field');
  const bars = (): {name: string; value: number}[] =>
    table.rows
      .map(row => ({name: [...names.map(one => String(row[one.i] ?? '')), String(row[fieldAt] ?? '')].join(' · '), value: row[at(measure)]}))
      .filter((bar): bar is {name: string; value: number} => typeof bar.value === 'number')
      .sort((a, b) => b.value - a.value)
      .slice(0, 20);
  if (measures.length > 0) {
    const chart = new Chart(host, {
      label: 'Sensitivity of latency to fields',
      height: () => 40 + 22 * bars().length,
      option: (colours, width) => ({
        grid: {left: Math.min(390, width * 0.45), right: 70, top: 6, bottom: 28, outerBoundsMode: 'none'},
        tooltip: {...tooltipStyle(colours), trigger: 'axis', axisPointer: {type: 'shadow'}},
        xAxis: {type: 'value', ...axisStyle(colours), axisLabel: {color: colours.muted, formatter: (value: number) => percent(value, 0)}},
        yAxis: {type: 'category', inverse: true, data: bars().map(bar => bar.name), ...axisStyle(colours), axisTick: {show: false},
          axisLabel: {color: colours.text, interval: 0, width: Math.min(376, width * 0.43), overflow: 'truncate', fontSize: 12}},
        series: [{type: 'bar', barWidth: 12, itemStyle: {color: seriesColour(0)}, data: bars().map(bar => bar.value),
          tooltip: {valueFormatter: (value: number) => percent(value)},
          label: {show: true, position: 'right', color: colours.text, formatter: (item: {value: number}) => percent(item.value)}}],
      }),
    });
    if (measures.length > 1)
      host.before(h('div', {class: 'section-controls'},
        select('measure', measures.map(one => ({value: one.key, title: one.title})), measure, value => {
          measure = value;
          chart.update();
        })));
  }
  new Table(host, table, {what: 'sensitivities', limit: 12, facets: names.map(one => one.column.key).concat('field')});
}

function rowDetails(host: HTMLElement, document: SweepDocument, store: Store<State>): void {
  const draw = (): void => {
    const {picked} = store.get();
    host.classList.toggle('has-pick', picked !== null);
    if (picked === null) {
      replace(host, h('h2', {}, 'A configuration'), h('p', {class: 'hint'}, 'Pick a point or a row to see all of its values.'),
        h('div', {class: 'block'}, h('h3', {}, 'Objectives'), h('table', {class: 'lines'}, ...document.objectives.map(objective =>
          h('tr', {}, h('th', {scope: 'row'}, objective.name), h('td', {}, `${objective.goal}${objective.value !== objective.name ? ` ${objective.value}` : ''}`))))));
      return;
    }
    const line = (name: string, value: string): HTMLElement => h('tr', {}, h('th', {scope: 'row'}, name), h('td', {}, value));
    replace(host,
      h('button', {type: 'button', class: 'close quiet', 'aria-label': 'close', onclick: () => store.update({picked: null})}, '×'),
      h('h2', {}, `Configuration ${document.rows.number[picked]}`),
      h('table', {class: 'lines'},
        line('latency', time(document.rows.latency_us[picked] ?? 0)),
        ...document.objectives.map((objective, i) => ({objective, i})).filter(one => one.objective.name !== 'latency_us')
          .map(({objective, i}) => line(objective.name, human(document.rows.objectives[i]?.[picked] ?? 0, objective.unit)))),
      h('div', {class: 'block'}, h('h3', {}, 'Values'), h('table', {class: 'lines'}, ...document.dimensions.map((dimension, d) => {
        const label = labelAt(document, d, picked);
        return label === '' ? null : line(dimension.name, `${label} ${dimension.unit}`.trim());
      }))));
    host.scrollTop = 0;
  };
  store.watch(draw);
  draw();
}
