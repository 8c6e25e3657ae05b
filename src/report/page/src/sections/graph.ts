import {select as d3Select} from 'd3-selection';
import {zoom as d3Zoom, zoomIdentity, type ZoomBehavior} from 'd3-zoom';
import {causeColour} from '../colours';
import type {Run} from '../document';
import {h, replace, svg} from '../dom';
import {cutEnd, cutFront, human, time} from '../format';
import {fold} from '../graph_fold';
import {placeGraph, searchBoxes, type GraphBox, type PlacedGraph} from '../graph_model';
import {checkbox} from '../parts';
import {externalBytes, shownRun, titleOf, type RunState} from '../run_state';
import type {Store} from '../store';

const viewHeight = 620;
const viewAspect = 1.7;

function path(points: {x: number; y: number}[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let text = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    // Through the middles of the stretches between, rounded at the given points.
    const end = next ? {x: (point.x + next.x) / 2, y: (point.y + next.y) / 2} : point;
    text += `Q${point.x.toFixed(1)},${point.y.toFixed(1)} ${end.x.toFixed(1)},${end.y.toFixed(1)}`;
  });
  return text;
}

/** Subgraphs as boxes, in layers; drag to move, wheel with Ctrl to zoom. */
export class GraphView {
  private readonly canvas = svg('g');
  private readonly frame: SVGElement;
  private readonly count = h('span', {class: 'hint', role: 'status'});
  private readonly zoom: ZoomBehavior<Element, unknown>;
  private placed: PlacedGraph | null = null;
  private drawnRun: Run | null = null;
  private idle = false;
  private found: number[] = [];
  private foundAt = -1;
  private boxes = new Map<number, SVGElement>();
  private arrows: {from: number; to: number; element: SVGElement}[] = [];
  private visible = false;

