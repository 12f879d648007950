import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/shared/errors.js';
import { freePort } from '../../test/support/peer.js';
import { inCache } from '../cache.js';
import { TIME_KEYS } from '../expected-frames.js';
import { type MeasuredOutcome, runMeasured } from '../measured-program.js';
import { SEQUENCE_KEY } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { visitPage } from '../page-visitor.js';
import { START_TIMEOUT_MS, WAIT_SETUP_S } from '../publisher.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { rateOf } from '../receiver-rate.js';
import type { Reception } from '../reception.js';
import type { Faults } from '../reception-faults.js';
import { pacedFaultsOf } from './paced-faults.js';
import { DUE_KEY, type PacedNight } from './paced-night.js';
import type { PacedPublisher, PacedSent } from './paced-publisher.js';

/** One paced replay of a night. */
export interface PacedPlan {
  readonly publisher: PacedPublisher;
  readonly night: PacedNight;
  readonly receiver: ReceiverChoice;
  readonly speedup: number;
  /** Digest of all messages; null: content is not checked. */
  readonly digest: string | null;
  /** `lateness`: the receiver compares arrivals with due times. `offsets`: with recorded times. */
  readonly measure: 'lateness' | 'offsets';
  /**
   * Lateness and CPU time leave out the first seconds of the trial, counted from the first event. Default 0.
   */
  readonly warmUpS?: number;
  /** Whether a client subscribes and unsubscribes as fast as it can meanwhile. Default false. */
  readonly isFlooded?: boolean;
  /** Whether the page of the publisher is open meanwhile. Default false. */
  readonly hasPage?: boolean;
}

/** The outcome of a paced replay. */
export interface PacedPlay extends Faults {
  readonly targetPerS: number;
  /** Events per second by the receiver's clock. */
  readonly achievedPerS: number;
  readonly sent: PacedSent;
  readonly reception: Reception;
  /**
   * CPU seconds per second of the publisher, all threads, from the end of the warm-up to the end; null if
   * unknown.
   */
  readonly coreShare: number | null;
  readonly peakRssBytes: number | null;
}

/** Conditions of every paced scenario. */
export const PACED_CONDITIONS = {
  ...{ transport: 'tcp 127.0.0.1', subscribers: 1, waitSetupS: WAIT_SETUP_S },
  ...{ gaps: 'exponential, of independent events (Poisson)', pageCache: 'warm' },
} as const;

const FLOODING_CLIENT = fileURLToPath(new URL('../../test/support/flooding-client.js', import.meta.url));
/** A publisher that takes longer than this multiple of the plan is considered hung. */
const LARGEST_SLOWDOWN = 2;
/** More frequent samples would take CPU time from the publisher. */
const SAMPLE_INTERVAL_MS = 100;
/**
 * A course has about this many intervals. None is shorter than `SHORTEST_INTERVAL_MS`, since it would have
 * few events.
 */
const COURSE_INTERVALS = 40;
const SHORTEST_INTERVAL_MS = 100;

/**
 * Runs a publisher in a process of its own, which replays a night at its pace to a receiver in another
 * process.
 *
 * @throws Error if the publisher or the receiver fails
 */
export async function playPaced(plan: PacedPlan): Promise<PacedPlay> {
  const {
    publisher,
    night,
    receiver: choice,
    speedup,
    digest,
    measure,
    warmUpS = 0,
    isFlooded = false,
    hasPage = false,
  } = plan;
  const port = await freePort();
  const url = `tcp://127.0.0.1:${port}`;
  const plannedS = night.durationS / speedup;
  const timeoutMs = START_TIMEOUT_MS + 1000 * LARGEST_SLOWDOWN * plannedS;
  loadIntoPageCache(night.path);
  const folder = mkdtempSync(inCache('lateness-'));
  const flood = isFlooded ? spawn(process.execPath, [FLOODING_CLIENT, String(port), 'toggle']) : undefined;
  let visit: Promise<void> | undefined;
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
        {
          ...{ timeoutMs, since: warm(receiver, warmUpS), sampleIntervalMs: SAMPLE_INTERVAL_MS },
          onStart: (program) => {
            if (hasPage) visit = visitPage(program);
            // It is awaited below.
            visit?.catch(() => {});
          },
        },
      ),
    );
    await visit;
    const reception = await receiver.reception();
    const sent = publisher.sent(outcome.stdout, latenessPath, { warmUpS, night });
    return playOf(plan, outcome, sent, reception);
  } finally {
    flood?.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Resolves `warmUpS` seconds after the first event arrived. */
async function warm(receiver: Receiver, warmUpS: number): Promise<void> {
  await receiver.firstEvent();
  await delay(1000 * warmUpS, undefined, { ref: false });
}

/** Runs the publisher to its end. If it fails, nothing more can arrive, so the receiver is stopped too. */
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
    // Computed like the receiver's rate, whose clock starts at the first event.
    targetPerS: rateOf(events, { received: events, seconds: plannedS }),
    achievedPerS: rateOf(reception.received, reception),
    ...{ sent, reception, coreShare, peakRssBytes },
  };
}
