import type { Glance } from '../database/events/glance.js';
import type { TimeForm } from '../encode/time-form.js';
import { UNIT_OF_FORM } from '../encode/time-unit.js';
import type { NameOf } from '../shared/expect.js';

/** What a form of time means for a replay, which takes all times for Unix seconds. `EXAMPLE` stands for one of them. */
const TOLD: Partial<Record<TimeForm, string>> = {
  milliseconds: 'seem to be in milliseconds, such as EXAMPLE, and are taken for seconds',
  microseconds: 'seem to be in microseconds, such as EXAMPLE, and are taken for seconds',
  nanoseconds: 'seem to be in nanoseconds, such as EXAMPLE, and are taken for seconds',
  julian: 'seem to be Julian dates, such as EXAMPLE, and are taken for seconds',
  modifiedJulian: 'seem to be modified Julian dates, such as EXAMPLE, and are taken for seconds',
  zero: 'are 0: these events are due at once',
  early: 'are before 1973, such as EXAMPLE: they seem to be no Unix seconds',
  late: 'are after 2099, such as EXAMPLE: they seem to be no Unix seconds',
  iso: 'are dates in ISO 8601, such as EXAMPLE, and not numbers: these events are due at once',
  decimalComma: 'have a decimal comma, such as EXAMPLE, and are no numbers: these events are due at once',
  text: 'are no numbers, such as EXAMPLE: these events are due at once',
  none: 'are missing: these events are due at once',
};
/** Share of the events from which on an oddity is told at the start; rarer ones are counted as warnings. */
const TOLD_SHARE = 0.5;

/**
 * Tells what is odd about the times of most events of a recording, and what to do.
 *
 * @param name of the recording
 * @param isSorted whether the events are played in order of time
 * @param nameOf what the user calls an option
 * @returns a sentence for each oddity
 */
export function oddTimes(
  name: string,
  { events, times, stepsBack }: Glance,
  isSorted: boolean,
  nameOf: NameOf<'rate' | 'sortBy' | 'schema'>,
): string[] {
  const told: string[] = [];
  for (const [form, { count, example }] of Object.entries(times)) {
    const meaning = TOLD[form as TimeForm];
    if (meaning === undefined || count < events * TOLD_SHARE) continue;
    const which = count === events ? 'the times of its events' : 'most times of its events';
    const unit = UNIT_OF_FORM[form as TimeForm];
    const mend =
      unit === undefined
        ? 'docs/database.md#odd-times says how to mend a copy'
        : `${nameOf('schema')} event.time=${unit} converts them`;
    told.push(
      `${name}: ${which} ${meaning.replace('EXAMPLE', example)}; ${mend}, and ${nameOf('rate')} plays at an even rate without them`,
    );
  }
  if (!isSorted && stepsBack > 0 && stepsBack >= events * TOLD_SHARE) {
    told.push(
      `${name}: most events are due before the one ahead of them; ${nameOf('sortBy')} __wire_time plays them in order of time`,
    );
  }
  return told;
}
