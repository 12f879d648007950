import { type PacedPlan, playPaced } from '../pacing/paced-play.js';
import type { Measured } from '../scenario.js';
import { type Drift, driftOf } from './drift.js';

/** A larger drift makes a trial invalid. 1 ppm is 3.6 ms in an hour. */
export const LIMIT_PPM = 1;

/** Replays a night once and measures how far its pace was off. @throws Error if a program fails */
export async function measureDrift(plan: Omit<PacedPlan, 'measure' | 'digest'>): Promise<Measured> {
  // No digest: events go out with recorded times, and digests are of messages whose times are left out.
  const play = await playPaced({ ...plan, measure: 'offsets', digest: null });
  const { counts, targetPerS, achievedPerS, sent, reception, coreShare, peakRssBytes } = play;
  const drift = reception.offsets === undefined ? null : driftOf(reception.offsets);
  return {
    ...{ counts, targetPerS, achievedPerS, reasons: [...play.reasons, ...driftFaults(drift)] },
    figures: { driftPpm: drift?.ppm ?? null, errorPpm: drift?.errorPpm ?? null, coreShare, peakRssBytes },
    histograms: { lateness: sent.lateness },
    course: reception.course,
  };
}

/** Why the drift is a fault; empty if it is within the limit. @param drift null: unknown */
export function driftFaults(drift: Drift | null): string[] {
  if (drift === null) return ['too short for a drift to be told: 6 s or more are needed'];
  const { ppm, errorPpm } = drift;
  if (Math.abs(ppm) - errorPpm <= LIMIT_PPM) return [];
  return [`drifts by ${ppm.toFixed(3)} ± ${errorPpm.toFixed(3)} ppm, at most ${LIMIT_PPM} ppm is allowed`];
}
