import {describe, expect, it} from 'vitest';
import {countVerdicts, fits, holdingStretches, measuredOf, placeText, relativeTo, shown} from '../../src/claim_model';
import type {Claim, ClaimCurve} from '../../src/document';

const claim = (change: Partial<Claim>): Claim =>
  ({verdict: 'supported', file: 'a.yaml', claim: '', claimed: '', note: '', unit: '', against_measurement: false, measurements: [], curves: [], claimed_from: null, claimed_to: null, simulated: null, measured: null, ...change}) as Claim;

describe('claims', () => {
  it('are counted by verdict', () => {
    expect(countVerdicts([claim({}), claim({verdict: 'refuted'}), claim({})])).toEqual([
      {verdict: 'supported', count: 2},
      {verdict: 'refuted', count: 1},
    ]);
  });
  it('stand beside each other as shares of what was claimed', () => {
    expect(relativeTo(claim({claimed_from: 10, simulated: 20, measured: 5}))).toEqual({from: 1, to: Infinity, simulated: 2, measured: 0.5});
    expect(relativeTo(claim({claimed_from: 140, claimed_to: 280, simulated: 198}))?.simulated).toBeCloseTo(1, 2); // √(140·280) = 198
    expect(relativeTo(claim({claimed_to: 4, simulated: 2}))).toEqual({from: 0, to: 1, simulated: 0.5, measured: null});
  });
  it('without figures have no place', () => {
    expect(relativeTo(claim({claimed_from: 1}))).toBeNull();
    expect(relativeTo(claim({simulated: 1}))).toBeNull();
    expect(relativeTo(claim({claimed_from: 0, simulated: 1}))).toBeNull();
  });
  const measured = [{value: 2, holds: true, source: 'a table'}];
  const along = {unit: 'us', points: [{x: 1, measured: null}, {x: 2, measured: 3}]} as ClaimCurve;
  it('tell what measurements say', () => {
    expect(measuredOf(claim({}))).toBe('none');
    expect(measuredOf(claim({measurements: measured}))).toBe('agrees');
    expect(measuredOf(claim({measurements: measured, against_measurement: true}))).toBe('against');
    expect(measuredOf(claim({curves: [along]}))).toBe('along');
  });
  it('are chosen by verdict, file and measurement', () => {
    const all = {verdict: '', file: '', measured: ''};
    const against = claim({measurements: measured, against_measurement: true});
    expect(fits(against, all)).toBe(true);
    expect(fits(against, {...all, measured: 'against'})).toBe(true);
    expect(fits(against, {...all, measured: 'agrees'})).toBe(false);
    expect(fits(claim({curves: [along]}), {...all, measured: 'any'})).toBe(true);
    expect(fits(claim({}), {...all, measured: 'any'})).toBe(false);
    expect(fits(claim({}), {...all, verdict: 'refuted'})).toBe(false);
    expect(fits(claim({}), {...all, file: 'b.yaml'})).toBe(false);
  });
  it('are shown with microseconds as people write them', () => {
    const one = shown(claim({claim: 'At 7.5 us each, launch_us matters', claimed: '5 to 10 us', unit: 'us', curves: [along]}));
    expect([one.claim, one.claimed, one.unit, one.curves[0]?.unit]).toEqual(['At 7.5 µs each, launch_us matters', '5 to 10 µs', 'µs', 'µs']);
  });
  it('have places by number or name', () => {
    expect(placeText({x: 0.25} as ClaimCurve['points'][number])).toBe('0.25');
    expect(placeText({x: 'tensorrt'} as ClaimCurve['points'][number])).toBe('tensorrt');
  });
  it('hold along stretches of a curve', () => {
    const holds = [true, true, false, null, true];
    const curve = {points: holds.map((one, x) => ({x, holds: one}))} as ClaimCurve;
    expect(holdingStretches(curve)).toEqual([[0, 1], [4, 4]]);
  });
});
