// Sections about one run of a pair, shared by the pages that have such runs.
import {causeColour} from '../colours';
import {h} from '../dom';
import {inWindow, setHandle} from '../handle';
import {choice, section, swatch, type Page} from '../parts';
import {attributionOf, counterpart, findSubgraph, shownRun, type RunContext, type RunState, type Side} from '../run_state';
import {stackedBars} from '../sections/attribution';
import {detailsPanel} from '../sections/details';
import {GraphView} from '../sections/graph';
import {longestChart} from '../sections/longest';
import {notFusedTable} from '../sections/not_fused';
import {rooflineChart, rooflinePlace} from '../sections/roofline';
import {subgraphTable} from '../sections/subgraph_table';
import {timelineChart, type TimelineView} from '../sections/timeline';
import {waterfallChart} from '../sections/waterfall';
import type {Store} from '../store';
import {Table} from '../table';

/** Buttons that choose which run of the pair the sections show. */
export function runSwitch(store: Store<RunState>): HTMLElement {
  const title = (side: Side): string => store.get().pair[side].strategy;
  const options = (): {value: '0' | '1'; title: string}[] => [
    {value: '0', title: title(0)},
    {value: '1', title: title(1)},
  ];
  const host = h('span', {class: 'run-switch'}, 'showing');
  let {element, set} = choice('run', options(), String(store.get().side) as '0' | '1', chooseSide);
  host.append(element);

  function chooseSide(value: '0' | '1'): void {
    const state = store.get();
    const side = Number(value) as Side;
    if (side === state.side) return;
    const picked = findSubgraph(shownRun(state), state.subgraph);
    store.set({...state, side, subgraph: picked ? (counterpart(picked, state.pair[side])?.id ?? null) : null});
  }
  store.watch((now, before) => {
    if (now.pair !== before.pair) {
      const fresh = choice('run', options(), String(now.side) as '0' | '1', chooseSide);
      element.replaceWith(fresh.element);
      ({element, set} = fresh);
    }
    set(String(now.side) as '0' | '1');
  });
  return host;
}

export function causeLegend(context: RunContext): HTMLElement {
  return h('div', {class: 'legend'}, ...context.causes.map(cause =>
    h('span', {}, swatch(causeColour(cause.key)), cause.title)));
}

/** From unfused to fused: waterfall, and both attributions as bars. */
export function savingSection(page: Page, store: Store<RunState>, context: RunContext, id: string, title: string, explanation: string): void {
  const host = section(page, id, title, explanation);
  waterfallChart(host, store, context);
  const bars = stackedBars(host, {
    label: 'Attribution of both latencies',
    causes: context.causes,
    nameWidth: 110,
    bars: () => store.get().pair.map(run => ({name: run.strategy, times: attributionOf(run, context.causes)})),
    onPick: index => store.update({side: index as Side, subgraph: null}),
  });
  store.watch((now, before) => {
    if (now.pair !== before.pair) bars.update();
  });
}

/** Everything that a run can be looked at by; sections of what the document lacks are left out. */
export function runSections(page: Page, store: Store<RunState>, context: RunContext): void {
  const run = shownRun(store.get());
  longestChart(
    section(page, 'longest', 'Longest subgraphs', 'By the time of their kernels, and what that went to.'), store, context);
  const rooflineHost = section(page, 'roofline', 'Roofline',
    'Every subgraph that multiplies, larger the longer it takes. Lines are what the machine gives at sustained clocks; ' +
    'tensors found in a cache lift a point above the DRAM line, Winograd convolutions above the flat ones.');
  const roofline = rooflineChart(rooflineHost, store, context);
  let timeline: TimelineView | null = null;
  let timelineHost: HTMLElement | null = null;
  if (run.timeline) {
    timelineHost = section(page, 'timeline', 'Timeline',
      'Gaps of the device lane are time that it waits for the host or between launches. Kernels have the colour of what took most of their time.');
    timelineHost.before(causeLegend(context));
    timeline = timelineChart(timelineHost, store, context);
  }
  let graph: GraphView | null = null;
  if (run.edges) {
    const host = section(page, 'graph', 'Partition graph', 'Every box is a subgraph; its left edge has the colour of what bounds it.');
    host.before(causeLegend(context));
    graph = new GraphView(host, store);
  }
  subgraphTable(section(page, 'subgraphs', 'Subgraphs'), store, context);
  if (run.edges)
    notFusedTable(section(page, 'not-fused', 'Not fused', 'Every edge between two subgraphs, and why the strategy left it.'), store);
  if (run.stages) stageTable(page, store);
  detailsPanel(page.details, store, context);
  setHandle({
    pick: id => {
      graph?.show();
      store.update({subgraph: id});
    },
    place: (name, id) => {
      if (name === 'roofline') return inWindow(roofline.element, rooflinePlace(roofline, shownRun(store.get()), id));
      const element = timelineHost?.querySelector('.chart');
      if (name === 'timeline' && timeline && element) return inWindow(element, timeline.place(id));
      return null;
    },
  });
}

function stageTable(page: Page, store: Store<RunState>): void {
  const host = section(page, 'mapping', 'Mapping', 'How every stage runs on the tiles: tile sizes, buffers against their capacity, DRAM bytes, use of the arrays.');
  const stages = shownRun(store.get()).stages;
  if (!stages) return;
  const idAt = stages.columns.findIndex(column => column.key === 'subgraph');
  const rows = (): typeof stages.rows => shownRun(store.get()).stages?.rows ?? [];
  const table = new Table(host, stages, {
    what: 'stages',
    wrap: ['mapping'],
    facets: ['bound_by'],
    limit: 25,
    onPick: row => {
      const id = rows()[row]?.[idAt];
      if (typeof id === 'number') store.update({subgraph: id});
    },
  });
  store.watch((now, before) => {
    if (shownRun(now) !== shownRun(before)) table.setRows(rows());
  });
}
