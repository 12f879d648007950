import { refuseUnmeasured } from '../measure/threshold.js';
import * as expect from '../shared/expect.js';
import type { OptionValues } from './option-table.js';
import type { ReportOptions } from './report-options.js';

/**
 * Refuses reports of lateness for a replay flat out, in which no event is late.
 *
 * @throws TcsReplayError `BAD_OPTION`
 */
export function checkReportFlatOut(
  { latenessByTopic, hlog, failIf = [] }: Partial<Pick<OptionValues, keyof ReportOptions>>,
  nameOf: expect.NameOf<keyof ReportOptions>,
): void {
  const refuse = (option: keyof ReportOptions, expected: string, found: string) => {
    const why = `${expected} at max speed, where no event is late`;
    throw expect.badOption(nameOf(option), why, found);
  };
  if (latenessByTopic) refuse('latenessByTopic', 'off', 'on');
  if (hlog !== undefined) refuse('hlog', 'left out', hlog);
  refuseUnmeasured(failIf, nameOf('failIf'));
}
