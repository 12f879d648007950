import { rmSync } from 'node:fs';
import type { Histogram } from 'hdr-histogram-js';
import { messageOf } from '../src/errors.js';
import { percentile } from '../src/measure/histogram.js';
import { freePort } from '../test/peer.js';
import { inCache } from './cache.js';
import { type MeasuredOutcome, runMeasured } from './measured-program.js';
import { SEQUENCE_KEY } from './night.js';
import { DUE_KEY, type PacedNight } from './paced-night.js';
import type { PacedPublisher, PacedSent, SendLateness } from './paced-publisher.js';
import { faults } from './play.js';
import { type Offsets, Receiver, type ReceiverChoice, type Reception } from './receiver.js';

/** What is played once, at a pace. */
export interface PacedPlan {
  readonly publisher: PacedPublisher;
  readonly night: PacedNight;
  readonly receiver: ReceiverChoice;
  readonly speedup: number;
  /** `lateness`: the receiver compares with when an event is due. `offsets`: with when it was recorded. */
  readonly measure: 'lateness' | 'offsets';
}

/** What was measured, by the clock of the receiver unless it is said otherwise. */
export interface PacedMeasurement {
  readonly received: number;
  readonly lost: number;
  readonly outOfOrder: number;
  /** From the first message to the last. */
  readonly durationS: number;
  readonly eventsPerS: number;
  /** By the publisher's own clock; null where it does not say. */
  readonly sendLateness: SendLateness | null;
  /** Null where offsets were asked for. */
  readonly arrivalLateness: SendLateness | null;
  /** Null where lateness was asked for. */
  readonly offsets: Offsets | null;
  /** CPU seconds a second of the publisher, all threads, from the first event to the end; null: not known. */
  readonly coreShare: number | null;
  readonly peakRssBytes: number | null;
}

/** It counts only where every event has arrived, in order, and in the time that was planned. */
export type PacedAttempt =
  | ({ readonly state: 'valid' } & PacedMeasurement)
  | ({ readonly state: 'invalid'; readonly reasons: readonly string[] } & Partial<PacedMeasurement>);

/** The publishers read ahead in that time, and the subscriber connects. */
export const WAIT_SETUP_S = 1;

const START_TIMEOUT_MS = 60_000;
/** A publisher that takes so much longer than planned is taken to hang. */
const LARGEST_SLOWDOWN = 2;
/** The plan is missed where the time taken differs by more: seconds, and a share of the plan. */
const LARGEST_DIFFERENCE_S = 0.1;
const LARGEST_DIFFERENCE_SHARE = 0.01;
/** To look more often would take the publisher's time. */
const SAMPLE_INTERVAL_MS = 100;

/** Has a publisher, in a process of its own, play a night at a pace to a receiver in another. */
export async function playPaced(plan: PacedPlan): Promise<PacedAttempt> {
  const { publisher, night, receiver: choice, speedup, measure } = plan;
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const plannedS = night.durationS / speedup;
  const timeoutMs = START_TIMEOUT_MS + 1000 * LARGEST_SLOWDOWN * plannedS;
  const latenessPath = inCache(`lateness-${process.pid}`);
  const receiver = await Receiver.start(choice, {
    ...{ url, count: night.events, sequenceKey: SEQUENCE_KEY },
    arrivals: measure === 'lateness' ? { measure, timeKey: DUE_KEY } : { measure, timeKey: DUE_KEY, speedup },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
  });
  try {
    const args = publisher.args({
      ...{ database: night.path, url, speedup, waitSetupS: WAIT_SETUP_S, latenessPath },
      times: measure === 'lateness' ? 'replay' : 'original',
    });
    const outcome = await runMeasured(publisher.command(), args, {
      ...{ timeoutMs, since: receiver.firstEvent(), sampleIntervalMs: SAMPLE_INTERVAL_MS },
    });
    const { code, signal, stderr } = outcome;
    if (code !== 0) throw new Error(`ended with ${code ?? signal}: ${stderr.trim()}`);
    const sent = publisher.sent(outcome.stdout, latenessPath);
    return attemptOf(plan, outcome, sent, await receiver.reception());
  } catch (error) {
    receiver.stop();
    return { state: 'invalid', reasons: [`the publisher ${messageOf(error)}`] };
  } finally {
    rmSync(latenessPath, { force: true });
  }
}

function attemptOf(
  { night, speedup }: PacedPlan,
  { coreShare, peakRssBytes }: MeasuredOutcome,
  sent: PacedSent,
  reception: Reception,
): PacedAttempt {
  const { received, outOfOrder, seconds, lateness, offsets } = reception;
  const measurement: PacedMeasurement = {
    ...{ received, lost: Math.max(0, night.events - received), outOfOrder, durationS: seconds },
    eventsPerS: seconds > 0 ? (received - 1) / seconds : 0,
    sendLateness: sent.lateness,
    arrivalLateness: lateness === undefined ? null : sendLatenessOf(lateness.histogram),
    offsets: offsets ?? null,
    ...{ coreShare, peakRssBytes },
  };
  const reasons = pacedFaults(night.events, night.durationS / speedup, sent, reception);
  return reasons.length === 0
    ? { state: 'valid', ...measurement }
    : { state: 'invalid', reasons, ...measurement };
}

/** Why an attempt does not count. Empty where it does. */
export function pacedFaults(
  events: number,
  plannedS: number,
  sent: Pick<PacedSent, 'events'>,
  reception: Reception,
): string[] {
  const reasons = faults(events, { events: sent.events }, reception);
  const { seconds, untimed = 0 } = reception;
  if (untimed > 0) reasons.push(`${untimed} messages without a time`);
  const toleranceS = LARGEST_DIFFERENCE_S + LARGEST_DIFFERENCE_SHARE * plannedS;
  if (Math.abs(seconds - plannedS) > toleranceS) {
    reasons.push(`took ${seconds.toFixed(3)} s, planned were ${plannedS.toFixed(3)} s`);
  }
  return reasons;
}

function sendLatenessOf(histogram: Histogram): SendLateness {
  const at = (percent: number) => percentile(histogram, percent) / 1000;
  return { p50Us: at(50), p99Us: at(99), p999Us: at(99.9), maxUs: histogram.maxValue / 1000 };
}
