import type { PacedPublisherName } from './paced-publisher.js';
import type { PacingTrial } from './pacing.js';
import { type Spread, spreadOfKnown } from './spread.js';

export const PERCENTILES = ['p50Us', 'p99Us', 'p999Us', 'maxUs'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Of the valid trials; null where there is none. */
export type Percentiles = Readonly<Record<Percentile, Spread | null>>;

/** What the trials of one publisher with one night amount to. */
export interface PacingSummary {
  readonly ratePerS: number;
  readonly publisher: PacedPublisherName;
  readonly trials: number;
  readonly invalidTrials: number;
  /** Of all trials. */
  readonly received: number;
  readonly lost: number;
  /** Sent less due, by the publisher. */
  readonly send: Percentiles;
  /** The same to that of the peer, pair by pair, where both were valid; null where no pair was. */
  readonly sendToPeer: Percentiles;
  /** Arrived less due, by the subscriber. */
  readonly arrival: Percentiles;
  /** CPU seconds a second, of the valid trials. */
  readonly coreShare: Spread | null;
}

type ValidTrial = Extract<PacingTrial, { state: 'valid' }>;

/** In the order in which rates and publishers come first. */
export function summarizePacing(trials: readonly PacingTrial[]): PacingSummary[] {
  const groups = new Map<string, PacingTrial[]>();
  for (const trial of trials) {
    const name = `${trial.ratePerS} ${trial.publisher}`;
    groups.set(name, [...(groups.get(name) ?? []), trial]);
  }
  const peers = trials.filter(isValid).filter(({ publisher }) => publisher === 'peer');
  return [...groups.values()].map((group) => summaryOf(group, peers));
}

function summaryOf(trials: readonly PacingTrial[], peers: readonly ValidTrial[]): PacingSummary {
  const [{ ratePerS, publisher }] = trials;
  const valid = trials.filter(isValid);
  const pairs = valid.flatMap((trial) =>
    peers
      .filter((peer) => peer.ratePerS === ratePerS && peer.run === trial.run)
      .map((peer) => ({ own: trial.sendLateness, peer: peer.sendLateness })),
  );
  return {
    ...{ ratePerS, publisher, trials: trials.length, invalidTrials: trials.length - valid.length },
    received: trials.reduce((sum, { received = 0 }) => sum + received, 0),
    lost: trials.reduce((sum, { lost = 0 }) => sum + lost, 0),
    send: percentiles((name) => valid.map(({ sendLateness }) => sendLateness?.[name] ?? null)),
    sendToPeer: percentiles((name) => pairs.map(({ own, peer }) => ratio(own?.[name], peer?.[name]))),
    arrival: percentiles((name) => valid.map(({ arrivalLateness }) => arrivalLateness?.[name] ?? null)),
    coreShare: spreadOfKnown(valid.map(({ coreShare }) => coreShare)),
  };
}

function percentiles(values: (name: Percentile) => readonly (number | null)[]): Percentiles {
  const entries = PERCENTILES.map((name) => [name, spreadOfKnown(values(name))]);
  return Object.fromEntries(entries) as Percentiles;
}

function ratio(value: number | undefined, peer: number | undefined): number | null {
  return value === undefined || peer === undefined || peer <= 0 ? null : value / peer;
}

function isValid(trial: PacingTrial): trial is ValidTrial {
  return trial.state === 'valid';
}
