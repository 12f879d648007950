import type { Timing } from '../src/timing.js';
import { describeEnvironment, type Environment } from './environment.js';
import { type PacedNight, type PacedNightOptions, pacedNight } from './paced-night.js';
import { type PacedAttempt, playPaced } from './paced-play.js';
import { ours, type PacedPublisher } from './paced-publisher.js';
import { loadIntoPageCache } from './page-cache.js';
import { type Offsets, type ReceiverChoice, requireReceiverInC } from './receiver.js';
import { spreadOf } from './spread.js';

export interface DriftOptions extends PacedNightOptions {
  readonly speedup: number;
  readonly timing: Timing;
}

/** By how much a pace differs from what was asked for. */
export interface Drift {
  /** Parts per million: above 0, events come later and later. */
  readonly ppm: number;
  /** Standard error of that, from how much the slopes differ that it is the median of. */
  readonly errorPpm: number;
}

/** A night that was played, and its drift; null where it cannot be told. */
export type DriftTrial = { readonly drift: Drift | null } & PacedAttempt;

/** What was measured, and under what conditions. */
export interface DriftResult {
  readonly benchmark: 'drift';
  readonly environment: Environment;
  readonly conditions: Pick<DriftOptions, 'speedup' | 'timing'> & { readonly limitPpm: number };
  readonly night: PacedNight;
  readonly trial: DriftTrial;
  /** Whether all events arrived in their time, and the drift is within the limit. */
  readonly isKept: boolean;
}

export const LIMIT_PPM = 1;
/** With a normal spread, the standard deviation to the median deviation, and the error of a median to that of a mean. */
const SIGMA_PER_MEDIAN_DEVIATION = 1.4826;
const MEDIAN_ERROR = 1.2533;
/** With fewer slopes their median says nothing. */
const FEWEST_SLOPES = 2;

/**
 * Whether the pace is kept over a long time, as the subscriber sees it, by its own clock.
 *
 * @throws Error where something needed is missing, or the reason of `signal`
 */
export async function drift(options: DriftOptions): Promise<DriftResult> {
  const { speedup, timing, signal } = options;
  const environment = describeEnvironment();
  const receiver = requireReceiverInC();
  const night = await pacedNight(options);
  loadIntoPageCache(night.path);
  const trial = await runDriftTrial({ publisher: ours(timing), night, receiver, speedup });
  signal.throwIfAborted();
  return {
    benchmark: 'drift',
    environment,
    conditions: { speedup, timing, limitPpm: LIMIT_PPM },
    ...{ night, trial, isKept: isKept(trial) },
  };
}

export async function runDriftTrial(plan: {
  readonly publisher: PacedPublisher;
  readonly night: PacedNight;
  readonly receiver: ReceiverChoice;
  readonly speedup: number;
}): Promise<DriftTrial> {
  const attempt = await playPaced({ ...plan, measure: 'offsets' });
  return { ...attempt, drift: attempt.offsets == null ? null : driftOf(attempt.offsets) };
}

export function isKept({ state, drift }: DriftTrial): boolean {
  return state === 'valid' && drift !== null && Math.abs(drift.ppm) <= LIMIT_PPM;
}

/**
 * The slope of a series of offsets: the median of those between each and the one half the series further on (Theil's
 * incomplete method, 1950). A stall, however long, moves it little. The last interval is left out: it is not whole.
 *
 * @returns null where there are too few of them
 */
export function driftOf({ intervalS, minimaUs }: Offsets): Drift | null {
  const points = minimaUs
    .slice(0, -1)
    .map((us, i) => ({ s: i * intervalS, us }))
    .filter((point): point is { s: number; us: number } => point.us !== null);
  const half = points.length >> 1;
  if (half < FEWEST_SLOPES) return null;
  // A microsecond a second is a part in a million.
  const slopes = Array.from({ length: half }, (_, i) => {
    const [from, to] = [points[i], points[i + points.length - half]];
    return (to.us - from.us) / (to.s - from.s);
  });
  const ppm = medianOf(slopes);
  const deviation = medianOf(slopes.map((slope) => Math.abs(slope - ppm)));
  return { ppm, errorPpm: (MEDIAN_ERROR * SIGMA_PER_MEDIAN_DEVIATION * deviation) / Math.sqrt(half) };
}

function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}
