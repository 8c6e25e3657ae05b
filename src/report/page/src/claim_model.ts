// What of a claim's figures fits on one axis with those of others.
import type {Claim, ClaimCurve, Verdict} from './document';
import {micro, plain} from './format';

export const verdicts: Verdict[] = ['supported', 'holds only if', 'refuted', 'not testable', 'failed'];

export function countVerdicts(claims: Claim[]): {verdict: Verdict; count: number}[] {
  return verdicts
    .map(verdict => ({verdict, count: claims.filter(claim => claim.verdict === verdict).length}))
    .filter(one => one.count > 0);
}

/** What measurements say: nothing where there are none, along a parameter alone, or the same or the opposite of the simulation. */
export type Measured = 'none' | 'along' | 'agrees' | 'against';

export function measuredOf(claim: Claim): Measured {
  if (claim.against_measurement) return 'against';
  if (claim.measurements.length > 0) return 'agrees';
  return claim.curves.some(curve => curve.points.some(point => point.measured !== null)) ? 'along' : 'none';
}

export interface Filter {
  verdict: string; // '' is all
  file: string;
  measured: string; // '', 'any', 'agrees' or 'against'
}

export function fits(claim: Claim, {verdict, file, measured}: Filter): boolean {
  const state = measuredOf(claim);
  return (verdict === '' || claim.verdict === verdict) && (file === '' || claim.file === file) &&
    (measured === '' || (measured === 'any' ? state !== 'none' : state === measured));
}

/** With its texts as people write them. */
export function shown(claim: Claim): Claim {
  return {
    ...claim,
    claim: micro(claim.claim),
    claimed: micro(claim.claimed),
    note: micro(claim.note),
    unit: micro(claim.unit),
    curves: claim.curves.map(curve => ({...curve, unit: micro(curve.unit)})),
  };
}

/** Figures over what was claimed: 1 is as claimed. Of a range, over its geometric middle. */
export interface Relative {
  from: number; // of what was claimed; 0: no lower end
  to: number; // Infinity: no upper end
  simulated: number;
  measured: number | null;
}

export function relativeTo(claim: Claim): Relative | null {
  const {claimed_from: from, claimed_to: to, simulated} = claim;
  const middle = from !== null && to !== null ? Math.sqrt(from * to) : (from ?? to);
  if (simulated === null || middle === null || !(middle > 0) || simulated <= 0) return null;
  return {
    from: (from ?? 0) / middle,
    to: (to ?? Infinity) / middle,
    simulated: simulated / middle,
    measured: claim.measured !== null && claim.measured > 0 ? claim.measured / middle : null,
  };
}

/** A place along a curve as people write it. */
export function placeText(point: ClaimCurve['points'][number]): string {
  return typeof point.x === 'number' ? plain(point.x) : point.x;
}

/** Ends of the stretches of a curve's points at which the claim holds, by position. */
export function holdingStretches(curve: ClaimCurve): [number, number][] {
  const stretches: [number, number][] = [];
  curve.points.forEach((point, i) => {
    if (point.holds !== true) return;
    const last = stretches[stretches.length - 1];
    if (last && last[1] === i - 1) last[1] = i;
    else stretches.push([i, i]);
  });
  return stretches;
}
