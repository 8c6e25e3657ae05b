import {axisStyle, Chart, legendStyle, tip, tooltipStyle} from '../chart';
import {causeColour} from '../colours';
import type {Run, Subgraph} from '../document';
import {checkbox} from '../parts';
import {human, scaled, threeDigits, time} from '../format';
import {
  causeTitle,
  externalBytes,
  findSubgraph,
  flopsPerSecond,
  intensity,
  otherRun,
  shownRun,
  titleOf,
  type RunContext,
  type RunState,
} from '../run_state';
import {decades} from '../scales';
import type {Store} from '../store';
import type {Theme} from '../theme';

function isDrawn(subgraph: Subgraph): boolean {
  return subgraph.flops > 0 && subgraph.busy_us > 0 && externalBytes(subgraph) > 0;
}

function point(subgraph: Subgraph): [number, number] {
  return [intensity(subgraph), flopsPerSecond(subgraph)];
}

interface Frame {
  x: [number, number];
  y: [number, number];
}

function frameOf(run: Run, drawn: Subgraph[]): Frame {
  const peak = run.roofline.compute.map(roof => roof.per_second);
  const bandwidth = run.roofline.bandwidth.map(roof => roof.per_second);
  const ridge = Math.max(1, ...peak) / Math.max(1, Math.min(...bandwidth));
  const x = decades([...drawn.map(intensity), ridge]);
  const top = Math.max(1, ...peak, ...drawn.map(flopsPerSecond));
  const low = decades(drawn.map(flopsPerSecond))[0];
  return {x, y: [Math.min(low, top / 1e3), top * 2.5]};
}

function roofSeries(run: Run, frame: Frame, colours: Theme): Record<string, unknown>[] {
  const {compute, bandwidth} = run.roofline;
  const peak = Math.max(...compute.map(roof => roof.per_second));
  const widest = Math.max(...bandwidth.map(roof => roof.per_second));
  const line = (name: string, points: [number, number][], labelled: number, label: Record<string, unknown>): Record<string, unknown> => ({
    type: 'line',
    name,
    silent: true,
    symbol: 'none',
    lineStyle: {color: colours.muted, width: 1.4},
    data: points.map((value, i) => ({
      value,
      symbol: i === labelled ? 'circle' : 'none',
      symbolSize: 1,
      label: i === labelled ? {show: true, color: colours.muted, fontSize: 12, formatter: name, ...label} : {show: false},
    })),
    z: 1,
  });
  const slopes = bandwidth.map(roof => {
    const start = Math.max(frame.x[0], frame.y[0] / roof.per_second);
    return line(`${roof.name} ${scaled(roof.per_second, 'B/s')}`,
      [[start, start * roof.per_second], [peak / roof.per_second, peak]], 0,
      {position: 'right', offset: [16, 0]});
  });
  const flats = compute.map(roof =>
    line(`${roof.name} ${scaled(roof.per_second, 'FLOP/s')}`,
      [[Math.max(frame.x[0], roof.per_second / widest), roof.per_second], [frame.x[1], roof.per_second]], 1,
      {position: 'left', offset: [0, -9]}));
  return [...slopes, ...flats];
}

