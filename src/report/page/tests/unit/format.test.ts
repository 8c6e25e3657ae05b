import {describe, expect, it} from 'vitest';
import {axisScale, cellText, count, cutEnd, cutFront, human, plain, signedPercent, time} from '../../src/format';

// The same figures as in tests/report/figure_test.cpp: page and tables must read alike.
describe('figures read as on the command line', () => {
  it('times keep three digits and take the unit that fits', () => {
    expect(time(0)).toBe('0');
    expect(time(0.5)).toBe('500 ns');
    expect(time(1.234)).toBe('1.23 µs');
    expect(time(999.4)).toBe('999 µs');
    expect(time(1230)).toBe('1.23 ms');
    expect(time(2.5e6)).toBe('2.50 s');
    expect(time(-1230)).toBe('-1.23 ms');
  });
  it('bytes and work count in powers of a thousand', () => {
    expect(human(45600000, 'bytes')).toBe('45.6 MB');
    expect(human(999, 'bytes')).toBe('999 B');
    expect(human(8.18e9, 'flops')).toBe('8.18 GFLOP');
    expect(human(999600, 'bytes')).toBe('1.00 MB'); // rounds up into the next unit
  });
  it('counts have thousands, ratios a sign, fractions percent', () => {
    expect(count(25557032)).toBe('25,557,032');
    expect(count(-1234)).toBe('-1,234');
    expect(human(1.5, 'ratio')).toBe('1.50×');
    expect(human(0.25, 'fraction')).toBe('25.0 %');
    expect(signedPercent(-0.045)).toBe('−4.5 %');
    expect(signedPercent(0.045)).toBe('+4.5 %');
  });
  it('plain numbers keep four digits', () => {
    expect(plain(1131.37084)).toBe('1131');
    expect(plain(0.25)).toBe('0.25');
    expect(plain(123456789)).toBe('1.23e8');
  });
  it('what is absent is a dash, lists are joined', () => {
    expect(cellText(null, 'bytes')).toBe('–');
    expect(cellText(undefined, 'none')).toBe('–');
    expect(cellText(['a', 'b'], 'none')).toBe('a, b');
    expect(cellText(true, 'none')).toBe('yes');
  });
  it('axes take one unit for all their labels', () => {
    expect(axisScale(7200, 'microseconds')).toEqual({name: 'ms', one: 1e3});
    expect(axisScale(900, 'microseconds')).toEqual({name: 'µs', one: 1});
    expect(axisScale(5e9, 'bytes')).toEqual({name: 'GB', one: 1e9});
  });
  it('cut names keep the end that tells them apart', () => {
    expect(cutFront('layer4.2.conv3', 8)).toBe('…2.conv3');
    expect(cutFront('short', 8)).toBe('short');
    expect(cutEnd('conv2d+batch_norm', 7)).toBe('conv2d…');
  });
});
