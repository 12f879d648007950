import { messageOf } from '../src/errors.js';
import { freePort } from '../test/peer.js';
import { type MeasuredOutcome, runMeasured } from './measured-program.js';
import { type Night, SEQUENCE_KEY } from './night.js';
import { type OursOptions, PUBLISHER, type PublisherName, type Sent } from './publisher.js';
import { Receiver, type ReceiverChoice, type Reception } from './receiver.js';

/** What is played once. */
export interface PlayPlan extends OursOptions {
  readonly publisher: PublisherName;
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  readonly waitSetupS: number;
  /** How long the first event may take. */
  readonly startTimeoutMs: number;
  /** The order that is expected: see `ranksOf`. Undefined: that of the numbers. */
  readonly ranksPath?: string;
  /** Added to the publisher's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What was measured. Rates, unless it is said otherwise, by the clock of the receiver, first message to last. */
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

/** It counts only where every event has arrived, in the order that is expected. */
export type Attempt =
  | ({ readonly state: 'valid' } & Measurement)
  | ({ readonly state: 'invalid'; readonly reasons: readonly string[] } & Partial<Measurement>);

/** A publisher that is slower than a thousand events a second is taken to hang. */
const TIMEOUT_MS_PER_EVENT = 1;

/** Has a publisher, in a process of its own, send a night or its first events to a receiver in another. */
export async function play(plan: PlayPlan): Promise<Attempt> {
  const { publisher, night, receiver: choice, ranksPath, startTimeoutMs, env } = plan;
  const { command, args, sent } = PUBLISHER[publisher];
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const events = plan.limit ?? night.events;
  const timeoutMs = startTimeoutMs + TIMEOUT_MS_PER_EVENT * events;
  const receiver = await Receiver.start(choice, {
    ...{ url, count: events, sequenceKey: SEQUENCE_KEY, ranksPath },
    ...{ firstTimeoutMs: startTimeoutMs, timeoutMs },
  });
  let outcome: MeasuredOutcome;
  try {
    outcome = await runMeasured(command(), args({ ...plan, url, database: night.path }), { timeoutMs, env });
  } catch (error) {
    receiver.stop();
    return { state: 'invalid', reasons: [`the publisher ${messageOf(error)}`] };
  }
  const { code, signal, stderr } = outcome;
  if (code !== 0) {
    receiver.stop();
    return { state: 'invalid', reasons: [`the publisher ended with ${code ?? signal}: ${stderr.trim()}`] };
  }
  const reception = await receiver.reception();
  const itSent = sent(outcome.stdout);
  const measurement = measured(events, outcome, itSent, reception);
  const reasons = faults(events, itSent, reception);
  return reasons.length === 0
    ? { state: 'valid', ...measurement }
    : { state: 'invalid', reasons, ...measurement };
}

/** Why an attempt does not count. Empty where it does. */
export function faults(events: number, sent: Pick<Sent, 'events'>, reception: Reception): string[] {
  const { received, lost, outOfOrder, unnumbered, firstSequence } = reception;
  const reasons: string[] = [];
  if (sent.events !== events) reasons.push(`sent ${sent.events} of ${events} events`);
  if (received !== events) reasons.push(`received ${received} of ${events} events`);
  if (firstSequence !== null && firstSequence !== 1)
    reasons.push(`the first to come was number ${firstSequence}`);
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
