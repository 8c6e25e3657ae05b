// What a table shows of its rows: filtered by words and bounds, sorted by a column.
import type {Cell, Column} from './document';
import {cellText} from './format';

export interface Sorting {
  column: number;
  descending: boolean;
}

type Test = (row: Cell[]) => boolean;

const suffixes: Record<string, number> = {
  '': 1,
  ns: 1e-3,
  us: 1,
  'µs': 1,
  ms: 1e3,
  s: 1e6,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  flop: 1,
  kflop: 1e3,
  mflop: 1e6,
  gflop: 1e9,
  tflop: 1e12,
  '%': 1e-2,
};

/** "1.5ms" → 1500, "10MB" → 1e7, "5%" → 0.05, "12" → 12; undefined when it is no quantity. */
export function parseQuantity(text: string): number | undefined {
  const match = /^([-−]?[\d.]+(?:e[-+]?\d+)?)\s*([a-zµ%]*)$/i.exec(text.trim());
  if (!match) return undefined;
  const one = suffixes[(match[2] ?? '').toLowerCase()];
  const value = Number((match[1] ?? '').replace('−', '-'));
  return one === undefined || Number.isNaN(value) ? undefined : value * one;
}

function columnNamed(columns: Column[], name: string): number {
  const wanted = name.toLowerCase();
  const plainTitle = (column: Column): string => column.title.toLowerCase().replace(/\s+/g, '');
  const exact = columns.findIndex(c => c.key.toLowerCase() === wanted || plainTitle(c) === wanted);
  return exact >= 0
    ? exact
    : columns.findIndex(c => c.key.toLowerCase().startsWith(wanted) || plainTitle(c).startsWith(wanted));
}

function testOf(word: string, columns: Column[]): Test {
  const bound = /^([^<>:]+)([<>:])(.+)$/.exec(word);
  const column = bound ? columnNamed(columns, bound[1] ?? '') : -1;
  if (bound && column >= 0) {
    const value = (bound[3] ?? '').toLowerCase();
    if (bound[2] === ':')
      return row => cellText(row[column], columns[column]?.unit ?? 'none').toLowerCase().includes(value);
    const limit = parseQuantity(value);
    if (limit !== undefined)
      return row => {
        const cell = row[column];
        return typeof cell === 'number' && (bound[2] === '<' ? cell < limit : cell > limit);
      };
  }
  const wanted = word.toLowerCase();
  return row =>
    row.some((cell, i) => cellText(cell, columns[i]?.unit ?? 'none').toLowerCase().includes(wanted));
}

/** Whether a row has every word of `query`; "time>50us" and "bound:dram" look at one column. */
export function matcher(query: string, columns: Column[]): Test {
  const tests = query
    .split(/\s+/)
    .filter(word => word !== '')
    .map(word => testOf(word, columns));
  return row => tests.every(test => test(row));
}

/** Numbers by size, texts by their natural order; what is absent comes last, either way. */
export function compareCells(a: Cell | undefined, b: Cell | undefined, descending: boolean): number {
  const absent = (cell: Cell | undefined): boolean => cell === null || cell === undefined;
  if (absent(a) || absent(b)) return absent(a) === absent(b) ? 0 : absent(a) ? 1 : -1;
  const sign = descending ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * cellText(a, 'none').localeCompare(cellText(b, 'none'), 'en', {numeric: true});
}

/** Positions of the rows to show, in order. */
export function arrange(
  rows: Cell[][],
  columns: Column[],
  query: string,
  facets: Map<number, string>,
  sorting: Sorting | null,
): number[] {
  const matches = matcher(query, columns);
  const shown: number[] = [];
  rows.forEach((row, i) => {
    for (const [column, value] of facets)
      if (cellText(row[column], columns[column]?.unit ?? 'none') !== value) return;
    if (matches(row)) shown.push(i);
  });
  if (sorting)
    shown.sort((a, b) =>
      compareCells(rows[a]?.[sorting.column], rows[b]?.[sorting.column], sorting.descending) || a - b,
    );
  return shown;
}
