import {describe, expect, it} from 'vitest';
import type {Dimension, SweepDocument} from '../../src/document';
import {curves, hasGain, startingHolds, varying, workloads, type Held} from '../../src/sweep_model';

function dimension(name: string, role: Dimension['role'], labels: string[]): Dimension {
  const numeric = role !== 'name';
  return {name, role, unit: '', meaning: '', numeric, tied: false, labels, ...(numeric ? {numbers: labels.map(Number)} : {})};
}

// model (one) × strategy (2) × batch (2) × launch_us (3): 12 rows, latency = 100·batch + 10·launch, unfused twice that.
const dimensions = [
  dimension('model', 'name', ['net']),
  dimension('strategy', 'name', ['unfused', 'attention']),
  dimension('batch', 'size', ['1', '8']),
  dimension('launch_us', 'field', ['0', '5', '10']),
];
const rows: {number: number[]; at: number[][]; latency_us: number[]; objectives: number[][]} = {number: [], at: [[], [], [], []], latency_us: [], objectives: [[]]};
for (const strategy of [0, 1])
  for (const batch of [0, 1])
    for (const launch of [0, 1, 2]) {
      const latency = (100 * [1, 8][batch]! + 10 * [0, 5, 10][launch]!) * (strategy === 0 ? 2 : 1);
      rows.number.push(rows.number.length);
      rows.at[1]!.push(strategy);
      rows.at[2]!.push(batch);
      rows.at[3]!.push(launch);
      rows.latency_us.push(latency);
      rows.objectives[0]!.push(latency);
    }
const document = {dimensions, rows, sampling: 'grid', objectives: [{name: 'latency_us', value: '', unit: 'microseconds', goal: 'minimise'}]} as unknown as SweepDocument;

describe('a sweep', () => {
  it('varies in those dimensions that have several values', () => expect(varying(document)).toEqual([1, 2, 3]));
  it('begins with a line for each name, sizes at their first value', () => {
    expect(startingHolds(document, 3)).toEqual(new Map<number, unknown>([[1, 'each'], [2, 0]]));
    expect(startingHolds(document, 2)).toEqual(new Map<number, unknown>([[1, 'each'], [3, 1]]));
  });
  it('gives curves of latency', () => {
    const found = curves(document, {x: 3, quantity: 'latency', held: new Map<number, Held>([[1, 'each'], [2, 0]])});
    expect(found.map(curve => [curve.name, curve.points.map(point => [point.x, point.y])])).toEqual([
      ['unfused', [[0, 200], [5, 300], [10, 400]]],
      ['attention', [[0, 100], [5, 150], [10, 200]]],
    ]);
  });
  it('gives the gain of fusion over the row without it', () => {
    expect(hasGain(document)).toBe(true);
    const found = curves(document, {x: 3, quantity: 'gain', held: new Map<number, Held>([[1, 'each'], [2, 'each']])});
    expect(found.map(curve => curve.name)).toEqual(['attention · batch 1', 'attention · batch 8']);
    for (const curve of found) for (const point of curve.points) expect(point.y).toBe(2);
  });
  it('lets networks of one size compete', () => {
    expect(workloads(document).map(workload => [workload.name, workload.rows.length])).toEqual([['batch 1', 6], ['batch 8', 6]]);
  });
});