/** Work per byte against work per second, under what the machine gives at best. */
export function rooflineChart(host: HTMLElement, store: Store<RunState>, context: RunContext): Chart {
  let both = false;
  const lines = (run: Run, subgraph: Subgraph): string =>
    tip(`#${subgraph.id} ${titleOf(subgraph, run.operators)}`, [
      {name: subgraph.operators[0] ?? '', value: ''},
      {name: 'time', value: time(subgraph.busy_us)},
      {name: 'work', value: human(subgraph.flops, 'flops')},
      {name: 'external bytes', value: human(externalBytes(subgraph), 'bytes')},
      {name: 'intensity', value: `${threeDigits(intensity(subgraph))} FLOP/B`},
      {name: 'achieved', value: scaled(flopsPerSecond(subgraph), 'FLOP/s')},
      {name: 'bound by', value: causeTitle(context, subgraph.bound_by)},
    ]);
  const chart = new Chart(host, {
    label: 'Roofline: every subgraph by its arithmetic intensity and the rate it reaches',
    height: 420,
    onClick: picked => {
      const data = picked.data as {id?: number; other?: boolean} | undefined;
      if (data?.id === undefined) return;
      const state = store.get();
      store.set({...state, side: data.other ? (state.side === 0 ? 1 : 0) : state.side, subgraph: data.id});
    },
    option: colours => {
      const state = store.get();
      const run = shownRun(state);
      const drawn = run.subgraphs.filter(isDrawn);
      const others = both ? otherRun(state).subgraphs.filter(isDrawn) : [];
      const longest = Math.max(1e-9, ...drawn.map(subgraph => subgraph.busy_us));
      const size = (subgraph: Subgraph): number => 6 + 20 * Math.sqrt(subgraph.busy_us / longest);
      const frame = frameOf(run, [...drawn, ...others]);
      const bounds = [...new Set(drawn.map(subgraph => subgraph.bound_by))];
      bounds.sort((a, b) => context.causes.findIndex(c => c.key === a) - context.causes.findIndex(c => c.key === b));
      const picked = findSubgraph(run, state.subgraph);
      const data = (subgraphs: Subgraph[], from: Run, other: boolean): unknown[] =>
        subgraphs.map(subgraph => ({value: point(subgraph), id: subgraph.id, other, symbolSize: size(subgraph), tip: lines(from, subgraph)}));
      return {
        grid: {left: 96, right: 22, top: 34, bottom: 46, outerBoundsMode: 'none'},
        legend: {...legendStyle(colours), data: bounds.map(key => causeTitle(context, key)), formatter: (name: string) => `bound by ${name}`},
        tooltip: {...tooltipStyle(colours), trigger: 'item', formatter: (item: {data?: {tip?: string}}) => item.data?.tip ?? ''},
        xAxis: {
          type: 'log', min: frame.x[0], max: frame.x[1], name: 'arithmetic intensity, FLOP per external byte',
          nameLocation: 'middle', nameGap: 30, ...axisStyle(colours),
          axisLabel: {color: colours.muted, formatter: (value: number) => String(Number(value.toPrecision(3)))},
        },
        yAxis: {
          type: 'log', min: frame.y[0], max: frame.y[1], name: 'achieved', nameLocation: 'middle', nameGap: 78, ...axisStyle(colours),
          axisLabel: {color: colours.muted, showMaxLabel: false, formatter: (value: number) => scaled(value, 'FLOP/s').replace('.00', '')},
        },
        series: [
          ...roofSeries(run, frame, colours),
          {type: 'scatter', name: 'other run', data: data(others, otherRun(state), true), z: 2,
            itemStyle: {color: 'transparent', borderColor: colours.muted, borderWidth: 1, opacity: 0.7}},
          ...bounds.map(key => ({
            type: 'scatter',
            name: causeTitle(context, key),
            z: 3,
            data: data(drawn.filter(subgraph => subgraph.bound_by === key), run, false),
            itemStyle: {color: causeColour(key), opacity: 0.8, borderColor: colours.surface, borderWidth: 0.6},
          })),
          {type: 'scatter', name: 'picked', silent: true, z: 5,
            data: picked && isDrawn(picked) ? [{value: point(picked), symbolSize: size(picked) + 8}] : [],
            itemStyle: {color: 'transparent', borderColor: colours.accent, borderWidth: 2.5}},
        ],
      };
    },
  });
  store.watch(() => chart.update());
  host.before(checkbox('also the other run, hollow', both, on => {
    both = on;
    chart.update();
  }));
  return chart;
}

/** Where the point of a subgraph is on the chart, in its pixels. */
export function rooflinePlace(chart: Chart, run: Run, id: number): [number, number] | null {
  const subgraph = findSubgraph(run, id);
  return subgraph && isDrawn(subgraph) ? chart.pixelOf(point(subgraph)) : null;
}
