import {axisStyle, Chart, legendStyle, tip, tooltipStyle, type Option} from '../chart';
import {countVerdicts, fits, holdingStretches, measuredOf, placeText, relativeTo, shown as asShown, verdicts, type Filter} from '../claim_model';
import {seriesColour, verdictColour} from '../colours';
import type {Cell, Claim, ClaimCurve, ClaimsDocument, TableData} from '../document';
import {h, replace} from '../dom';
import {count, cutFront, human, percent, plain, time} from '../format';
import {inWindow, setHandle} from '../handle';
import {cards, section, select, type Page} from '../parts';
import {stackedBars} from '../sections/attribution';
import {Store} from '../store';
import {Table} from '../table';
import type {Theme} from '../theme';

type CurvePoint = ClaimCurve['points'][number];

interface State extends Filter {
  picked: number;
  curve: number;
}

const columns: TableData['columns'] = [
  {key: 'verdict', title: 'verdict', unit: 'none'},
  {key: 'claim', title: 'claim', unit: 'none'},
  {key: 'claimed', title: 'claimed', unit: 'none'},
  {key: 'simulated', title: 'simulated', unit: 'none'},
  {key: 'measured', title: 'measured', unit: 'none'},
  {key: 'condition', title: 'holds only if', unit: 'none'},
];

function rowOf(claim: Claim): Cell[] {
  return [claim.verdict, [claim.claim, claim.id], claim.claimed, claim.simulated_text || null, claim.measured_text || null, claim.condition || claim.reason || null];
}

function idOf(row: Cell[]): string {
  return (row[1] as string[])[1] ?? '';
}

function badge(verdict: string): HTMLElement {
  return h('span', {class: 'badge', style: `background:${verdictColour(verdict)}`}, verdict);
}

/** The verdict, and whether what was measured says the opposite: then the simulator is wrong, not the claim. */
function badges(claim: Claim): HTMLElement {
  return h('span', {class: 'badges'}, badge(claim.verdict),
    measuredOf(claim) === 'against' ? h('span', {class: 'badge against', title: 'what was measured says the opposite of what is simulated'}, 'against measurement') : null);
}

/** A figure of the claim in its unit: "13.1 x". */
function inUnit(claim: Claim, value: number): string {
  return `${plain(value / (claim.unit_scale || 1))} ${claim.unit}`.trim();
}

export function claimsPage(page: Page, written: ClaimsDocument): void {
  const document = {...written, claims: written.claims.map(asShown)};
  const all = document.claims;
  const first = Math.max(0, all.findIndex(claim => claim.curves.length > 0));
  const store = new Store<State>({verdict: '', file: '', measured: '', picked: first, curve: 0});
  const pick = (picked: number): void => store.update({picked, curve: 0});
  const visible = (): number[] => {
    const now = store.get();
    return all.map((_, i) => i).filter(i => fits(all[i] as Claim, now));
  };
  const files = [...new Set(all.map(claim => claim.file))];
  page.bar.append(
    select('verdict', [{value: '', title: 'all'}, ...verdicts.filter(verdict => all.some(claim => claim.verdict === verdict)).map(value => ({value, title: value}))],
      '', verdict => store.update({verdict})),
    select('measured', [{value: '', title: 'all'}, {value: 'any', title: 'with measurements'}, {value: 'agrees', title: 'as simulated'}, {value: 'against', title: 'against measurement'}],
      '', measured => store.update({measured})),
    select('file', [{value: '', title: 'all'}, ...files.map(value => ({value, title: value.replace(/\.yaml$/, '')}))], '', file => store.update({file})));
  cards(page.main, [
    {name: 'claims', value: count(all.length)},
    ...countVerdicts(all).map(one => ({name: one.verdict, value: count(one.count), more: percent(one.count / all.length, 0)})),
    ...(all.some(claim => claim.against_measurement) ? [{name: 'against measurement', value: count(all.filter(claim => claim.against_measurement).length), more: 'the simulator is wrong'}] : []),
    ...(all.some(claim => !claim.as_expected) ? [{name: 'not as expected', value: count(all.filter(claim => !claim.as_expected).length), strong: true}] : []),
  ]);
  claimTable(page, all, store, visible, pick);
  evidence(page, document, store);
  const forest = forestChart(page, all, store, visible, pick);
  claimDetails(page.details, document, store);
  setHandle({
    pick,
    place: (name, id) => {
      const claim = all[id];
      const relative = claim ? relativeTo(claim) : null;
      return name === 'claimed' && claim && relative ? inWindow(forest.element, forest.pixelOf([relative.simulated, claim.id])) : null;
    },
  });
}

