import * as expect from '../shared/expect.js';
import type { OptionValues } from './option-table.js';

/** The options that say when events are due. */
type PaceOption = 'speedup' | 'rate' | 'burst' | 'maxGapS' | 'onLate' | 'lateAfterMs';

/**
 * Refuses options of the pace that contradict each other.
 *
 * @param given the values of the options that the user gave
 * @throws TcsReplayError `BAD_OPTION`: which option, and why
 */
export function checkPace(
  given: Partial<Pick<OptionValues, PaceOption>>,
  nameOf: expect.NameOf<PaceOption>,
): void {
  const { speedup = 1, rate } = given;
  const refuse = (option: PaceOption, why: string) => {
    if (given[option] !== undefined) throw expect.badOption(nameOf(option), why, given[option]);
  };
  const isMax = speedup === Number.POSITIVE_INFINITY;
  if (rate === undefined) {
    refuse('burst', `given with ${nameOf('rate')}, whose events it bundles`);
    if (!isMax) return;
    const why = 'absent flat out, where an event is due when it is sent and never late';
    refuse('onLate', why);
    refuse('lateAfterMs', why);
    return;
  }
  if (!isMax && speedup !== 1)
    refuse('speedup', `absent, or max, with ${nameOf('rate')}, which sends evenly, not as recorded`);
  refuse('maxGapS', `absent with ${nameOf('rate')}, with which there is no silence`);
}
