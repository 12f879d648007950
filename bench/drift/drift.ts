import type { Offsets } from '../receiver.js';
import { spreadOf } from '../spread.js';

/** By how much a pace differs from what was asked for. */
export interface Drift {
  /** Parts per million: above 0, events come later and later. */
  readonly ppm: number;
  /** Standard error of that, from how much the slopes differ that it is the median of. */
  readonly errorPpm: number;
}

/** With a normal spread, the standard deviation to the median deviation, and the error of a median to that of a mean. */
const SIGMA_PER_MEDIAN_DEVIATION = 1.4826;
const MEDIAN_ERROR = 1.2533;
/** With fewer slopes their median says nothing. */
const FEWEST_SLOPES = 2;

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
