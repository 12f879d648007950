import type { DamageSummary } from '../damage-report.js';
import type { Warnings } from '../decode/warnings.js';
import type { ReplayOutcome } from '../tally.js';
import * as text from './text.js';

const ENDINGS: Record<ReplayOutcome['endedBy'], string> = {
  end: 'Played',
  limit: 'Stopped at the limit after',
  abort: 'Stopped after',
  quit: 'Ended by hand after',
  late: 'Ended, an event being too late, after',
};

/** What each kind of warning means to those who get the events. */
export const WARNINGS: Record<keyof Warnings, string> = {
  missingWireTime: 'without a usable wire time: sent at their data time',
  missingTime: 'without a usable time: sent at once',
  noAttributes: 'without attributes',
  duplicateKey: 'with a key that occurs twice: its last value was sent',
  blobValue: 'values that are BLOBs: sent as text',
  invalidUtf8: 'texts that are not UTF-8: bad bytes replaced',
};

/** What a replay did, for people: a few lines, each ended. */
export function summary(outcome: ReplayOutcome): string {
  const { endedBy, sent, filtered, bytes, primed, gaps, passes, lateness, warnings } = outcome;
  const { damage, unreadable } = outcome;
  const { durationS, eventsPerS, bytesPerS } = outcome;
  const rows: [string, string][] = [
    ['rate', `${text.count(eventsPerS)} events/s, ${text.bytes(bytesPerS)}/s`],
    ['size', text.bytes(bytes)],
  ];
  if (filtered > 0) rows.push(['filtered', `${text.counted(filtered, 'event')} of other topics`]);
  if (primed > 0) rows.push(['primed', `${text.counted(primed, 'event')} from before the start`]);
  if (gaps.count > 0) {
    rows.push(['gaps', `${text.counted(gaps.count, 'silence')} cut, ${text.span(gaps.leftOutS)} left out`]);
  }
  if (passes > 1) rows.push(['passes', text.count(passes)]);
  if (lateness !== undefined) {
    const { p50Us, p90Us, p99Us, p999Us, maxUs } = lateness;
    const shown = Object.entries({ p50: p50Us, p90: p90Us, p99: p99Us, 'p99.9': p999Us, max: maxUs });
    rows.push(['lateness', shown.map(([name, us]) => `${name} ${text.duration(us)}`).join(', ')]);
  }
  for (const [kind, number] of Object.entries(warnings)) {
    if (number > 0) rows.push(['warning', `${text.count(number)} ${WARNINGS[kind as keyof Warnings]}`]);
  }
  for (const [i, line] of damageLines(damage).entries()) rows.push([i === 0 ? 'damage' : '', line]);
  for (const { reason } of unreadable) rows.push(['unreadable', reason]);
  const head = `${ENDINGS[endedBy]} ${text.counted(sent, 'event')} in ${text.duration(durationS * 1e6)}`;
  return [head, ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`), ''].join('\n');
}

/** So many places are shown to people; `--json` has more. */
const SHOWN_PLACES = 5;

/** What could not be read, for people: nothing where all could be. */
export function damageLines({ stretches, lostEvents, mostFurtherEvents, places }: DamageSummary): string[] {
  if (stretches === 0) return [];
  const further =
    mostFurtherEvents === 0
      ? ''
      : mostFurtherEvents === null
        ? ', and nobody knows how many at the end'
        : `, and at most ${text.count(mostFurtherEvents)} more`;
  const lines = [`${text.counted(lostEvents, 'event')} lost${further}`];
  for (const { path, table, firstRow, lastRow, reason } of places.slice(0, SHOWN_PLACES)) {
    const where = lastRow === firstRow ? `row ${firstRow}` : `rows ${firstRow} to ${lastRow ?? 'the end'}`;
    lines.push(`${reason}: ${path}, table ${table}, ${where}`);
  }
  if (stretches > SHOWN_PLACES) lines.push(`${text.count(stretches - SHOWN_PLACES)} more places: see --json`);
  return lines;
}

/** Says what there would have been, where nothing was played. */
export function nothingToPlay({ filtered, recordedFromS, recordedToS }: ReplayOutcome): string {
  const [from, to] = [text.moment(recordedFromS), text.moment(recordedToS)];
  const span = from === '' || to === '' ? 'no event has a time' : `the events are from ${from} to ${to} UTC`;
  const others = filtered === 0 ? '' : `, and ${text.count(filtered)} of them are of other topics`;
  return `Nothing to play: no event was selected; ${span}${others}\n`;
}
