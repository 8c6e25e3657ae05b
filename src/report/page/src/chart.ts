// One chart: ECharts' parts that the page needs, kept in step with the theme, the window and print.
import {BarChart, CustomChart, LineChart, ScatterChart} from 'echarts/charts';
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import type {EChartsCoreOption} from 'echarts/core';
import {CanvasRenderer, SVGRenderer} from 'echarts/renderers';
import {h} from './dom';
import {theme, type Theme} from './theme';

echarts.use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export type Option = EChartsCoreOption;

/** What a pointer event says of where it was. */
export interface Picked {
  seriesIndex?: number;
  seriesName?: string;
  dataIndex?: number;
  name?: string;
  data?: unknown;
}

export interface ChartSetting {
  /** For readers that cannot see it. */
  label: string;
  height: number | (() => number);
  /** Canvas for thousands of marks; the default, SVG, prints sharp. */
  canvas?: boolean;
  option: (theme: Theme, width: number) => Option;
  onClick?: (picked: Picked) => void;
}

const paperWidth = 1000; // of charts in print, CSS pixels: A4 landscape less its margins

export class Chart {
  readonly element: HTMLElement;
  private readonly instance: echarts.ECharts;
  private width = 0;

  constructor(host: HTMLElement, private readonly setting: ChartSetting) {
    this.element = h('div', {class: 'chart', role: 'img', 'aria-label': setting.label});
    this.element.style.height = `${this.height()}px`;
    host.append(this.element);
    this.width = this.element.clientWidth || 800;
    this.instance = echarts.init(this.element, null, {
      renderer: setting.canvas ? 'canvas' : 'svg',
      width: this.width,
      height: this.height(),
    });
    if (setting.onClick) {
      const onClick = setting.onClick;
      this.instance.on('click', event => onClick(event as Picked));
    }
    this.update();
    theme.watch(() => this.update());
    new ResizeObserver(() => this.fit(this.element.clientWidth)).observe(this.element);
    window.addEventListener('beforeprint', () => this.fit(paperWidth));
    window.addEventListener('afterprint', () => this.fit(this.element.clientWidth));
  }

  /** Draws anew; what the option function says may have changed. */
  update(): void {
    const height = this.height();
    this.element.style.height = `${height}px`;
    this.instance.resize({width: this.width, height});
    this.instance.setOption(
      {
        animation: false,
        textStyle: {fontFamily: 'system-ui, sans-serif', color: theme.get().text},
        ...this.setting.option(theme.get(), this.width),
      },
      // Everything anew, but the tooltip: it may be on its way to the screen, and legends keep what is hidden.
      {replaceMerge: ['series', 'grid', 'xAxis', 'yAxis', 'dataZoom']},
    );
  }

  on(event: string, handler: (event: unknown) => void): void {
    this.instance.on(event, handler);
  }

  dispatch(action: {type: string; [key: string]: unknown}): void {
    this.instance.dispatchAction(action);
  }

  /** Where a point of the first axes is, in pixels of the element. */
  pixelOf(point: [number | string, number | string], gridIndex = 0): [number, number] {
    const [x, y] = this.instance.convertToPixel({gridIndex}, point as never) as unknown as [number, number];
    return [x, y];
  }

  private height(): number {
    return typeof this.setting.height === 'number' ? this.setting.height : this.setting.height();
  }

  private fit(width: number): void {
    if (width <= 0 || width === this.width) return;
    this.width = width;
    this.update();
  }
}

// ---- what charts share ----------------------------------------------------------------------------

export function axisStyle(colours: Theme): Record<string, unknown> {
  return {
    axisLine: {lineStyle: {color: colours.line}},
    axisTick: {lineStyle: {color: colours.line}},
    axisLabel: {color: colours.muted, fontSize: 12},
    nameTextStyle: {color: colours.muted, fontSize: 12},
    splitLine: {lineStyle: {color: colours.line, opacity: 0.7}},
    minorSplitLine: {show: false},
  };
}

export function legendStyle(colours: Theme): Record<string, unknown> {
  return {
    type: 'scroll',
    top: 0,
    left: 0,
    right: 0,
    itemWidth: 14,
    itemHeight: 10,
    itemGap: 14,
    textStyle: {color: colours.text, fontSize: 12},
    inactiveColor: colours.line,
    pageTextStyle: {color: colours.muted},
    pageIconColor: colours.muted,
    pageIconInactiveColor: colours.line,
  };
}

export function tooltipStyle(colours: Theme): Record<string, unknown> {
  return {
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    textStyle: {color: colours.text, fontSize: 12},
    extraCssText: 'box-shadow:0 4px 16px #0003;max-width:420px;white-space:normal',
  };
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c] ?? c);
}

/** A tooltip: a title over lines of name and value; `colour` puts a mark before the name. */
export function tip(title: string, lines: {name: string; value: string; colour?: string}[]): string {
  const rows = lines.map(
    line =>
      `<tr><td>${line.colour ? `<span class="swatch" style="background:${line.colour}"></span>` : ''}` +
      `${escape(line.name)}</td><td class="value">${escape(line.value)}</td></tr>`,
  );
  return `<div class="tip"><b>${escape(title)}</b><table>${rows.join('')}</table></div>`;
}
