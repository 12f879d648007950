import type { Timing } from '../../src/pacing/waiter.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import type { CaseInfo, Level, Subject } from '../result.js';
import { atLevel } from '../settings.js';

/** Publishers of this scenario: a program in C that only sends, the model of the reference, and this project's timing modes. */
export const PACED = ['floor', 'peer', 'precise', 'balanced', 'eco'] as const satisfies readonly (
  | 'floor'
  | 'peer'
  | Timing
)[];
export type Paced = (typeof PACED)[number];
type Language = ReceiverChoice['language'];

export interface PacingCase extends CaseInfo {
  readonly paced: Paced;
  readonly ratePerS: number;
  /** The language of the subscriber. */
  readonly receiver: Language;
  /** Whether a client floods the publisher with subscriptions meanwhile. */
  readonly isFlooded: boolean;
  /** Whether its page is open meanwhile. */
  readonly hasPage: boolean;
}

/** Publishers by the rate of their events, which is a key. */
type Measured = Readonly<Record<number, readonly Paced[]>>;

/** About what a telescope writes while it observes, ten times as much, and fifty times. */
const RATES_PER_S = [200, 2000, 10_000];
/** The rate that every level measures. */
export const MIDDLE_RATE_PER_S = 2000;

const ALL: Measured = Object.fromEntries(RATES_PER_S.map((ratePerS) => [ratePerS, PACED]));
const IN_C = {
  quick: { 2000: ['peer', 'precise', 'balanced'] },
  default: { 2000: ['floor', 'peer', 'precise', 'balanced'], 10000: ['peer', 'balanced'] },
  full: ALL,
} as const;
const IN_PYTHON = {
  quick: { 2000: ['peer', 'balanced'] },
  default: {
    200: ['floor', 'peer', 'balanced'],
    2000: ['floor', 'peer', 'precise', 'balanced'],
    10000: ['floor', 'peer', 'balanced'],
  },
  full: ALL,
} as const;

/** What is measured beside something else. */
const BALANCED = { paced: 'balanced', ratePerS: MIDDLE_RATE_PER_S, receiver: 'C' } as const;

/**
 * The cases of a level, in the order in which a round measures them.
 *
 * @param hasPeer whether there is a Python with pyzmq, for the peer and for a subscriber
 */
export function pacingCases(level: Level, hasPeer: boolean): PacingCase[] {
  const cases = [
    ...casesOf('C', atLevel<Measured>(level, IN_C), hasPeer),
    ...(hasPeer ? casesOf('Python', atLevel<Measured>(level, IN_PYTHON), hasPeer) : []),
  ];
  if (level === 'quick') return cases;
  return [
    ...cases,
    caseOf({ ...BALANCED, isFlooded: true, hasPage: false }, hasPeer),
    caseOf({ ...BALANCED, isFlooded: false, hasPage: true }, hasPeer),
  ];
}

function casesOf(receiver: Language, measured: Measured, hasPeer: boolean): PacingCase[] {
  return RATES_PER_S.flatMap((ratePerS) =>
    (measured[ratePerS] ?? [])
      .filter((paced) => hasPeer || paced !== 'peer')
      .map((paced) => caseOf({ paced, ratePerS, receiver, isFlooded: false, hasPage: false }, hasPeer)),
  );
}

type Setup = Pick<PacingCase, 'paced' | 'ratePerS' | 'receiver' | 'isFlooded' | 'hasPage'>;

export function pacingId(setup: Setup): string {
  const { ratePerS, receiver } = setup;
  const timing = timingOf(setup);
  return receiver === 'C' ? `${timing}, ${ratePerS}/s` : `${timing}, ${ratePerS}/s, to ${receiver}`;
}

function timingOf({ paced, isFlooded, hasPage }: Setup): string {
  if (hasPage) return `${paced} with a page`;
  return isFlooded ? `${paced} beside a flood` : paced;
}

/** Without anything beside. */
const ALONE = { isFlooded: false, hasPage: false };

function subjectOf(paced: Paced): Subject {
  if (paced === 'floor') return 'limit';
  return paced === 'peer' ? 'peer' : 'ours';
}

function caseOf(setup: Setup, hasPeer: boolean): PacingCase {
  const { paced, ratePerS, receiver } = setup;
  const subject = subjectOf(paced);
  return {
    ...{ ...setup, subject, id: pacingId(setup) },
    parameters: { timing: timingOf(setup), ratePerS, receiver },
    reference: subject === 'ours' && hasPeer ? pacingId({ ...setup, ...ALONE, paced: 'peer' }) : null,
  };
}
