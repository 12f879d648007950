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
  nameOf: expect.NameOf<keyof ReportOptions | 'speedup'>,
): void {
  const refuse = (option: keyof ReportOptions) => {
    throw expect.notTogether(`${nameOf('speedup')} max`, nameOf(option), 'flat out, no event is late');
  };
  if (latenessByTopic) refuse('latenessByTopic');
  if (hlog !== undefined) refuse('hlog');
  refuseUnmeasured(failIf, nameOf('failIf'));
}
