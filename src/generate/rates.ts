import type { Timeline } from './timeline.js';
import type { TopicKind } from './topic-kind.js';

/** How many events to expect of some topics in a while, at their natural rates. */
export interface Expectation {
  /** Those that come at a rate. */
  readonly steady: number;
  /** Those that are due at the start of phases. */
  readonly atPhases: number;
}

/** What to expect of the first `durationS` seconds of a night. */
export function expectEvents(
  kinds: readonly TopicKind[],
  timeline: Timeline,
  durationS: number,
): Expectation {
  let steady = 0;
  let atPhases = 0;
  for (let index = 0; ; index++) {
    const { kind: phaseKind, startS, endS } = timeline.phase(index);
    if (startS >= durationS) return { steady, atPhases };
    const lengthS = Math.min(endS, durationS) - startS;
    for (const { ratesHz, reportsAt } of kinds) {
      steady += ratesHz[phaseKind] * lengthS;
      // Nothing has changed yet when a night begins.
      if (index > 0 && reportsAt.includes(phaseKind)) atPhases += 1;
    }
  }
}

/** The factor on the rates that makes `eventCount` of what was expected; see `NightClock.rateScale`. */
export function rateScaleFor(eventCount: number, { steady, atPhases }: Expectation): number {
  const natural = steady + atPhases;
  return eventCount < natural ? eventCount / natural : (eventCount - atPhases) / steady;
}
