import type { Random } from './random.js';

/** Spread of the logarithm of a delay: two thirds lie within a factor of 1.6 of the median. */
const LOG_SPREAD = 0.45;

/** How often a network hiccup adds to a delay, and how much. */
const SPIKE_SHARE = 0.0008;
const SPIKE_US = [50_000, 500_000] as const;

/** How often the logger is late to write an event down, and by how much on average: it overtakes others then. */
const LATE_SHARE = 0.03;
const LATE_MEAN_US = 5_000;

/** Whole microseconds from the making of an event to its sending: lognormal, now and then a spike. At least 1. */
export function transportDelayUs(random: Random, medianMs: number): number {
  const usualUs = medianMs * 1000 * Math.exp(LOG_SPREAD * random.normal());
  const spikeUs = random.chance(SPIKE_SHARE) ? random.between(...SPIKE_US) : 0;
  return Math.ceil(usualUs + spikeUs);
}

/** Whole microseconds from the sending of an event to its place in the log: mostly none. */
export function logDelayUs(random: Random): number {
  return random.chance(LATE_SHARE) ? Math.ceil(random.exponential(LATE_MEAN_US)) : 0;
}
