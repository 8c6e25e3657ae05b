// Long graphs in columns: networks are chains of hundreds of layers, and a screen is wider than high.
//
//   1          1  4  7
//   2          2  5  8      columns end where the fewest arrows cross
//   …    ──>   3  6  9
//   9
import type {GraphArrow, GraphBox, PlacedGraph} from './graph_model';

const columnGap = 90;

interface Point {
  x: number;
  y: number;
}

/** Heights between two layers where a column may end, with how many arrows cross there. */
function cuts(graph: PlacedGraph): {y: number; crossed: number}[] {
  const spans = graph.boxes.map(box => [box.y - box.height / 2, box.y + box.height / 2] as const).sort((a, b) => a[0] - b[0]);
  const places: number[] = [];
  let bottom = -Infinity;
  for (const [top, end] of spans) {
    if (top > bottom && bottom > -Infinity) places.push((top + bottom) / 2);
    bottom = Math.max(bottom, end);
  }
  const boxAt = new Map(graph.boxes.map(box => [box.id, box]));
  const ranges = graph.arrows.map(arrow => [boxAt.get(arrow.from)?.y ?? 0, boxAt.get(arrow.to)?.y ?? 0] as const);
  return places.map(y => ({y, crossed: ranges.filter(([from, to]) => from < y && y < to).length}));
}

/** Ends of the columns: near every `height`, where the fewest arrows cross. */
function columnEnds(graph: PlacedGraph, height: number): number[] {
  const all = cuts(graph);
  const ends: number[] = [];
  let start = 0;
  while (graph.height - start > 1.25 * height) {
    const near = all.filter(cut => cut.y > start + 0.7 * height && cut.y < start + 1.15 * height);
    if (near.length === 0) break;
    const best = near.reduce((a, b) =>
      b.crossed < a.crossed || (b.crossed === a.crossed && Math.abs(b.y - start - height) < Math.abs(a.y - start - height)) ? b : a);
    ends.push(best.y);
    start = best.y;
  }
  return ends;
}

/** From the bottom of one box to the top of another, through the gap between their columns. */
function around(from: GraphBox, to: GraphBox): Point[] {
  const start = {x: from.x, y: from.y + from.height / 2};
  const end = {x: to.x, y: to.y - to.height / 2};
  const middle = (from.x + to.x) / 2;
  return [start, {x: start.x, y: start.y + 26}, {x: middle, y: start.y + 26}, {x: middle, y: end.y - 26}, {x: end.x, y: end.y - 26}, end];
}

/** The graph in as many columns as make it `aspect` times as wide as high; as it is where one does. */
export function fold(graph: PlacedGraph, aspect: number): PlacedGraph {
  const columnWidth = graph.width + columnGap;
  const columns = Math.round(Math.sqrt((aspect * graph.height) / columnWidth));
  if (columns < 2) return graph;
  const ends = columnEnds(graph, graph.height / columns);
  if (ends.length === 0) return graph;
  const columnOf = (y: number): number => ends.filter(end => end < y).length;
  const startOf = (column: number): number => (column === 0 ? 0 : (ends[column - 1] ?? 0));
  const move = (point: Point, column: number): Point => ({x: point.x + column * columnWidth, y: point.y - startOf(column)});
  const boxes = graph.boxes.map(box => ({...box, ...move(box, columnOf(box.y))}));
  const before = new Map(graph.boxes.map(box => [box.id, box]));
  const after = new Map(boxes.map(box => [box.id, box]));
  const arrows = graph.arrows.map((arrow): GraphArrow => {
    const from = columnOf(before.get(arrow.from)?.y ?? 0);
    const to = columnOf(before.get(arrow.to)?.y ?? 0);
    if (from === to) return {...arrow, points: arrow.points.map(point => move(point, from))};
    return {...arrow, folded: true, points: around(after.get(arrow.from) as GraphBox, after.get(arrow.to) as GraphBox)};
  });
  const bottoms = boxes.map(box => box.y + box.height / 2);
  return {boxes, arrows, width: (ends.length + 1) * columnWidth - columnGap, height: Math.max(...bottoms) + 20};
}
