import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../src/shared/errors.js';
import { freePort } from '../../test/support/peer.js';
import { inCache } from '../cache.js';
import { TIME_KEYS } from '../expected-digest.js';
import { type MeasuredOutcome, runMeasured } from '../measured-program.js';
import { SEQUENCE_KEY } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { Receiver, type ReceiverChoice, type Reception } from '../receiver.js';
import { type Faults, rateOf } from '../throughput.js';
import { pacedFaultsOf } from './paced-faults.js';
import { DUE_KEY, type PacedNight } from './paced-night.js';
import type { PacedPublisher, PacedSent } from './paced-publisher.js';

/** What is played once, at a pace. */
export interface PacedPlan {
  readonly publisher: PacedPublisher;
  readonly night: PacedNight;
  readonly receiver: ReceiverChoice;
  readonly speedup: number;
  /** Of all messages that must come; null: not looked at. */
  readonly digest: string | null;
  /** `lateness`: the receiver compares with when an event is due. `offsets`: with when it was recorded. */
  readonly measure: 'lateness' | 'offsets';
  /** Lateness and CPU time are of what is due later than that after the first event, in seconds of the trial. Default 0. */
  readonly warmUpS?: number;
}

/** What came of it. */
export interface PacedPlay extends Faults {
  readonly targetPerS: number;
  /** By the clock of the receiver. */
  readonly achievedPerS: number;
  readonly sent: PacedSent;
  readonly reception: Reception;
  /** CPU seconds a second of the publisher, all threads, from the end of the warm-up to the end; null: not known. */
  readonly coreShare: number | null;
  readonly peakRssBytes: number | null;
}

/** Long enough for a subscriber that tries to connect every 10 ms, and for ours to read ahead, on a busy machine. */
export const WAIT_SETUP_S = 0.5;
/** What holds for all that is played at a pace. */
export const PACED_CONDITIONS = {
  ...{ transport: 'tcp 127.0.0.1', subscribers: 1, receiver: 'C', waitSetupS: WAIT_SETUP_S },
  ...{ gaps: 'exponential, of independent events (Poisson)', pageCache: 'warm' },
} as const;

const START_TIMEOUT_MS = 60_000;
/** A publisher that takes so much longer than planned is taken to hang. */
const LARGEST_SLOWDOWN = 2;
/** To look more often would take the publisher's time. */
const SAMPLE_INTERVAL_MS = 100;
/** A course has about so many intervals, none shorter than this: in less the receiver finds few events. */
const COURSE_INTERVALS = 40;
const SHORTEST_INTERVAL_MS = 100;

/**
 * Has a publisher, in a process of its own, play a night at a pace to a receiver in another.
 *
 * @throws Error where the publisher or the receiver fails
 */
export async function playPaced(plan: PacedPlan): Promise<PacedPlay> {
  const { publisher, night, receiver: choice, speedup, digest, measure, warmUpS = 0 } = plan;
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const plannedS = night.durationS / speedup;
  const timeoutMs = START_TIMEOUT_MS + 1000 * LARGEST_SLOWDOWN * plannedS;
  loadIntoPageCache(night.path);
  const folder = mkdtempSync(inCache('lateness-'));
  try {
    const latenessPath = join(folder, 'lateness');
    const receiver = await Receiver.start(choice, {
      ...{ url, count: night.events, sequenceKey: SEQUENCE_KEY },
      arrivals:
        measure === 'lateness'
          ? { measure, timeKey: DUE_KEY, warmUpS }
          : { measure, timeKey: DUE_KEY, speedup },
      courseMs: Math.max(SHORTEST_INTERVAL_MS, Math.ceil((1000 * plannedS) / COURSE_INTERVALS)),
      digestWithout: digest === null ? undefined : TIME_KEYS,
      ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
    });
    const outcome = await published(receiver, () =>
      runMeasured(
        publisher.command(),
        publisher.args({
          ...{ database: night.path, url, speedup, waitSetupS: WAIT_SETUP_S, latenessPath },
          times: measure === 'lateness' ? 'replay' : 'original',
        }),
        { timeoutMs, since: warm(receiver, warmUpS), sampleIntervalMs: SAMPLE_INTERVAL_MS },
      ),
    );
    const reception = await receiver.reception();
    const sent = publisher.sent(outcome.stdout, latenessPath, { warmUpS, night });
    return playOf(plan, outcome, sent, reception);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Resolves when the first event has been there for so long. */
async function warm(receiver: Receiver, warmUpS: number): Promise<void> {
  await receiver.firstEvent();
  await delay(1000 * warmUpS, undefined, { ref: false });
}

/** Lets the publisher run to its end. Where it fails, nothing more can come, and the receiver ends too. */
async function published(
  receiver: Receiver,
  publish: () => Promise<MeasuredOutcome>,
): Promise<MeasuredOutcome> {
  try {
    const outcome = await publish();
    const { code, signal, stderr } = outcome;
    if (code !== 0) throw new Error(`ended with ${code ?? signal}: ${stderr.trim()}`);
    return outcome;
  } catch (error) {
    receiver.stop();
    await receiver.reception().catch(() => {});
    throw new Error(`the publisher ${messageOf(error)}`);
  }
}

function playOf(
  { night: { events, durationS }, speedup, digest }: PacedPlan,
  { coreShare, peakRssBytes }: MeasuredOutcome,
  sent: PacedSent,
  reception: Reception,
): PacedPlay {
  const plannedS = durationS / speedup;
  return {
    ...pacedFaultsOf({ events, digest, plannedS }, sent, reception),
    // As by the receiver's clock, which starts at the first event.
    targetPerS: rateOf(events, { received: events, seconds: plannedS }),
    achievedPerS: rateOf(reception.received, reception),
    ...{ sent, reception, coreShare, peakRssBytes },
  };
}
