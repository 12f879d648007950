import type { Timing } from '../../src/pacing/waiter.js';
import type { CaseInfo, Level } from '../result.js';
import { atLevel } from '../settings.js';

/** Publishers of this scenario: the model of the reference, and this project's timing modes. */
export const PACED = ['peer', 'precise', 'balanced', 'eco'] as const satisfies readonly ('peer' | Timing)[];
export type Paced = (typeof PACED)[number];

export interface PacingCase extends CaseInfo {
  readonly paced: Paced;
  readonly ratePerS: number;
  /** Whether a client floods the publisher with subscriptions meanwhile. */
  readonly isFlooded: boolean;
}

/** About what a telescope writes while it observes, ten times as much, and fifty times. */
const RATES_PER_S = [200, 2000, 10_000];
/** The rate that every level measures. */
export const MIDDLE_RATE_PER_S = 2000;

/** The cases of a level, in the order in which a round measures them. */
export function pacingCases(level: Level, hasPeer: boolean): PacingCase[] {
  const measured = atLevel<Readonly<Record<number, readonly Paced[]>>>(level, {
    quick: { 2000: ['peer', 'precise', 'balanced'] },
    default: { 2000: ['peer', 'precise', 'balanced'], 10000: ['peer', 'balanced'] },
    full: Object.fromEntries(RATES_PER_S.map((ratePerS) => [ratePerS, PACED])),
  });
  const cases = RATES_PER_S.flatMap((ratePerS) =>
    (measured[ratePerS] ?? [])
      .filter((paced) => hasPeer || paced !== 'peer')
      .map((paced) => caseOf(paced, ratePerS, hasPeer)),
  );
  return level === 'quick' ? cases : [...cases, caseOf('balanced', MIDDLE_RATE_PER_S, hasPeer, true)];
}

export function pacingId(paced: Paced, ratePerS: number, isFlooded = false): string {
  return `${timingOf(paced, isFlooded)}, ${ratePerS}/s`;
}

function timingOf(paced: Paced, isFlooded: boolean): string {
  return isFlooded ? `${paced} beside a flood` : paced;
}

function caseOf(paced: Paced, ratePerS: number, hasPeer: boolean, isFlooded = false): PacingCase {
  const isPeer = paced === 'peer';
  return {
    ...{ paced, ratePerS, isFlooded, subject: isPeer ? 'peer' : 'ours' },
    id: pacingId(paced, ratePerS, isFlooded),
    parameters: { timing: timingOf(paced, isFlooded), ratePerS },
    reference: isPeer || !hasPeer ? null : pacingId('peer', ratePerS),
  };
}
