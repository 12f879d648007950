import { messageOf } from '../src/errors.js';
import { freePort } from '../test/peer.js';
import { type MeasuredOutcome, runMeasured } from './measured-program.js';
import { type Night, SEQUENCE_KEY } from './night.js';
import { dropFromPageCache } from './page-cache.js';
import { type OursOptions, PUBLISHER, type PublisherName, type Sent } from './publisher.js';
import { Receiver, type ReceiverChoice, type Reception } from './receiver.js';

/** What is measured once. */
export interface TrialPlan extends OursOptions {
  readonly publisher: PublisherName;
  /** Which repetition it is, from 1. */
  readonly run: number;
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  /** Whether the night is to be read from the disk. */
  readonly isCold: boolean;
}

/** What a trial measured. Rates, unless it is said otherwise, by the clock of the receiver, first message to last. */
export interface Measurement {
  readonly received: number;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly durationS: number;
  readonly eventsPerS: number;
  /** Topics and payloads. */
  readonly bytesPerS: number;
  readonly bytes: number;
  /** By the publisher's own clock: until all was handed to ZeroMQ. */
  readonly publisherEventsPerS: number;
  /** Of the publisher's process, from its start to its end. */
  readonly wallS: number;
  readonly peakRssBytes: number | null;
  readonly cpuS: number | null;
  /** Microseconds of CPU time an event: all of `cpuS`, starting up included. */
  readonly cpuUsPerEvent: number | null;
}

interface TrialName {
  readonly publisher: PublisherName;
  readonly run: number;
}

/** A trial counts only where every event has arrived, in order. */
export type Trial =
  | (TrialName & { readonly state: 'valid' } & Measurement)
  | (TrialName & { readonly state: 'invalid'; readonly reasons: readonly string[] } & Partial<Measurement>);

/** Long enough for a subscriber that tries to connect every 10 ms, on a machine that is busy. */
export const WAIT_SETUP_S = 0.5;

const START_TIMEOUT_MS = 60_000;
/** A publisher that is slower than a thousand events a second is taken to hang. */
const TIMEOUT_MS_PER_EVENT = 1;

/** Has one publisher, in a process of its own, send a night to a receiver in another. */
export async function runTrial(plan: TrialPlan): Promise<Trial> {
  const { publisher, run, night, receiver: choice, isCold } = plan;
  const { command, args, sent } = PUBLISHER[publisher];
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const timeoutMs = START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * night.events;
  if (isCold) dropFromPageCache(night.path);
  const receiver = await Receiver.start(choice, {
    url,
    count: night.events,
    sequenceKey: SEQUENCE_KEY,
    timeoutMs,
  });
  const sending = { ...plan, url, database: night.path, waitSetupS: WAIT_SETUP_S };
  let outcome: MeasuredOutcome;
  try {
    outcome = await runMeasured(command(), args(sending), timeoutMs);
  } catch (error) {
    receiver.stop();
    return { publisher, run, state: 'invalid', reasons: [`the publisher ${messageOf(error)}`] };
  }
  const { code, signal, stderr } = outcome;
  if (code !== 0) {
    receiver.stop();
    const reasons = [`the publisher ended with ${code ?? signal}: ${stderr.trim()}`];
    return { publisher, run, state: 'invalid', reasons };
  }
  const reception = await receiver.reception();
  const itSent = sent(outcome.stdout);
  const measurement = measured(night.events, outcome, itSent, reception);
  const reasons = faults(night.events, itSent, reception);
  return reasons.length === 0
    ? { publisher, run, state: 'valid', ...measurement }
    : { publisher, run, state: 'invalid', reasons, ...measurement };
}

/** Why a trial does not count. Empty where it does. */
export function faults(events: number, sent: Sent, reception: Reception): string[] {
  const { received, lost, outOfOrder, unnumbered } = reception;
  const reasons: string[] = [];
  if (sent.events !== events) reasons.push(`sent ${sent.events} of ${events} events`);
  if (received !== events) reasons.push(`received ${received} of ${events} events`);
  if (lost > 0) reasons.push(`${lost} numbers missing in between`);
  if (outOfOrder > 0) reasons.push(`${outOfOrder} events out of order`);
  if (unnumbered > 0) reasons.push(`${unnumbered} messages without a number`);
  return reasons;
}

function measured(
  events: number,
  { wallS, peakRssBytes, cpuS }: MeasuredOutcome,
  sent: Sent,
  { received, outOfOrder, bytes, seconds }: Reception,
): Measurement {
  // The clock starts when the first message has come, which is not part of what comes in that time.
  const share = received > 1 ? (received - 1) / received : 0;
  const perSecond = (amount: number) => (seconds > 0 ? (amount * share) / seconds : 0);
  return {
    received,
    lost: Math.max(0, events - received),
    outOfOrder,
    durationS: seconds,
    eventsPerS: perSecond(received),
    bytesPerS: perSecond(bytes),
    bytes,
    publisherEventsPerS: sent.eventsPerS,
    wallS,
    peakRssBytes,
    cpuS,
    cpuUsPerEvent: cpuS === null ? null : (cpuS * 1e6) / events,
  };
}