function claimTable(page: Page, all: Claim[], store: Store<State>, visible: () => number[], pick: (index: number) => void): void {
  let shown = visible();
  const rows = (): Cell[][] => shown.map(i => rowOf(all[i] as Claim));
  const table = new Table(section(page, 'claims', 'Claims', 'What was said, what is simulated, and what was measured where rows of it are known.'),
    {columns, rows: rows()}, {
      what: 'claims',
      limit: 40,
      narrow: ['claimed', 'simulated', 'measured', 'condition'],
      render: {
        verdict: (_, row) => badges(all.find(claim => claim.id === idOf(row)) as Claim),
        claim: cell => h('span', {class: 'cell wrap'}, ...(cell as string[]).map((text, i) => (i === 0 ? text : h('span', {class: 'small'}, text)))),
      },
      onPick: row => {
        const index = shown[row];
        if (index !== undefined) pick(index);
      },
      picked: () => {
        const at = shown.indexOf(store.get().picked);
        return at < 0 ? null : at;
      },
    });
  store.watch((now, before) => {
    if (now.verdict !== before.verdict || now.file !== before.file || now.measured !== before.measured) {
      shown = visible();
      table.setRows(rows());
    } else if (now.picked !== before.picked) {
      table.update();
    }
  });
}

/** Of the picked claim: its value along what it leaves open, and what the latencies behind it went into. */
function evidence(page: Page, document: ClaimsDocument, store: Store<State>): void {
  const all = document.claims;
  const claim = (): Claim => all[store.get().picked] as Claim;
  const host = section(page, 'evidence', 'Evidence');
  const about = h('p', {class: 'explanation'});
  const controls = h('div', {class: 'section-controls'});
  const curveHost = h('div');
  const runsTitle = h('h3', {}, 'Runs behind the figure, by cause');
  const runsHost = h('div');
  host.append(about, controls, curveHost, runsTitle, runsHost);
  const curve = new Chart(curveHost, {label: 'Value of the claim along a parameter', height: 300, option: colours => curveOption(claim(), store.get().curve, colours)});
  const simulatedRuns = (): Claim['runs'] => claim().runs.filter(run => run.attribution_us !== undefined);
  const runs = stackedBars(runsHost, {
    label: 'Attribution of the runs behind the claim',
    causes: document.causes,
    nameWidth: 330,
    bars: () => simulatedRuns().slice(0, 40).map(run => ({
      name: [run.label ? `${run.run} ${run.label}` : run.run, run.model.split('/').pop(), run.runtime, run.strategy].join(' · '),
      times: document.causes.map(cause => run.attribution_us?.[cause.key] ?? 0),
    })),
  });
  const draw = (): void => {
    const {curves} = claim();
    replace(about, claim().claim);
    replace(controls, curves.length < 2 ? null : select('along', curves.map((one, i) => ({value: String(i), title: one.title})), String(store.get().curve),
      value => store.update({curve: Number(value)})));
    curveHost.hidden = curves.length === 0;
    runsHost.hidden = runsTitle.hidden = simulatedRuns().length === 0;
    if (curves.length > 0) curve.update();
    if (simulatedRuns().length > 0) runs.update();
    if (curves.length === 0 && simulatedRuns().length === 0)
      replace(controls, h('span', {class: 'hint'}, claim().reason || 'It is counted, not simulated, and leaves nothing open.'));
  };
  draw();
  store.watch(draw);
}

