import {axisStyle, Chart, tip, tooltipStyle, type Option} from '../chart';
import {causeColour} from '../colours';
import type {Kernel, Run, Steps, Timeline} from '../document';
import {h} from '../dom';
import {cutEnd, percent, scaled, time} from '../format';
import {shownRun, type RunContext, type RunState} from '../run_state';
import type {Store} from '../store';
import type {Theme} from '../theme';

const laneHeight = 30;
const stepsHeight = 64;
const gap = 30;
const left = 84;

/** [lane, start, end, kernel, label] of a span. */
type Span = [number, number, number, number, string];

interface Api {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
  size: (point: [number, number]) => [number, number];
}
interface Params {
  coordSys: {x: number; width: number};
  dataIndex: number;
}

function hostColour(label: string, colours: Theme): string {
  if (label === 'dispatch') return causeColour('host_dispatch');
  if (label.includes('launch')) return causeColour('launch_gap');
  return colours.muted;
}

function boundOf(kernel: Kernel | undefined, context: RunContext): string {
  if (!kernel) return '';
  let best = 0;
  kernel.attribution_us.forEach((us, i) => {
    if (us > (kernel.attribution_us[best] ?? 0)) best = i;
  });
  return context.causes[best]?.key ?? '';
}

function spansOf(timeline: Timeline, kernels: Kernel[]): Span[] {
  const spans: Span[] = [];
  const {host} = timeline;
  host.start_us.forEach((start, i) =>
    spans.push([0, start, start + (host.duration_us[i] ?? 0), host.kernel[i] ?? 0, host.labels[host.label[i] ?? 0] ?? '']));
  timeline.streams.forEach((stream, s) =>
    stream.start_us.forEach((start, i) => {
      const kernel = stream.kernel[i] ?? 0;
      spans.push([s + 1, start, start + (stream.duration_us[i] ?? 0), kernel, kernels[kernel]?.name ?? '']);
    }));
  return spans;
}

function stepData(steps: Steps, end: number): [number, number][] {
  const data = steps.time_us.map((at, i): [number, number] => [at, steps.value[i] ?? 0]);
  const last = data[data.length - 1];
  if (last) data.push([end, last[1]]);
  return data;
}

function averaging(steps: Steps): string {
  return steps.averaged_us > 0 ? `, mean over ${time(steps.averaged_us)}` : '';
}

function linkTitle(name: string): string {
  return `${name.length <= 4 ? name.toUpperCase() : name} bandwidth`;
}

export interface TimelineView {
  /** Where the span of a subgraph's first kernel is, in pixels of the chart. */
  place: (subgraph: number) => [number, number] | null;
  zoomTo: (from: number, to: number) => void;
}

