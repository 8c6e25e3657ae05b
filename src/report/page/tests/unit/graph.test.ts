import {describe, expect, it} from 'vitest';
import type {Run} from '../../src/document';
import {fold} from '../../src/graph_fold';
import {linksOf, placeGraph, searchBoxes, type PlacedGraph} from '../../src/graph_model';
import {titleOf} from '../../src/run_state';
import {fused, unfused} from './runs';

const place = (run: Run, idle: boolean): PlacedGraph => placeGraph(run, idle, one => titleOf(one, run.operators));

describe('who reads whom', () => {
  it('is by subgraph, inputs of the network with negative numbers', () => {
    expect(linksOf(fused, true)).toEqual({nodes: [-1, 0, 1, 2], links: expect.arrayContaining([[-1, 0], [0, 1], [1, 2]]) });
    expect(linksOf(fused, true).links).toHaveLength(3);
  });
  it('goes past what does nothing, when that is left out', () => {
    expect(linksOf(fused, false).nodes).toEqual([-1, 0, 2]);
    expect(linksOf(fused, false).links).toEqual(expect.arrayContaining([[-1, 0], [0, 2]]));
  });
});

describe('places', () => {
  it('put readers below what they read, and no two boxes over each other', () => {
    const graph = place(unfused, true);
    const y = new Map(graph.boxes.map(box => [box.id, box.y]));
    for (const arrow of graph.arrows) expect(y.get(arrow.to)).toBeGreaterThan(y.get(arrow.from) ?? Infinity);
    expectApart(graph);
  });
  it('find boxes by operator, pattern and number', () => {
    const {boxes} = place(fused, true);
    expect([...searchBoxes(boxes, 'bn')]).toEqual([0]);
    expect([...searchBoxes(boxes, 'batch_norm')]).toEqual([0]);
    expect([...searchBoxes(boxes, '#2')]).toEqual([2]);
    expect(searchBoxes(boxes, ' ').size).toBe(0);
  });
});

function expectApart(graph: PlacedGraph): void {
  graph.boxes.forEach((a, i) =>
    graph.boxes.slice(i + 1).forEach(b => {
      const apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-6 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-6;
      expect(apart, `${a.id} and ${b.id}`).toBe(true);
    }));
}

/** `length` operators in a row, a second path around every fourth. */
function chain(length: number): Run {
  const operators = Array.from({length}, (_, i) => ({name: `op${i}`, kind: 'relu', shape: '', flops: 0, works: true, subgraph: i}));
  const edges = operators.slice(1).map((_, i) => ({producer: i, consumer: i + 1, shape: '', bytes: 0, detail: ''}));
  for (let i = 0; i + 3 < length; i += 4) edges.push({producer: i, consumer: i + 3, shape: '', bytes: 0, detail: ''});
  return {...unfused, operators, edges, graph_inputs: [],
    subgraphs: operators.map((operator, id) => ({...unfused.subgraphs[0]!, id, operators: [operator.name]}))};
}

describe('folding', () => {
  it('leaves a short graph alone', () => {
    const graph = place(fused, true);
    expect(fold(graph, 1.7)).toBe(graph);
  });
  it('puts a long one into columns about as wide as asked for, keeping every box and arrow', () => {
    const graph = place(chain(200), true);
    const folded = fold(graph, 1.7);
    expect(folded.boxes).toHaveLength(200);
    expect(folded.arrows).toHaveLength(graph.arrows.length);
    const aspect = folded.width / folded.height;
    expect(aspect).toBeGreaterThan(0.8);
    expect(aspect).toBeLessThan(3);
    expectApart(folded);
    for (const box of folded.boxes) {
      expect(box.y).toBeLessThanOrEqual(folded.height);
      expect(box.x).toBeLessThanOrEqual(folded.width);
    }
  });
  it('cuts where one arrow crosses, when there is such a place', () => {
    const folded = fold(place(chain(200), true), 1.7);
    const columns = new Set(folded.arrows.filter(arrow => arrow.folded).map(arrow => arrow.to));
    expect(folded.arrows.filter(arrow => arrow.folded)).toHaveLength(columns.size);
  });
  it('places hundreds of boxes in seconds', () => {
    const start = performance.now();
    fold(place(chain(600), true), 1.7);
    expect(performance.now() - start).toBeLessThan(20000);
  });
});
