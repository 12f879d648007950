import type { Offsets } from '../reception.js';
import { spreadOf } from '../spread.js';

/** How far a pace differs from the requested one. */
export interface Drift {
  /** Parts per million. Above 0, events come later and later. */
  readonly ppm: number;
  /** Standard error of `ppm`, estimated from the scatter of the slopes whose median it is. */
  readonly errorPpm: number;
}

/**
 * For a normal distribution: the standard deviation per median deviation, and the error of a median per error
 * of a mean.
 */
const SIGMA_PER_MEDIAN_DEVIATION = 1.4826;
const MEDIAN_ERROR = 1.2533;
/** A median of fewer slopes means nothing. */
const FEWEST_SLOPES = 2;

/**
 * The slope of a series of offsets: the median of the slopes between each point and the one half a series
 * later (Theil's incomplete method, 1950), of which an hour has 1800 and not the six million of the complete one in
 * `theil-sen.ts`. Even a long stall moves it little. The last interval is left out, since it is incomplete.
 *
 * @returns null if there are too few points
 */
export function driftOf({ intervalS, minimaUs }: Offsets): Drift | null {
  const points = minimaUs
    .slice(0, -1)
    .map((us, i) => ({ s: i * intervalS, us }))
    .filter((point): point is { s: number; us: number } => point.us !== null);
  const half = points.length >> 1;
  if (half < FEWEST_SLOPES) return null;
  // A microsecond per second is one part per million.
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
