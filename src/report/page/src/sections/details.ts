import type {Edge, Kernel, Run, Subgraph, TableData} from '../document';
import {h, replace} from '../dom';
import {cellText, count, human, percent, scaled, threeDigits, time} from '../format';
import {causeBar, causeList} from '../parts';
import {
  attributionOf,
  causeTitle,
  counterpart,
  externalBytes,
  findSubgraph,
  flopsPerSecond,
  intensity,
  otherRun,
  partsOf,
  shownRun,
  titleOf,
  type RunContext,
  type RunState,
} from '../run_state';
import type {Store} from '../store';

type Lines = [string, string | Node][];

function lines(rows: Lines): HTMLElement {
  return h('table', {class: 'lines'}, ...rows.map(([name, value]) => h('tr', {}, h('th', {scope: 'row'}, name), h('td', {}, value))));
}

function block(title: string, ...children: (Node | null)[]): HTMLElement | null {
  return children.some(child => child !== null) ? h('div', {class: 'block'}, h('h3', {}, title), ...children) : null;
}

/** What is known of the picked subgraph; of the whole run when none is. */
export function detailsPanel(host: HTMLElement, store: Store<RunState>, context: RunContext): void {
  const draw = (): void => {
    const state = store.get();
    const subgraph = findSubgraph(shownRun(state), state.subgraph);
    host.classList.toggle('has-pick', subgraph !== undefined);
    replace(host, ...(subgraph ? new SubgraphDetails(subgraph, store, context).parts() : runParts(shownRun(state), context)));
    host.scrollTop = 0;
  };
  store.watch(draw);
  draw();
}

function runParts(run: Run, context: RunContext): (Node | null)[] {
  return [
    h('h2', {}, `${run.model}, ${run.strategy}`),
    h('p', {class: 'hint'}, 'Pick a subgraph anywhere: a bar, a point, a slice of the timeline, a box of the graph, a row.'),
    lines([
      ['latency', time(run.latency_us)],
      ['launches', count(run.launches)],
      ['work', human(run.flops, 'flops')],
      ['DRAM', human(run.dram_bytes, 'bytes')],
      ['achieved', scaled(run.latency_us > 0 ? run.flops / (run.latency_us * 1e-6) : 0, 'FLOP/s')],
      ['target', run.target],
      ['runtime', run.runtime],
      ['dtype', run.dtype],
      ['inputs', run.inputs.join(', ')],
    ]),
    block('Where the time goes', causeList(attributionOf(run, context.causes), context.causes)),
    block('What the machine gives at best', lines([
      ...run.roofline.compute.map((roof): [string, string] => [roof.name, scaled(roof.per_second, 'FLOP/s')]),
      ...run.roofline.bandwidth.map((roof): [string, string] => [roof.name, scaled(roof.per_second, 'B/s')]),
    ])),
  ];
}

class SubgraphDetails {
  private readonly run: Run;

  constructor(private readonly subgraph: Subgraph, private readonly store: Store<RunState>, private readonly context: RunContext) {
    this.run = shownRun(store.get());
  }

  parts(): (Node | null)[] {
    const {subgraph, run} = this;
    return [
      h('button', {type: 'button', class: 'close quiet', 'aria-label': 'close', onclick: () => this.store.update({subgraph: null})}, '×'),
      h('h2', {}, `#${subgraph.id} ${titleOf(subgraph, run.operators)}`),
      h('p', {class: 'hint'}, `of the ${run.strategy} run`),
      this.figures(),
      this.attribution(),
      this.other(),
      this.operators(),
      this.kernels(),
      this.stages(),
      this.neighbours('Reads', edge => [edge.consumer, edge.producer]),
      this.neighbours('Is read by', edge => [edge.producer, edge.consumer]),
      block('Remarks', subgraph.notes.length > 0 ? h('ul', {}, ...subgraph.notes.map(note => h('li', {}, note))) : null),
    ];
  }

