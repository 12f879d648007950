import type { NightPhases } from './night-phases.js';
import type { TopicKind } from './topic-kind.js';

/** Expected numbers of events at natural rates. */
interface ExpectedEvents {
  /** Events that topics report at a rate. */
  readonly steady: number;
  /** Events that topics report at the start of phases. */
  readonly atPhases: number;
}

/** The expected numbers of events of some topics in the first `durationS` seconds of a night. */
export function expectedEvents(
  kinds: readonly TopicKind[],
  phases: NightPhases,
  durationS: number,
): ExpectedEvents {
  let steady = 0;
  let atPhases = 0;
  for (let index = 0; ; index++) {
    const { kind: phaseKind, startS, endS } = phases.at(index);
    if (startS >= durationS) return { steady, atPhases };
    const lengthS = Math.min(endS, durationS) - startS;
    for (const { ratesHz, reportsAt } of kinds) {
      steady += ratesHz[phaseKind] * lengthS;
      // The first phase of a night is no change of phase: nothing is reported at its start.
      if (index > 0 && reportsAt.includes(phaseKind)) atPhases += 1;
    }
  }
}

/** The factor on all rates that turns the expected events into `eventCount`; see `Night.rateScale`. */
export function rateScaleFor(eventCount: number, { steady, atPhases }: ExpectedEvents): number {
  const natural = steady + atPhases;
  return eventCount < natural ? eventCount / natural : (eventCount - atPhases) / steady;
}
