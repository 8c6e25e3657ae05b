import {axisStyle, Chart, tip, tooltipStyle} from '../chart';
import {causeColour} from '../colours';
import {axisScale, time} from '../format';
import {attributionOf, type RunContext, type RunState} from '../run_state';
import type {Store} from '../store';
import {waterfall} from '../waterfall_model';

/** Latency without fusion, what each cause gives or takes, latency with fusion. */
export function waterfallChart(host: HTMLElement, store: Store<RunState>, context: RunContext): Chart {
  const chart = new Chart(host, {
    label: 'Waterfall from the latency without fusion to the latency with fusion',
    height: 300,
    option: (colours, width) => {
      const [unfused, fused] = store.get().pair;
      const steps = waterfall(
        {title: unfused.strategy, times: attributionOf(unfused, context.causes)},
        {title: fused.strategy, times: attributionOf(fused, context.causes)},
        context.causes,
      );
      const most = Math.max(...steps.map(step => Math.max(step.from, step.to)));
      const scale = axisScale(most, 'microseconds');
      const colourOf = (key: string): string => (key === '' ? colours.muted : causeColour(key));
      const difference = (step: {key: string; from: number; to: number}): string =>
        step.key === '' ? time(step.to) : `${step.to < step.from ? '−' : '+'}${time(Math.abs(step.to - step.from))}`;
      return {
        grid: {left: 56, right: 8, top: 26, bottom: width < 560 ? 62 : 30, outerBoundsMode: 'none'},
        tooltip: {
          ...tooltipStyle(colours),
          trigger: 'axis',
          axisPointer: {type: 'shadow'},
          formatter: (items: {dataIndex: number}[]) => {
            const step = steps[items[0]?.dataIndex ?? 0];
            return step ? tip(step.title, [{name: step.key === '' ? 'latency' : 'change', value: difference(step)}]) : '';
          },
        },
        xAxis: {
          type: 'category',
          data: steps.map(step => step.title),
          ...axisStyle(colours),
          axisTick: {show: false},
          axisLabel: {color: colours.text, fontSize: 12, interval: 0, rotate: width < 560 ? 35 : 0, hideOverlap: false},
        },
        yAxis: {
          type: 'value',
          max: most * 1.02,
          name: scale.name,
          ...axisStyle(colours),
          axisLabel: {color: colours.muted, formatter: (us: number) => String(Number((us / scale.one).toPrecision(4))), showMaxLabel: false},
        },
        series: [
          {type: 'bar', stack: 'level', silent: true, itemStyle: {color: 'transparent'}, data: steps.map(step => Math.min(step.from, step.to))},
          {
            type: 'bar',
            stack: 'level',
            barMaxWidth: 64,
            barCategoryGap: '28%',
            labelLayout: {hideOverlap: true},
            label: {show: true, position: 'top', color: colours.text, fontSize: 12, formatter: (item: {dataIndex: number}) => {
              const step = steps[item.dataIndex];
              return step ? difference(step) : '';
            }},
            data: steps.map(step => ({
              value: Math.abs(step.to - step.from),
              itemStyle: {color: colourOf(step.key), borderRadius: 2},
            })),
          },
        ],
      };
    },
  });
  store.watch((now, before) => {
    if (now.pair !== before.pair) chart.update();
  });
  return chart;
}
