import {describe, expect, it} from 'vitest';
import {histogram, median} from '../../src/statistics';
import {decades} from '../../src/scales';

describe('the histogram', () => {
  it('counts every value once, what lies outside at the ends', () => {
    const bins = histogram([-0.9, -0.02, 0, 0.049, 0.05, 5], 0.05, -0.1, 0.1);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(6);
    expect(bins[0]).toMatchObject({name: 'below −10 %', count: 1});
    expect(bins[bins.length - 1]).toMatchObject({name: 'above +10 %', count: 1});
    expect(bins.find(bin => bin.name === '0 to +5 %')?.count).toBe(2);
    expect(bins.find(bin => bin.name === '+5 to +10 %')?.count).toBe(1);
  });
  it('leaves out empty ends', () => {
    expect(histogram([0.01], 0.05, -0.6, 1).map(bin => bin.name)).toEqual(['0 to +5 %']);
  });
});

describe('the median', () => {
  it('of an even number lies between both in the middle', () => {
    expect(median([2.07, 1.06, 1.68, 1.47])).toBeCloseTo(1.575);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBe(0);
  });
});

describe('ends of a logarithmic axis', () => {
  it('are powers of ten around the values', () => {
    expect(decades([0.3, 20])).toEqual([0.1, 100]);
    expect(decades([5])).toEqual([1, 10]);
    expect(decades([10])).toEqual([10, 100]);
  });
  it('do without values', () => expect(decades([0, Infinity])).toEqual([1, 10]));
});
