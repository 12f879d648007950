import type { Random } from './random.js';

/** Spread of the logarithm of a delay: two thirds lie within a factor of 1.6 of the median. */
const LOG_SPREAD = 0.45;

/** Share of the delays to which a network hiccup adds. */
const SPIKE_SHARE = 0.0008;
/** Least and most that it adds. */
const SPIKE_US = [50_000, 500_000] as const;

/** Share of the events that the logger writes late: later events overtake them in the log. */
const LATE_SHARE = 0.03;
const LATE_MEAN_US = 5_000;

/**
 * Draws the time from making an event to sending it: lognormal, with rare spikes.
 *
 * @param medianMs above 0
 * @returns whole microseconds, at least 1
 */
export function transportDelayUs(random: Random, medianMs: number): number {
  const usualUs = medianMs * 1000 * Math.exp(LOG_SPREAD * random.normal());
  const spikeUs = random.chance(SPIKE_SHARE) ? random.between(...SPIKE_US) : 0;
  return Math.ceil(usualUs + spikeUs);
}

/** Draws the time from sending an event to logging it, in whole microseconds: mostly 0. */
export function logDelayUs(random: Random): number {
  return random.chance(LATE_SHARE) ? Math.ceil(random.exponential(LATE_MEAN_US)) : 0;
}
