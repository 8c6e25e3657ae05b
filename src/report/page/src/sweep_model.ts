// What a sweep's rows say along one of its dimensions.
import type {SweepDocument} from './document';

/** For a dimension: one line for each of its values, any of them, or only this one (its position). */
export type Held = 'each' | 'any' | number;

/** Latency, an objective by its position, or what fusing gains. */
export type Quantity = 'latency' | 'gain' | number;

export interface CurveSetting {
  x: number; // dimension
  quantity: Quantity;
  held: Map<number, Held>; // by dimension, of those that vary
}

export interface CurvePoint {
  x: number;
  y: number;
  row: number;
}

export interface Curve {
  name: string;
  points: CurvePoint[];
}

export function varies(document: SweepDocument, dimension: number): boolean {
  return (document.dimensions[dimension]?.labels.length ?? 0) > 1;
}

/** Positions of the dimensions that vary by themselves. */
export function varying(document: SweepDocument): number[] {
  return document.dimensions.map((_, d) => d).filter(d => varies(document, d) && !document.dimensions[d]?.tied);
}

export function labelAt(document: SweepDocument, dimension: number, row: number): string {
  const {labels} = document.dimensions[dimension] ?? {labels: []};
  return labels[document.rows.at[dimension]?.[row] ?? 0] ?? '';
}

export function strategyDimension(document: SweepDocument): number {
  return document.dimensions.findIndex(dimension => dimension.name === 'strategy');
}

/** Whether rows with and without fusion are there to be held against each other. */
export function hasGain(document: SweepDocument): boolean {
  const strategy = document.dimensions[strategyDimension(document)];
  return strategy !== undefined && strategy.labels.length > 1 && strategy.labels.includes('unfused');
}

/** What holds at first: names get lines of their own, networks and sizes their first value, fields their middle. */
export function startingHolds(document: SweepDocument, x: number): Map<number, Held> {
  const held = new Map<number, Held>();
  for (const d of varying(document)) {
    const dimension = document.dimensions[d];
    if (d === x || !dimension) continue;
    if (dimension.name === 'model') held.set(d, 0);
    else if (dimension.role === 'name') held.set(d, 'each');
    else if (dimension.role === 'size') held.set(d, 0);
    else held.set(d, document.sampling === 'grid' ? Math.floor(dimension.labels.length / 2) : 'any');
  }
  return held;
}

/** Latencies without fusion by everything else that a row is. */
function unfusedLatencies(document: SweepDocument, keyOf: (row: number) => string): Map<string, number> {
  const strategy = strategyDimension(document);
  const latencies = new Map<string, number>();
  document.rows.latency_us.forEach((us, row) => {
    if (labelAt(document, strategy, row) === 'unfused') latencies.set(keyOf(row), us);
  });
  return latencies;
}

export function curves(document: SweepDocument, setting: CurveSetting): Curve[] {
  const {rows} = document;
  const dims = varying(document);
  const strategy = strategyDimension(document);
  const keyOf = (row: number): string =>
    dims.filter(d => d !== strategy).map(d => rows.at[d]?.[row] ?? 0).join(',');
  const unfused = setting.quantity === 'gain' ? unfusedLatencies(document, keyOf) : new Map<string, number>();
  const value = (row: number): number | undefined => {
    const latency = rows.latency_us[row] ?? 0;
    if (setting.quantity === 'latency') return latency;
    if (typeof setting.quantity === 'number') return rows.objectives[setting.quantity]?.[row];
    const base = labelAt(document, strategy, row) === 'unfused' ? undefined : unfused.get(keyOf(row));
    return base === undefined || latency <= 0 ? undefined : base / latency;
  };
  const each = dims.filter(d => d !== setting.x && setting.held.get(d) === 'each');
  const fixed = dims.filter(d => d !== setting.x && typeof setting.held.get(d) === 'number');
  const x = document.dimensions[setting.x];
  const found = new Map<string, Curve>();
  for (let row = 0; row < rows.number.length; ++row) {
    if (fixed.some(d => rows.at[d]?.[row] !== setting.held.get(d))) continue;
    const y = value(row);
    const at = x?.numbers?.[rows.at[setting.x]?.[row] ?? 0];
    if (y === undefined || at === undefined) continue;
    const name = each.map(d => {
      const dimension = document.dimensions[d];
      return `${dimension?.numeric ? `${dimension.name} ` : ''}${labelAt(document, d, row)}`;
    }).join(' · ') || 'all';
    const curve = found.get(name) ?? {name, points: []};
    curve.points.push({x: at, y, row});
    found.set(name, curve);
  }
  for (const curve of found.values()) curve.points.sort((a, b) => a.x - b.x);
  return [...found.values()];
}

/** Rows of one network at one size; only these compete. */
export interface Workload {
  name: string;
  rows: number[];
}

export function workloads(document: SweepDocument): Workload[] {
  const telling = varying(document).filter(d => {
    const dimension = document.dimensions[d];
    return dimension?.name === 'model' || dimension?.role === 'size';
  });
  const found = new Map<string, Workload>();
  document.rows.number.forEach((_, row) => {
    const name = telling.map(d => {
      const dimension = document.dimensions[d];
      return dimension?.name === 'model' ? labelAt(document, d, row) : `${dimension?.name} ${labelAt(document, d, row)}`;
    }).join(', ') || 'all';
    const workload = found.get(name) ?? {name, rows: []};
    workload.rows.push(row);
    found.set(name, workload);
  });
  return [...found.values()];
}