function curveOption(claim: Claim, index: number, colours: Theme): Option {
  const curve = claim.curves[index] ?? claim.curves[0];
  if (!curve) return {series: []};
  const scale = claim.unit_scale || 1;
  const {points} = curve;
  const x = (i: number): number | string => points[i]?.x ?? 0;
  const line = (pick: (point: CurvePoint) => number | null): (readonly [number | string, number | null])[] =>
    points.map((point, i) => [x(i), pick(point) === null ? null : (pick(point) ?? 0) / scale] as const);
  const all = curve.points.flatMap(point => [point.simulated, point.measured, point.claimed_from, point.claimed_to]).filter((v): v is number => v !== null && v > 0);
  const wide = all.length > 0 && Math.max(...all) / Math.min(...all) > 30;
  const bound = (name: string, pick: (point: CurvePoint) => number | null): Record<string, unknown> => ({
    type: 'line', name, symbol: 'none', silent: true, lineStyle: {color: colours.text, type: 'dashed', width: 1.2}, itemStyle: {color: colours.text}, data: line(pick),
  });
  const hasBound = curve.points.some(point => point.claimed_from !== null || point.claimed_to !== null);
  return {
    grid: {left: 76, right: 24, top: 36, bottom: 46, outerBoundsMode: 'none'},
    legend: {...legendStyle(colours), data: ['simulated', ...(curve.points.some(point => point.measured !== null) ? ['measured'] : []), ...(hasBound ? ['claimed'] : [])]},
    tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {dataIndex: number}) => {
      const point = curve.points[item.dataIndex];
      return point ? tip(`${curve.title} ${placeText(point)} ${curve.unit}`, [
        {name: 'simulated', value: point.simulated === null ? (point.error ?? '–') : inUnit(claim, point.simulated)},
        ...(point.measured === null ? [] : [{name: 'measured', value: inUnit(claim, point.measured)}]),
        {name: 'the claim', value: point.holds ? 'holds' : 'does not hold'},
      ]) : '';
    }},
    xAxis: curve.numeric
      ? {type: curve.logarithmic && curve.points.every(point => typeof point.x === 'number' && point.x > 0) ? 'log' : 'value', logBase: 2, scale: true, min: 'dataMin', max: 'dataMax', name: `${curve.title}${curve.unit ? `, ${curve.unit}` : ''}`,
          nameLocation: 'middle', nameGap: 28, ...axisStyle(colours), axisLabel: {color: colours.muted, hideOverlap: true, formatter: (v: number) => plain(v)}}
      : {type: 'category', data: curve.points.map((_, i) => x(i)), name: curve.title, nameLocation: 'middle', nameGap: 28, ...axisStyle(colours)},
    yAxis: {type: wide ? 'log' : 'value', scale: true, name: claim.unit || 'value', nameLocation: 'middle', nameGap: 52, ...axisStyle(colours), axisLabel: {color: colours.muted, formatter: (v: number) => plain(v)}},
    series: [
      {type: 'line', name: 'simulated', symbol: 'circle', symbolSize: 7, lineStyle: {width: 2}, itemStyle: {color: seriesColour(0)}, data: line(point => point.simulated),
        markArea: {silent: true, itemStyle: {color: verdictColour('supported'), opacity: 0.12},
          data: holdingStretches(curve).map(([from, to]) => [{xAxis: x(from)}, {xAxis: x(to)}])}},
      {type: 'scatter', name: 'measured', symbol: 'diamond', symbolSize: 12, itemStyle: {color: seriesColour(1)}, data: line(point => point.measured)},
      bound('claimed', point => point.claimed_from),
      bound(' claimed', point => point.claimed_to),
    ],
  };
}

const rowHeight = 17;

/** Every claim with a figure, by how many times what was claimed is simulated. */
function forestChart(page: Page, all: Claim[], store: Store<State>, visible: () => number[], pick: (index: number) => void): Chart {
  const host = section(page, 'claimed', 'Simulated over claimed', 'At 1 a figure is as claimed; the grey stretch is what was claimed, with its tolerance.');
  const drawn = (): {index: number; claim: Claim; relative: NonNullable<ReturnType<typeof relativeTo>>}[] =>
    visible().flatMap(index => {
      const claim = all[index] as Claim;
      const relative = relativeTo(claim);
      return relative ? [{index, claim, relative}] : [];
    });
  const chart = new Chart(host, {
    label: 'Every claim by its simulated figure over the claimed one',
    height: () => 90 + rowHeight * Math.max(1, drawn().length),
    onClick: picked => {
      const index = (picked.data as {index?: number} | undefined)?.index;
      if (index !== undefined) pick(index);
    },
    option: colours => {
      const rows = drawn();
      const {picked} = store.get();
      const values = rows.flatMap(row => [row.relative.simulated, row.relative.measured ?? 1]);
      const low = Math.min(0.5, ...values) / 1.15;
      const high = Math.max(2, ...values) * 1.15;
      const ends = (value: number): number => Math.min(high, Math.max(low, value));
      return {
        grid: {left: 270, right: 24, top: 34, bottom: 44, outerBoundsMode: 'none'},
        legend: {...legendStyle(colours), data: [...verdicts.filter(verdict => rows.some(row => row.claim.verdict === verdict)), ...(rows.some(row => row.relative.measured !== null) ? ['measured'] : [])]},
        tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {data?: {index?: number}}) => {
          const claim = all[item.data?.index ?? -1];
          return claim ? tip(claim.claim, [
            {name: 'claimed', value: claim.claimed},
            {name: 'simulated', value: claim.simulated_text},
            ...(claim.measured_text ? [{name: 'measured', value: claim.measured_text}] : []),
            {name: 'verdict', value: claim.verdict, colour: verdictColour(claim.verdict)},
          ]) : '';
        }},
        xAxis: {type: 'log', min: low, max: high, name: 'simulated over claimed', nameLocation: 'middle', nameGap: 28, ...axisStyle(colours),
          axisLabel: {color: colours.muted, showMinLabel: false, showMaxLabel: false, formatter: (v: number) => `${plain(v)}×`}},
        yAxis: {type: 'category', inverse: true, data: rows.map(row => row.claim.id), ...axisStyle(colours), axisTick: {show: false}, splitLine: {show: false},
          axisLabel: {interval: 0, fontSize: 11, color: (_: string, i: number) => (rows[i]?.index === picked ? colours.accent : colours.text), formatter: (id: string) => cutFront(id, 40)}},
        series: [
          {type: 'custom', name: 'claimed', silent: true, z: 1, encode: {x: [0, 1], y: 2},
            data: rows.map(row => [ends(row.relative.from), ends(row.relative.to), row.claim.id]),
            renderItem: (_: unknown, api: {value: (d: number) => number; coord: (p: [number, number]) => [number, number]}) => {
              const [x0, y] = api.coord([api.value(0), api.value(2)]);
              const [x1] = api.coord([api.value(1), api.value(2)]);
              return {type: 'rect', shape: {x: x0, y: y - 5, width: Math.max(2, x1 - x0), height: 10}, style: {fill: colours.muted, opacity: 0.25}};
            }},
          ...verdicts.map(verdict => ({type: 'scatter', name: verdict, z: 3, symbolSize: 9, itemStyle: {color: verdictColour(verdict)},
            data: rows.filter(row => row.claim.verdict === verdict).map(row => ({value: [row.relative.simulated, row.claim.id], index: row.index}))})),
          {type: 'scatter', name: 'measured', z: 4, symbol: 'diamond', symbolSize: 10,
            markLine: {silent: true, symbol: 'none', label: {show: false}, lineStyle: {color: colours.muted, type: 'dashed'}, data: [{xAxis: 1}]}, itemStyle: {color: 'transparent', borderColor: colours.text, borderWidth: 1.5},
            data: rows.filter(row => row.relative.measured !== null).map(row => ({value: [row.relative.measured, row.claim.id], index: row.index}))},
        ],
      };
    },
  });
  store.watch((now, before) => {
    if (now.curve === before.curve) chart.update();
  });
  return chart;
}