/** What host, streams, units and links do over time. */
export function timelineChart(host: HTMLElement, store: Store<RunState>, context: RunContext): TimelineView {
  const timelineOf = (run: Run): Timeline => run.timeline as Timeline;
  let zoom: [number, number] = [0, shownRun(store.get()).latency_us];
  const rowsOf = (run: Run): {lanes: string[]; series: ({title: string; most: number; unit: 'units' | 'B/s'} & Steps)[]} => {
    const timeline = timelineOf(run);
    return {
      lanes: ['host', ...timeline.streams.map(s => timeline.streams.length > 1 ? `stream ${s.stream}` : 'device')],
      series: [
        ...timeline.units.map(unit => ({...unit, title: `${unit.name}s at work${averaging(unit)}`, most: unit.count, unit: 'units' as const})),
        ...timeline.links.map(link => ({...link, title: `${linkTitle(link.name)}${averaging(link)}`, most: link.bytes_per_s, unit: 'B/s' as const})),
      ],
    };
  };
  const height = (): number => {
    const {lanes, series} = rowsOf(shownRun(store.get()));
    return 10 + lanes.length * laneHeight + series.length * (stepsHeight + gap) + 84;
  };
  const chart = new Chart(host, {
    label: 'Timeline of host, device, units and links',
    height,
    canvas: true,
    onClick: picked => {
      const value = (picked.data as {value?: Span} | undefined)?.value;
      const kernel = value ? shownRun(store.get()).kernels?.[value[3]] : undefined;
      if (kernel) store.update({subgraph: kernel.subgraph});
    },
    option: colours => optionOf(colours),
  });

  function optionOf(colours: Theme): Option {
    const state = store.get();
    const run = shownRun(state);
    const timeline = timelineOf(run);
    const kernels = run.kernels ?? [];
    const spans = spansOf(timeline, kernels);
    const {lanes, series} = rowsOf(run);
    const right = 30;
    const grids = [{left, right, top: 10, height: lanes.length * laneHeight, outerBoundsMode: 'none'}];
    series.forEach((_, i) =>
      grids.push({left, right, top: 10 + lanes.length * laneHeight + gap + i * (stepsHeight + gap), height: stepsHeight, outerBoundsMode: 'none'}));
    const lastGrid = grids.length - 1;
    const colourOf = (span: Span): string =>
      span[0] === 0 ? hostColour(span[4], colours) : causeColour(boundOf(kernels[span[3]], context));
    const render = (params: Params, api: Api): unknown => {
      const span = spans[params.dataIndex];
      if (!span) return null;
      const [x0, y] = api.coord([span[1], span[0]]);
      const [x1] = api.coord([span[2], span[0]]);
      const from = Math.max(x0, params.coordSys.x);
      const to = Math.min(Math.max(x1, x0 + 0.7), params.coordSys.x + params.coordSys.width);
      if (to <= from) return null;
      const picked = state.subgraph !== null && kernels[span[3]]?.subgraph === state.subgraph;
      const rect = {x: from, y: y - 10, width: to - from, height: 20};
      const wide = to - from > 46;
      return {
        type: 'rect',
        shape: rect,
        style: {
          fill: colourOf(span),
          opacity: state.subgraph === null || picked ? 1 : 0.45,
          stroke: picked ? colours.accent : colours.surface,
          lineWidth: picked ? 2 : to - from > 3 ? 0.6 : 0,
        },
        ...(wide ? {
          textContent: {style: {text: cutEnd(span[4], Math.floor((to - from) / 6.5)), fill: '#10151c', fontSize: 11}},
          textConfig: {position: 'inside'},
        } : {}),
      };
    };
    return {
      grid: grids,
      axisPointer: {link: [{xAxisIndex: 'all'}], lineStyle: {color: colours.muted}, label: {show: false}},
      tooltip: {
        ...tooltipStyle(colours),
        trigger: 'item',
        formatter: (item: {data?: {value?: Span}}) => {
          const span = item.data?.value;
          return span ? spanTip(span, kernels) : '';
        },
      },
      xAxis: grids.map((_, i) => ({
        type: 'value', gridIndex: i, min: 0, max: run.latency_us, ...axisStyle(colours),
        axisPointer: {show: true, snap: false, triggerTooltip: false},
        splitLine: {show: true, lineStyle: {color: colours.line, opacity: 0.5}},
        axisLabel: {show: i === lastGrid, color: colours.muted, hideOverlap: true, showMaxLabel: false, formatter: (us: number) => time(us)},
        axisTick: {show: i === lastGrid},
      })),
      yAxis: grids.map((_, i) => {
        const steps = series[i - 1];
        if (!steps)
          return {type: 'category', gridIndex: 0, inverse: true, data: lanes, ...axisStyle(colours), axisTick: {show: false},
            axisLabel: {color: colours.text, fontSize: 12}, splitLine: {show: false}};
        return {type: 'value', gridIndex: i, min: 0, max: steps.most, interval: steps.most, ...axisStyle(colours),
          name: steps.title, nameLocation: 'end', nameGap: 7, nameTextStyle: {color: colours.text, fontSize: 12, align: 'left'},
          axisLabel: {color: colours.muted, fontSize: 11, formatter: (value: number) =>
            value === 0 ? '0' : steps.unit === 'B/s' ? scaled(value, 'B/s') : String(value)}};
      }),
      dataZoom: [
        {type: 'inside', xAxisIndex: grids.map((_, i) => i), startValue: zoom[0], endValue: zoom[1], zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false, filterMode: 'none', minValueSpan: 0.5},
        {type: 'slider', xAxisIndex: grids.map((_, i) => i), startValue: zoom[0], endValue: zoom[1], bottom: 8, height: 26, left, right,
          filterMode: 'none', borderColor: colours.line, textStyle: {color: colours.muted}, labelFormatter: (us: number) => time(us),
          fillerColor: colours.dark ? '#56b4e922' : '#0072b218', handleStyle: {color: colours.surface, borderColor: colours.muted}, brushSelect: false, minValueSpan: 0.5,
          showDataShadow: false},
      ],
      series: [
        {
          type: 'custom', renderItem: render, clip: true, cursor: 'pointer', xAxisIndex: 0, yAxisIndex: 0,
          encode: {x: [1, 2], y: 0},
          data: spans.map(value => ({value})),
        },
        ...series.map((steps, i) => ({
          type: 'line', step: 'end', xAxisIndex: i + 1, yAxisIndex: i + 1, symbol: 'none', silent: true,
          lineStyle: {width: 1, color: steps.unit === 'units' ? causeColour('compute') : i === 1 ? causeColour('dram') : causeColour('on_chip')},
          areaStyle: {opacity: 0.35, color: steps.unit === 'units' ? causeColour('compute') : i === 1 ? causeColour('dram') : causeColour('on_chip')},
          data: stepData(steps, run.latency_us),
        })),
      ],
    };
  }

  function spanTip(span: Span, kernels: Kernel[]): string {
    const kernel = kernels[span[3]];
    const times = [
      {name: 'from', value: time(span[1])},
      {name: 'for', value: time(span[2] - span[1])},
    ];
    if (span[0] === 0) return tip(span[4], [...times, ...(kernel ? [{name: 'of', value: kernel.name}] : [])]);
    const length = span[2] - span[1];
    return tip(span[4], [
      ...times,
      {name: 'subgraph', value: `#${kernel?.subgraph ?? '?'}`},
      ...context.causes
        .map((cause, i) => ({cause, us: kernel?.attribution_us[i] ?? 0}))
        .filter(item => item.us > 0)
        .map(({cause, us}) => ({name: cause.title, value: `${time(us)}  ${percent(us / length)}`, colour: causeColour(cause.key)})),
    ]);
  }

  chart.on('datazoom', event => {
    const zooms = event as {start?: number; end?: number; batch?: {start?: number; end?: number; startValue?: number; endValue?: number}[]; startValue?: number; endValue?: number};
    const one = zooms.batch?.[0] ?? zooms;
    const latency = shownRun(store.get()).latency_us;
    const from = one.startValue ?? ((one.start ?? 0) / 100) * latency;
    const to = one.endValue ?? ((one.end ?? 100) / 100) * latency;
    zoom = [from, to];
  });
  store.watch((now, before) => {
    if (shownRun(now) !== shownRun(before)) zoom = [0, shownRun(now).latency_us];
    chart.update();
  });

  const zoomTo = (from: number, to: number): void => {
    const latency = shownRun(store.get()).latency_us;
    zoom = [Math.max(0, from), Math.min(latency, to)];
    chart.update();
  };
  const scale = (factor: number): void => {
    const middle = (zoom[0] + zoom[1]) / 2;
    const half = ((zoom[1] - zoom[0]) / 2) * factor;
    zoomTo(middle - half, middle + half);
  };
  const toPicked = (): void => {
    const run = shownRun(store.get());
    const subgraph = run.subgraphs.find(one => one.id === store.get().subgraph);
    if (!subgraph) return;
    const margin = Math.max(1, (subgraph.end_us - subgraph.start_us) * 1.5);
    zoomTo(subgraph.start_us - margin, subgraph.end_us + margin);
  };
  host.before(
    h('div', {class: 'section-controls'},
      h('button', {type: 'button', onclick: () => scale(0.5)}, 'Zoom in'),
      h('button', {type: 'button', onclick: () => scale(2)}, 'Zoom out'),
      h('button', {type: 'button', onclick: () => zoomTo(0, shownRun(store.get()).latency_us)}, 'All'),
      h('button', {type: 'button', onclick: toPicked}, 'Picked subgraph'),
      h('span', {class: 'hint'}, 'drag moves, Ctrl + wheel zooms')),
  );
  return {
    zoomTo,
    place: id => {
      const run = shownRun(store.get());
      const kernel = run.kernels?.find(one => one.subgraph === id && !one.host_only);
      return kernel ? chart.pixelOf([(kernel.start_us + kernel.end_us) / 2, 1]) : null;
    },
  };
}
