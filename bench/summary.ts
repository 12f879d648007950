import { DEFAULT_READ_AHEAD_BYTES } from '../src/options.js';
import { PUBLISHERS, type PublisherName } from './publisher.js';
import { type Spread, spreadOf, spreadOfKnown } from './spread.js';
import type { Trial } from './trial.js';

/** What the trials of one publisher amount to. */
export interface PublisherSummary {
  readonly trials: number;
  readonly invalidTrials: number;
  /** Of all trials. */
  readonly lost: number;
  /** Of the valid trials; null where there is none. */
  readonly eventsPerS: Spread | null;
  readonly bytesPerS: Spread | null;
  readonly publisherEventsPerS: Spread | null;
  readonly peakRssBytes: Spread | null;
  readonly cpuUsPerEvent: Spread | null;
}

/**
 * What ours had done before the receiver's clock started: it decodes while it waits for subscribers. At most, since not
 * all that is held is payload, and what was ready had still to be sent.
 */
export interface HeadStart {
  /** Part of the events that could be ready: 0 to 1. */
  readonly share: number;
  /** Median rate with all of those left out. */
  readonly eventsPerSAtLeast: number;
}

export interface Summary {
  readonly publishers: Partial<Record<PublisherName, PublisherSummary>>;
  /** Events/s of ours to those of the peer, pair by pair, where both were valid; null where no pair was. */
  readonly ratio: Spread | null;
  readonly headStart: HeadStart | null;
}

type ValidTrial = Extract<Trial, { state: 'valid' }>;

export function summarize(trials: readonly Trial[]): Summary {
  const publishers: Summary['publishers'] = {};
  for (const name of PUBLISHERS) {
    const own = trials.filter(({ publisher }) => publisher === name);
    if (own.length > 0) publishers[name] = summaryOf(own);
  }
  const valid = trials.filter(isValid);
  return { publishers, ratio: ratioOf(valid), headStart: headStartOf(valid) };
}

function summaryOf(trials: readonly Trial[]): PublisherSummary {
  const valid = trials.filter(isValid);
  return {
    trials: trials.length,
    invalidTrials: trials.length - valid.length,
    lost: trials.reduce((sum, { lost = 0 }) => sum + lost, 0),
    eventsPerS: spreadOfKnown(valid.map((trial) => trial.eventsPerS)),
    bytesPerS: spreadOfKnown(valid.map((trial) => trial.bytesPerS)),
    publisherEventsPerS: spreadOfKnown(valid.map((trial) => trial.publisherEventsPerS)),
    peakRssBytes: spreadOfKnown(valid.map((trial) => trial.peakRssBytes)),
    cpuUsPerEvent: spreadOfKnown(valid.map((trial) => trial.cpuUsPerEvent)),
  };
}

function ratioOf(trials: readonly ValidTrial[]): Spread | null {
  const ratios = trials
    .filter(({ publisher }) => publisher === 'ours')
    .flatMap((ours) =>
      trials
        .filter(({ publisher, run }) => publisher === 'peer' && run === ours.run)
        .map((peer) => ours.eventsPerS / peer.eventsPerS),
    );
  return spreadOfKnown(ratios);
}

function headStartOf(trials: readonly ValidTrial[]): HeadStart | null {
  const ours = trials.filter(({ publisher }) => publisher === 'ours');
  if (ours.length === 0) return null;
  const share = Math.min(1, DEFAULT_READ_AHEAD_BYTES / ours[0].bytes);
  const { median } = spreadOf(ours.map(({ eventsPerS }) => eventsPerS));
  return { share, eventsPerSAtLeast: median * (1 - share) };
}

function isValid(trial: Trial): trial is ValidTrial {
  return trial.state === 'valid';
}
