import {describe, expect, it} from 'vitest';
import {countVerdicts, holdingStretches, relativeTo} from '../../src/claim_model';
import type {Claim, ClaimCurve} from '../../src/document';

const claim = (change: Partial<Claim>): Claim =>
  ({verdict: 'supported', claimed_from: null, claimed_to: null, simulated: null, measured: null, ...change}) as Claim;

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
  it('hold along stretches of a curve', () => {
    const holds = [true, true, false, null, true];
    const curve = {points: holds.map((one, x) => ({x, holds: one}))} as ClaimCurve;
    expect(holdingStretches(curve)).toEqual([[0, 1], [4, 4]]);
  });
});
