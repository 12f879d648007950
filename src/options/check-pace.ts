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
  const isMax = speedup === Number.POSITIVE_INFINITY;
  const refuse = (option: PaceOption, other: string, why: string) => {
    const value = option === 'speedup' ? ` ${speedup}` : '';
    if (given[option] !== undefined) throw expect.notTogether(other, nameOf(option) + value, why);
  };
  if (rate === undefined) {
    if (given.burst !== undefined)
      throw expect.needs(
        nameOf('burst'),
        nameOf('rate'),
        'it says how many events of a rate are sent together',
      );
    if (!isMax) return;
    const flatOut = `${nameOf('speedup')} max`;
    const why = 'flat out, an event is due when it is sent and never late';
    refuse('onLate', flatOut, why);
    refuse('lateAfterMs', flatOut, why);
    return;
  }
  if (!isMax && speedup !== 1) refuse('speedup', nameOf('rate'), 'a rate sends evenly, not as recorded');
  refuse('maxGapS', nameOf('rate'), 'a rate leaves no silence');
}