/** Every measured value with its source: along what the claim leaves open, where its own figure is among them, or that alone. */
function measuredBlock(claim: Claim): HTMLElement | null {
  const line = (place: string, one: Claim['measurements'][number]): HTMLElement =>
    h('li', {}, `${place}${inUnit(claim, one.value)}, ${one.holds ? 'agrees with the claim' : 'disagrees with the claim'}: ${one.source}`);
  const along = claim.curves.flatMap(curve => curve.points.flatMap(point =>
    point.measurements.map(one => line(`${curve.title} ${placeText(point)}: `, one))));
  const lines = along.length > 0 ? along : claim.measurements.map(one => line('', one));
  return lines.length > 0 ? h('div', {class: 'block'}, h('h3', {}, 'Measured'), h('ul', {class: 'compact'}, ...lines)) : null;
}

function claimDetails(host: HTMLElement, document: ClaimsDocument, store: Store<State>): void {
  const line = (name: string, value: string): HTMLElement | null =>
    value === '' ? null : h('tr', {}, h('th', {scope: 'row'}, name), h('td', {}, value));
  const figure = (name: string, value: number): string =>
    name.includes('_us') ? time(value) : name.includes('_bytes') ? human(value, 'bytes') : name.includes('flops') ? human(value, 'flops') : plain(value);
  const draw = (): void => {
    const claim = document.claims[store.get().picked];
    host.classList.toggle('has-pick', claim !== undefined);
    if (!claim) return;
    const inputs = Object.entries(claim.inputs);
    replace(host,
      h('h2', {}, claim.id),
      h('p', {class: 'quote'}, `“${claim.claim}”`),
      h('p', {class: 'hint'}, claim.source),
      badges(claim),
      claim.condition || claim.reason ? h('p', {}, claim.condition || claim.reason) : null,
      claim.as_expected ? null : h('p', {class: 'callout warning'}, `expected: ${claim.expected ?? ''}`),
      h('table', {class: 'lines'},
        line('claimed', claim.claimed),
        line('simulated', claim.simulated_text),
        line('measured', claim.measured_text),
        line('value', claim.value),
        line('file', claim.file)),
      claim.why ? h('div', {class: 'block'}, h('h3', {}, 'Why'), h('p', {}, claim.why)) : null,
      inputs.length > 0 ? h('div', {class: 'block'}, h('h3', {}, 'Figures'), h('table', {class: 'lines'},
        ...inputs.slice(0, 24).map(([name, value]) => line(name, figure(name, value))))) : null,
      measuredBlock(claim),
      claim.note ? h('div', {class: 'block'}, h('h3', {}, 'Note'), h('p', {}, claim.note)) : null,
      document.descriptions[claim.file] ? h('div', {class: 'block'}, h('h3', {}, claim.file), h('p', {class: 'muted'}, document.descriptions[claim.file] ?? '')) : null);
    host.scrollTop = 0;
  };
  draw();
  store.watch((now, before) => {
    if (now.picked !== before.picked) draw();
  });
}
