import {describe, expect, it} from 'vitest';
import type {Cell, Column} from '../../src/document';
import {arrange, compareCells, parseQuantity} from '../../src/table_model';

const columns: Column[] = [
  {key: 'pattern', title: 'pattern', unit: 'none'},
  {key: 'busy_us', title: 'time', unit: 'microseconds'},
  {key: 'bytes', title: 'bytes', unit: 'bytes'},
];
const rows: Cell[][] = [
  ['conv2d+relu', 120, 4e6],
  ['linear', 7, 9e6],
  ['softmax', null, 1e3],
  ['conv2d', 41, 2e6],
];
const shown = (query: string, facets = new Map<number, string>()): number[] => arrange(rows, columns, query, facets, null);

describe('quantities in a filter', () => {
  it('have units', () => {
    expect(parseQuantity('50us')).toBe(50);
    expect(parseQuantity('1.5ms')).toBe(1500);
    expect(parseQuantity('10MB')).toBe(1e7);
    expect(parseQuantity('5%')).toBeCloseTo(0.05);
    expect(parseQuantity('12')).toBe(12);
    expect(parseQuantity('1e3')).toBe(1000);
  });
  it('that are none say so', () => {
    expect(parseQuantity('relu')).toBeUndefined();
    expect(parseQuantity('5 apples')).toBeUndefined();
  });
});

describe('filtering', () => {
  it('shows all without words', () => expect(shown('')).toEqual([0, 1, 2, 3]));
  it('takes rows that have every word, whatever the case', () => {
    expect(shown('CONV')).toEqual([0, 3]);
    expect(shown('conv relu')).toEqual([0]);
    expect(shown('pooling')).toEqual([]);
  });
  it('bounds a column, by key or title', () => {
    expect(shown('time>20us')).toEqual([0, 3]);
    expect(shown('busy_us<20')).toEqual([1]);
    expect(shown('time>0.1ms conv')).toEqual([0]);
    expect(shown('bytes>3MB')).toEqual([0, 1]);
  });
  it('looks at one column', () => expect(shown('pattern:linear')).toEqual([1]));
  it('leaves out what has no figure', () => expect(shown('time<1e9')).toEqual([0, 1, 3]));
  it('takes a chosen value as a whole', () => expect(shown('', new Map([[0, 'conv2d']]))).toEqual([3]));
});

describe('sorting', () => {
  it('puts numbers by size and what is absent last, either way', () => {
    const by = (descending: boolean): number[] => arrange(rows, columns, '', new Map(), {column: 1, descending});
    expect(by(true)).toEqual([0, 3, 1, 2]);
    expect(by(false)).toEqual([1, 3, 0, 2]);
  });
  it('puts names in natural order', () => {
    const names = ['layer10', 'layer9', 'layer1'].sort((a, b) => compareCells(a, b, false));
    expect(names).toEqual(['layer1', 'layer9', 'layer10']);
  });
});