  private figures(): HTMLElement {
    const {subgraph, run} = this;
    const external = externalBytes(subgraph);
    return lines([
      ['time', `${time(subgraph.busy_us)}, ${percent(run.latency_us > 0 ? subgraph.busy_us / run.latency_us : 0)} of the latency`],
      ['bound by', causeTitle(this.context, subgraph.bound_by)],
      ['from, to', `${time(subgraph.start_us)} – ${time(subgraph.end_us)}`],
      ['work', human(subgraph.flops, 'flops')],
      ['reads', human(subgraph.input_bytes, 'bytes')],
      ['weights', human(subgraph.weight_bytes, 'bytes')],
      ['writes', human(subgraph.output_bytes, 'bytes')],
      ['stays inside', human(subgraph.internal_bytes, 'bytes')],
      ['intensity', `${threeDigits(intensity(subgraph))} FLOP/B`],
      ['achieved', subgraph.busy_us > 0
        ? `${scaled(flopsPerSecond(subgraph), 'FLOP/s')}, ${scaled(external / (subgraph.busy_us * 1e-6), 'B/s')}`
        : '–'],
    ]);
  }

  private attribution(): HTMLElement | null {
    if (this.subgraph.busy_us <= 0) return h('p', {class: 'hint'}, 'It launches nothing.');
    return block('Where its time goes',
      causeBar(this.subgraph.attribution_us, this.context.causes, this.subgraph.busy_us),
      causeList(this.subgraph.attribution_us, this.context.causes));
  }

  /** The same operators in the other run. */
  private other(): HTMLElement | null {
    const other = otherRun(this.store.get());
    const side = this.store.get().side === 0 ? 1 : 0;
    const parts = partsOf(this.subgraph, other).filter(part => part.busy_us > 0);
    const pick = (id: number, text: string): HTMLElement =>
      h('button', {type: 'button', class: 'link', onclick: () => this.store.update({side, subgraph: id})}, text);
    if (parts.length > 1 || (parts.length === 1 && this.subgraph.operators.length > (parts[0]?.operators.length ?? 0))) {
      const sum = parts.reduce((a, part) => a + part.busy_us, 0);
      return block(`In the ${other.strategy} run`,
        h('p', {}, `${parts.length} subgraphs, ${time(sum)} against ${time(this.subgraph.busy_us)} here`),
        h('ul', {class: 'compact'}, ...parts.slice(0, 12).map(part =>
          h('li', {}, pick(part.id, `#${part.id} ${titleOf(part, other.operators)}`), ` ${time(part.busy_us)}`)),
          parts.length > 12 ? h('li', {}, `and ${parts.length - 12} more`) : null));
    }
    const whole = counterpart(this.subgraph, other);
    if (!whole) return null;
    return block(`In the ${other.strategy} run`,
      h('p', {}, pick(whole.id, `#${whole.id} ${titleOf(whole, other.operators)}`), ` of ${whole.operators.length} operators, ${time(whole.busy_us)}`));
  }

  private operators(): HTMLElement | null {
    const byName = new Map((this.run.operators ?? []).map(operator => [operator.name, operator]));
    return block('Operators', h('table', {class: 'grid'}, ...this.subgraph.operators.map(name => {
      const operator = byName.get(name);
      return h('tr', {},
        h('td', {}, name, operator ? h('div', {class: 'muted'}, operator.kind) : null),
        h('td', {class: 'number'}, operator?.shape ?? '',
          operator && operator.flops > 0 ? h('div', {class: 'muted'}, human(operator.flops, 'flops')) : null));
    })));
  }

  private kernels(): HTMLElement | null {
    const kernels = (this.run.kernels ?? []).filter(kernel => kernel.subgraph === this.subgraph.id && !kernel.host_only);
    if (kernels.length === 0) return null;
    return block(kernels.length === 1 ? 'Kernel' : `${kernels.length} kernels`, ...kernels.map(kernel => this.kernel(kernel)));
  }

