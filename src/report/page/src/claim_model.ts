// What of a claim's figures fits on one axis with those of others.
import type {Claim, ClaimCurve, Verdict} from './document';

export const verdicts: Verdict[] = ['supported', 'holds only if', 'refuted', 'not testable', 'failed'];

export function countVerdicts(claims: Claim[]): {verdict: Verdict; count: number}[] {
  return verdicts
    .map(verdict => ({verdict, count: claims.filter(claim => claim.verdict === verdict).length}))
    .filter(one => one.count > 0);
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
