// Figures as people read them, the same as on fusesim's tables (src/report/figure.cpp).
import type {Cell, Unit} from './document';

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three significant digits without an exponent: 1.23, 12.3, 123, 1234. */
export function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (value === 0) return '0';
  return value.toFixed(magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0);
}

export function scaled(value: number, unit: string): string {
  let prefix = 0;
  while (Math.abs(value) >= 999.5 && prefix + 1 < prefixes.length) {
    value /= 1000;
    ++prefix;
  }
  const exact = prefix === 0 && Number.isInteger(value);
  return `${exact ? value.toFixed(0) : threeDigits(value)} ${prefixes[prefix]}${unit}`;
}

/** "1.23 ms" of microseconds. */
export function time(us: number): string {
  const magnitude = Math.abs(us);
  if (us === 0) return '0';
  if (magnitude < 0.9995) return `${threeDigits(us * 1e3)} ns`;
  if (magnitude < 999.5) return `${threeDigits(us)} µs`;
  if (magnitude < 999.5e3) return `${threeDigits(us * 1e-3)} ms`;
  return `${threeDigits(us * 1e-6)} s`;
}

export function count(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(fraction: number, decimals = 1): string {
  return `${(fraction * 100).toFixed(decimals)} %`;
}

/** "+12.3 %", "−4.5 %": with a sign, for errors and differences. */
export function signedPercent(fraction: number): string {
  return `${fraction < 0 ? '−' : '+'}${percent(Math.abs(fraction))}`;
}

/** Four significant digits, no more: "1131", "0.25". */
export function plain(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e7 || magnitude < 1e-4) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

export function human(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, 'B');
    case 'flops':
      return scaled(value, 'FLOP');
    case 'macs':
      return scaled(value, 'MAC');
    case 'operations':
      return scaled(value, 'op');
    case 'microseconds':
      return time(value);
    case 'ratio':
      return `${value.toFixed(2)}×`;
    case 'fraction':
      return percent(value);
    case 'flops_per_byte':
      return threeDigits(value);
    case 'number':
      return plain(value);
    case 'count':
      return count(value);
    case 'none':
      return String(value);
  }
}

export function cellText(cell: Cell | undefined, unit: Unit): string {
  if (cell === null || cell === undefined) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return human(cell, unit);
  return Array.isArray(cell) ? cell.join(', ') : cell;
}

/** The unit that axis labels of values up to `most` are written in, and what one of it is. */
export function axisScale(most: number, unit: Unit): {name: string; one: number} {
  if (unit === 'microseconds') {
    if (most < 1) return {name: 'ns', one: 1e-3};
    if (most < 2000) return {name: 'µs', one: 1};
    if (most < 2e6) return {name: 'ms', one: 1e3};
    return {name: 's', one: 1e6};
  }
  const names: Partial<Record<Unit, string>> = {bytes: 'B', flops: 'FLOP', macs: 'MAC', operations: 'op'};
  const name = names[unit];
  if (name === undefined) return {name: '', one: 1};
  let one = 1;
  let prefix = 0;
  while (most / one >= 2000 && prefix + 1 < prefixes.length) {
    one *= 1000;
    ++prefix;
  }
  return {name: `${prefixes[prefix]}${name}`, one};
}

/** Keeps the end of a name, which tells it apart: "…layer4.2.conv3". */
export function cutFront(text: string, most: number): string {
  return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`;
}

export function cutEnd(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Microseconds as people write them, where a text has them as a keyboard does: "5 to 10 us". */
export function micro(text: string): string {
  return text.replace(/(^|\d )us\b/g, '$1µs');
}
