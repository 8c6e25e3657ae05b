import {axisStyle, Chart, legendStyle, tip, tooltipStyle} from '../chart';
import {causeColour} from '../colours';
import type {Cause} from '../document';
import {axisScale, cutEnd, percent, time} from '../format';
import type {Theme} from '../theme';

export interface StackedBar {
  name: string;
  /** By cause. */
  times: number[];
  /** Shown at the end of the bar; empty: the sum. */
  label?: string;
  picked?: boolean;
  /** It belongs to the bar above. */
  second?: boolean;
}

export interface StackedSetting {
  label: string;
  causes: Cause[];
  bars: () => StackedBar[];
  /** Every bar as shares of a total, its own when `total` is absent. */
  shares?: () => {of: (bar: StackedBar, index: number) => number} | null;
  onPick?: (index: number) => void;
  nameWidth?: number;
  legend?: boolean;
}

const barHeight = 24;

/** One bar per run or subgraph, its parts the causes that its time went to. */
export function stackedBars(host: HTMLElement, setting: StackedSetting): Chart {
  const legend = setting.legend ?? true;
  return new Chart(host, {
    label: setting.label,
    height: () => (legend ? 30 : 6) + 30 + Math.max(1, setting.bars().length) * barHeight,
    ...(setting.onPick ? {onClick: (picked: {dataIndex?: number}) => {
      if (picked.dataIndex !== undefined) setting.onPick?.(picked.dataIndex);
    }} : {}),
    option: (colours, width) => optionOf(setting, legend, colours, width),
  });
}

function optionOf(setting: StackedSetting, legend: boolean, colours: Theme, width: number): Record<string, unknown> {
  const bars = setting.bars();
  const shares = setting.shares?.() ?? null;
  const total = (bar: StackedBar): number => bar.times.reduce((a, b) => a + b, 0);
  const lengths = bars.map((bar, i) => (shares ? total(bar) / Math.max(1e-12, shares.of(bar, i)) : total(bar)));
  const most = Math.max(1e-12, ...lengths);
  const scale = shares ? {name: '', one: 1} : axisScale(most, 'microseconds');
  const nameWidth = Math.min(setting.nameWidth ?? 220, width * 0.38);
  const ends = bars.map(bar => bar.label ?? time(total(bar)));
  const used = setting.causes.filter((_, i) => bars.some(bar => (bar.times[i] ?? 0) > 0));
  return {
    grid: {left: nameWidth + 8, right: 24 + 7 * Math.max(...ends.map(text => text.length), 3), top: legend ? 30 : 6, bottom: 26, outerBoundsMode: 'none'},
    legend: legend ? {...legendStyle(colours), data: used.map(cause => cause.title)} : {show: false},
    tooltip: {
      ...tooltipStyle(colours),
      trigger: 'axis',
      axisPointer: {type: 'shadow', shadowStyle: {color: colours.dark ? '#ffffff10' : '#00000010'}},
      formatter: (items: {dataIndex: number}[]) => {
        const bar = bars[items[0]?.dataIndex ?? 0];
        if (!bar) return '';
        const sum = total(bar);
        return tip(bar.name, [
          ...setting.causes
            .map((cause, i) => ({cause, us: bar.times[i] ?? 0}))
            .filter(item => item.us > 0)
            .map(({cause, us}) => ({name: cause.title, value: `${time(us)}  ${percent(us / sum)}`, colour: causeColour(cause.key)})),
          {name: 'total', value: time(sum)},
        ]);
      },
    },
    xAxis: {
      type: 'value',
      max: most * 1.001, // the longest bar's parts, added up, may be longer than it by a rounding: then its label is left out
      ...axisStyle(colours),
      axisLabel: {
        color: colours.muted,
        hideOverlap: true,
        showMaxLabel: false,
        formatter: (value: number) => shares ? `${(value * 100).toFixed(0)} %` : `${Number((value / scale.one).toPrecision(4))} ${scale.name}`,
      },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(bar => bar.name),
      ...axisStyle(colours),
      axisTick: {show: false},
      axisLine: {show: false},
      splitLine: {show: false},
      triggerEvent: true,
      axisLabel: {
        interval: 0,
        width: nameWidth,
        overflow: 'truncate',
        fontSize: 12,
        color: (_: string, index: number) => (bars[index]?.picked ? colours.accent : bars[index]?.second ? colours.muted : colours.text),
        formatter: (name: string) => cutEnd(name, Math.floor(nameWidth / 6.4)),
      },
    },
    series: setting.causes.map((cause, c) => ({
      name: cause.title,
      type: 'bar',
      stack: 'time',
      barWidth: 14,
      cursor: setting.onPick ? 'pointer' : 'default',
      itemStyle: {color: causeColour(cause.key)},
      emphasis: {disabled: true},
      data: bars.map((bar, i) => {
        const us = bar.times[c] ?? 0;
        return {value: shares ? us / Math.max(1e-12, shares.of(bar, i)) : us};
      }),
    })).concat([{
      // No length of its own: it carries the labels at the ends.
      name: '', type: 'bar', stack: 'time', barWidth: 14, cursor: 'default',
      itemStyle: {color: 'transparent'}, emphasis: {disabled: true},
      label: {show: true, position: 'right', color: colours.text, fontSize: 12, formatter: (item: {dataIndex: number}) => ends[item.dataIndex] ?? ''},
      data: bars.map(() => ({value: 0})),
    } as never]),
  };
}
