import type { Warnings } from '../../batch/warnings.js';
import type { ConvertOutcome } from '../../convert/convert.js';
import * as text from '../../shared/text.js';
import { sourceRows } from '../text/source-faults.js';
import { hanging, REPORT_COLUMNS } from '../text/wrapped.js';

/** The meaning of each kind of warning for an output. */
const WARNINGS: Record<keyof Warnings, string> = {
  missingWireTime: 'without a usable wire time',
  missingTime: 'without a usable time',
  noAttributes: 'without attributes',
  duplicateKey: 'with a key that occurs twice: its last value was written',
  blobValue: 'values that are BLOBs: written as text',
  invalidUtf8: 'texts that are not UTF-8: bad bytes replaced',
};

/** The outcome of a conversion in a few lines. */
export function convertReport(outcome: ConvertOutcome): string {
  const { path, events, topics, sizeBytes, files, tookS, primed, filtered, warnings } = outcome;
  const { unusableTimes, changedValues, leftOut } = outcome;
  const what = `${text.counted(events, 'event')} of ${text.counted(topics.length, 'topic')}`;
  const size = `${text.bytes(sizeBytes)}${files === 1 ? '' : ` in ${text.counted(files, 'file')}`}`;
  const pace = `${text.anySpan(tookS)}, ${text.count(events / tookS)} events/s`;
  const rows: [string, string][] = [];
  if (primed > 0) rows.push(['primed', `${text.counted(primed, 'event')} from before the start`]);
  if (filtered > 0) rows.push(['filtered', `${text.counted(filtered, 'event')} of other topics`]);
  if (leftOut > 0)
    rows.push(['left out', `${text.counted(leftOut, 'event')} whose payload is no JSON object`]);
  if (unusableTimes > 0)
    rows.push(['times', `${text.counted(unusableTimes, 'event')} without a time that this form can hold`]);
  if (changedValues > 0)
    rows.push([
      'values',
      `${text.counted(changedValues, 'value')} that this form can only hold as something else`,
    ]);
  for (const [kind, number] of Object.entries(warnings)) {
    if (number > 0) rows.push(['warning', `${text.count(number)} ${WARNINGS[kind as keyof Warnings]}`]);
  }
  rows.push(...sourceRows(outcome));
  const lines = rows.map(([name, value]) => hanging(`  ${name.padEnd(11)} `, value, REPORT_COLUMNS));
  return [`${text.name(path)}: ${what}, ${size}; took ${pace}`, ...lines].join('\n');
}