  constructor(host: HTMLElement, private readonly store: Store<RunState>) {
    this.frame = svg('svg', {class: 'graph', width: '100%', height: viewHeight, role: 'img', 'aria-label': 'Partition graph'},
      svg('defs', {}, svg('marker', {id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto'},
        svg('path', {d: 'M0,0L8,4L0,8z', class: 'arrow-head'}))),
      this.canvas);
    host.append(this.controls(), this.frame);
    this.zoom = d3Zoom<Element, unknown>()
      .scaleExtent([0.02, 3])
      .filter((event: MouseEvent | WheelEvent) => (event.type === 'wheel' ? event.ctrlKey : event.button === 0))
      .on('zoom', (event: {transform: {toString(): string}}) => this.canvas.setAttribute('transform', event.transform.toString()));
    d3Select(this.frame as Element).call(this.zoom).on('dblclick.zoom', null);
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) this.show();
    }, {rootMargin: '400px'});
    observer.observe(this.frame);
    window.addEventListener('beforeprint', () => {
      this.show();
      this.fit();
    });
    store.watch((now, before) => {
      if (!this.visible) return;
      if (shownRun(now) !== this.drawnRun) this.draw();
      this.mark();
      if (now.subgraph !== before.subgraph && now.subgraph !== null && !this.isInView(now.subgraph)) this.centre(now.subgraph);
    });
  }

  /** Draws, if it was not yet; places take time to find. */
  show(): void {
    if (this.visible) return;
    this.visible = true;
    this.draw();
  }

  private controls(): HTMLElement {
    const search = h('input', {
      type: 'search', class: 'filter', placeholder: 'find an operator or pattern', 'aria-label': 'find in graph',
      oninput: event => this.search((event.target as HTMLInputElement).value),
      onkeydown: event => {
        if ((event as KeyboardEvent).key === 'Enter') this.nextFound();
      },
    });
    return h('div', {class: 'section-controls'},
      search, this.count,
      h('button', {type: 'button', onclick: () => this.scale(1.4)}, '+'),
      h('button', {type: 'button', onclick: () => this.scale(1 / 1.4)}, '−'),
      h('button', {type: 'button', onclick: () => this.top()}, 'Top'),
      h('button', {type: 'button', onclick: () => this.fit()}, 'Whole'),
      checkbox('with what does nothing', this.idle, on => {
        this.idle = on;
        this.draw();
      }),
      h('span', {class: 'hint'}, 'drag moves, Ctrl + wheel zooms'));
  }

  private draw(): void {
    const run = shownRun(this.store.get());
    this.drawnRun = run;
    this.placed = fold(placeGraph(run, this.idle, subgraph => titleOf(subgraph, run.operators)), viewAspect);
    this.boxes.clear();
    this.arrows = this.placed.arrows.map(arrow => ({
      ...arrow,
      element: svg('path', {class: arrow.folded ? 'arrow folded' : 'arrow', d: path(arrow.points), 'marker-end': 'url(#arrow)'}),
    }));
    const boxes = this.placed.boxes.map(one => this.box(one));
    replace(this.canvas, ...this.arrows.map(arrow => arrow.element), ...boxes);
    this.mark();
    this.top();
  }

  private box(one: GraphBox): SVGElement {
    const {subgraph} = one;
    const left = one.x - one.width / 2;
    const top = one.y - one.height / 2;
    const tall = subgraph !== null && one.height > 30;
    const element = svg('g', {class: subgraph ? (tall ? 'box' : 'box idle') : 'box input', 'data-subgraph': one.id, transform: `translate(${left},${top})`},
      svg('rect', {width: one.width, height: one.height, rx: 6}));
    if (subgraph && tall) {
      element.append(
        svg('rect', {class: 'strip', width: 6, height: one.height, rx: 3, fill: causeColour(subgraph.bound_by)}),
        svg('text', {x: 14, y: 18, class: 'box-title'}, cutEnd(`#${one.id} ${one.title}`, 30)),
        svg('text', {x: 14, y: 34, class: 'box-name'}, cutFront(subgraph.operators[0] ?? '', 36)),
        svg('text', {x: 14, y: 50, class: 'box-figures'}, `${time(subgraph.busy_us)} · ${human(externalBytes(subgraph), 'bytes')}`),
      );
    } else {
      element.append(svg('text', {x: one.width / 2, y: 17, class: 'box-name', 'text-anchor': 'middle'},
        cutEnd(subgraph ? (subgraph.operators[0] ?? one.title) : one.title, 24)));
    }
    element.append(svg('title', {}, subgraph ? `${one.title}: ${subgraph.operators.join(', ')}` : one.title));
    if (subgraph) {
      const pick = (): void => this.store.update({subgraph: one.id});
      element.addEventListener('click', pick);
    }
    this.boxes.set(one.id, element);
    return element;
  }

  private mark(): void {
    const picked = this.store.get().subgraph;
    const found = new Set(this.found);
    for (const [id, element] of this.boxes) {
      element.classList.toggle('picked', id === picked);
      element.classList.toggle('found', found.has(id));
      element.classList.toggle('faded', found.size > 0 && !found.has(id) && id !== picked);
    }
    for (const arrow of this.arrows) arrow.element.classList.toggle('picked', picked !== null && (arrow.from === picked || arrow.to === picked));
  }

  private search(words: string): void {
    this.show();
    this.found = [...searchBoxes(this.placed?.boxes ?? [], words)];
    this.foundAt = -1;
    replace(this.count, words.trim() === '' ? '' : `${this.found.length} found${this.found.length > 1 ? ', Enter for the next' : ''}`);
    this.mark();
    if (this.found.length > 0) this.nextFound();
  }

  private nextFound(): void {
    if (this.found.length === 0) return;
    this.foundAt = (this.foundAt + 1) % this.found.length;
    this.centre(this.found[this.foundAt] ?? 0);
  }

  private size(): [number, number] {
    return [this.frame.clientWidth || 900, this.frame.clientHeight || viewHeight];
  }

  private transform(x: number, y: number, k: number): void {
    const [width, height] = this.size();
    d3Select(this.frame as Element).call(this.zoom.transform, zoomIdentity.translate(width / 2, height / 2).scale(k).translate(-x, -y));
  }

  private currentScale(): number {
    return Number(/scale\(([\d.e-]+)/.exec(this.canvas.getAttribute('transform') ?? '')?.[1] ?? 1);
  }

  private scale(factor: number): void {
    d3Select(this.frame as Element).call(this.zoom.scaleBy, factor);
  }

  /** The beginning, as large as reads well. */
  private top(): void {
    if (!this.placed) return;
    const [width, height] = this.size();
    const k = Math.max(0.6, Math.min(1, width / (this.placed.width + 40)));
    const fitsWide = this.placed.width * k <= width;
    this.transform(fitsWide ? this.placed.width / 2 : width / 2 / k - 16, height / 2 / k - 12, k);
  }

  private fit(): void {
    if (!this.placed) return;
    const [width, height] = this.size();
    const k = Math.min(1, width / (this.placed.width + 20), height / (this.placed.height + 20));
    this.transform(this.placed.width / 2, this.placed.height / 2, k);
  }

  private centre(id: number): void {
    const one = this.placed?.boxes.find(candidate => candidate.id === id);
    if (one) this.transform(one.x, one.y, Math.max(0.7, this.currentScale()));
  }

  private isInView(id: number): boolean {
    const element = this.boxes.get(id);
    if (!element) return true; // nothing to go to
    const inner = element.getBoundingClientRect();
    const outer = this.frame.getBoundingClientRect();
    return inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
  }
}