  private kernel(kernel: Kernel): HTMLElement {
    return h('div', {class: 'kernel'},
      h('div', {}, h('b', {}, kernel.name), ` ${time(kernel.end_us - kernel.start_us)}`),
      causeBar(kernel.attribution_us, this.context.causes, kernel.end_us - kernel.start_us),
      ...kernel.tasks.slice(0, 8).map(tasks => {
        const slots = tasks.units * tasks.per_unit;
        const waves = slots > 0 ? Math.ceil(tasks.count / slots) : 0;
        return h('div', {class: 'muted'},
          `${tasks.name}: ${count(tasks.count)} task${tasks.count === 1 ? '' : 's'}, up to ${tasks.per_unit} per ${tasks.unit}`,
          waves > 0 ? `, ${count(waves)} wave${waves === 1 ? '' : 's'} on ${count(tasks.units)} ${tasks.unit}s` : '',
          tasks.scratch_bytes > 0 ? `, ${human(tasks.scratch_bytes, 'bytes')} scratch each` : '');
      }),
      kernel.tasks.length > 8 ? h('div', {class: 'muted'}, `and ${kernel.tasks.length - 8} more groups`) : null);
  }

  private stages(): HTMLElement | null {
    const {stages} = this.run;
    if (!stages) return null;
    const id = stages.columns.findIndex(column => column.key === 'subgraph');
    const own = stages.rows.filter(row => row[id] === this.subgraph.id);
    if (own.length === 0) return null;
    return block('Mapping', ...own.map(row => this.stage(stages, row)));
  }

  private stage(stages: TableData, row: TableData['rows'][number]): HTMLElement {
    const text = (key: string): string => {
      const column = stages.columns.findIndex(one => one.key === key);
      return cellText(row[column], stages.columns[column]?.unit ?? 'none');
    };
    return h('div', {class: 'kernel'}, h('b', {}, text('stage')), lines([
      ['mapping', text('mapping')],
      ['tiles, passes', `${text('tiles')}, ${text('passes')}`],
      ['L2', `${text('l2_bytes')} of ${text('l2_capacity_bytes')}`],
      ['L3', `${text('l3_bytes')} of ${text('l3_capacity_bytes')}`],
      ['DRAM', `${text('dram_bytes')}, prefetched ${text('prefetched_bytes')}`],
      ['array use', text('array_utilisation')],
      ['time', `${text('time_us')}, bound by ${text('bound_by')}`],
    ]));
  }

  /** Edges over the border of this subgraph, with why they are borders; `ends`: ours, theirs. */
  private neighbours(title: string, ends: (edge: Edge) => [number, number]): HTMLElement | null {
    const operators = this.run.operators ?? [];
    const edges = (this.run.edges ?? []).filter(edge => {
      const [ours, theirs] = ends(edge);
      return operators[ours]?.subgraph === this.subgraph.id && operators[theirs]?.subgraph !== this.subgraph.id;
    });
    if (edges.length === 0) return null;
    return block(title, h('ul', {class: 'neighbours'}, ...edges.slice(0, 20).map(edge => {
      const their = operators[ends(edge)[1]];
      const neighbour = their ? findSubgraph(this.run, their.subgraph) : undefined;
      return h('li', {},
        neighbour
          ? h('button', {type: 'button', class: 'link', onclick: () => this.store.update({subgraph: neighbour.id})},
              `#${neighbour.id} ${titleOf(neighbour, operators)}`)
          : null,
        h('div', {class: 'muted'}, `${their?.name ?? ''} · ${edge.shape} · ${human(edge.bytes, 'bytes')}`),
        edge.refusal ? h('div', {class: 'why'}, `not fused: ${edge.refusal.replace(/_/g, ' ')}`, edge.detail ? ` – ${edge.detail}` : '') : null);
    }), edges.length > 20 ? h('li', {class: 'muted'}, `and ${edges.length - 20} more`) : null));
  }
}
