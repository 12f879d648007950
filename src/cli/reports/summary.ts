import type { Warnings } from '../../batch/warnings.js';
import type { DamageSummary } from '../../measure/damage-report.js';
import type { LatenessSummary } from '../../measure/lateness.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import type { StallCause, StallSummary } from '../../measure/stalls.js';
import type { TopicLatenessSummary } from '../../measure/topic-lateness.js';
import * as text from '../../shared/text.js';
import { columns, shortened } from '../text/columns.js';

const ENDINGS: Record<ReplayOutcome['endedBy'], string> = {
  end: 'Played',
  limit: 'Stopped at the limit after',
  abort: 'Stopped after',
  late: 'Stopped for being late after',
  quit: 'Quit after',
};

const STALL_CAUSES: Record<StallCause, string> = {
  readAhead: 'read-ahead ran dry',
  eventLoop: 'event loop held',
  send: 'sending held',
};

/** The drift of a shorter replay is mostly chance, and only in `--json`. */
const LEAST_SHOWN_DRIFT_S = 60;
/** Most topics shown; `--json` has all. */
const SHOWN_TOPICS = 20;
const TOPIC_WIDTH = 48;

/** The meaning of each kind of warning for subscribers. */
export const WARNINGS: Record<keyof Warnings, string> = {
  missingWireTime: 'without a usable wire time: sent at their data time',
  missingTime: 'without a usable time: sent at once',
  noAttributes: 'without attributes',
  duplicateKey: 'with a key that occurs twice: its last value was sent',
  blobValue: 'values that are BLOBs: sent as text',
  invalidUtf8: 'texts that are not UTF-8: bad bytes replaced',
};

/** The outcome of a replay in a few lines, each with its line break. */
export function summary(outcome: ReplayOutcome): string {
  const { endedBy, sent, filtered, bytes, primed, gaps, passes, lateness, driftPpm, warnings } = outcome;
  const { damage, unreadable, latenessByTopic = [] } = outcome;
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
  rows.push(...disorderRows(outcome));
  if (passes > 1) rows.push(['passes', text.count(passes)]);
  rows.push(...controlRows(outcome));
  if (lateness !== undefined) rows.push(['lateness', latenessLine(lateness)]);
  if (driftPpm !== undefined && durationS >= LEAST_SHOWN_DRIFT_S) {
    rows.push(['drift', `${driftPpm.toFixed(2)} ppm`]);
  }
  const stalls = stallsLine(outcome.stalls);
  if (stalls !== '') rows.push(['stalls', stalls]);
  rows.push(...lossRows(outcome));
  for (const [kind, number] of Object.entries(warnings)) {
    if (number > 0) rows.push(['warning', `${text.count(number)} ${WARNINGS[kind as keyof Warnings]}`]);
  }
  for (const [i, line] of damageLines(damage).entries()) rows.push([i === 0 ? 'damage' : '', line]);
  for (const { reason } of unreadable) rows.push(['unreadable', reason]);
  const head = `${ENDINGS[endedBy]} ${text.counted(sent, 'event')} in ${text.duration(durationS * 1e6)}`;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  return [head, ...lines, ...topicLines(latenessByTopic), ''].join('\n');
}

function disorderRows({ disorder }: ReplayOutcome): [string, string][] {
  const { count, mostS, strays, stepsBack } = disorder;
  const rows: [string, string][] = [];
  if (count > 0) {
    const most = text.anySpan(mostS);
    rows.push(['disorder', `${text.counted(count, 'event')} recorded out of order, by ${most} at most`]);
  }
  if (strays > 0)
    rows.push([
      'clocks',
      `${text.counted(strays, 'event')} whose clock was wrong: sent with their neighbours`,
    ]);
  if (stepsBack > 0) rows.push(['clocks', `recorded times stepped back ${text.counted(stepsBack, 'time')}`]);
  return rows;
}

function controlRows({ seeks, pauses }: ReplayOutcome): [string, string][] {
  const rows: [string, string][] = [];
  if (pauses.count > 0) {
    rows.push(['paused', `${text.counted(pauses.count, 'time')}, ${text.anySpan(pauses.totalS)} in all`]);
  }
  if (seeks > 0) rows.push(['sought', text.counted(seeks, 'time')]);
  return rows;
}

function latenessLine({ p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs }: LatenessSummary): string {
  const shown = { p50: p50Us, p90: p90Us, p99: p99Us, 'p99.9': p999Us, 'p99.99': p9999Us, max: maxUs };
  return Object.entries(shown)
    .map(([name, us]) => `${name} ${text.duration(us)}`)
    .join(', ');
}

/** `longest 41 ms, read-ahead ran dry, at 03:12:07; 12 in all, 160 ms`. Empty if there was no stall. */
function stallsLine({ longest, readAhead, eventLoop, send }: StallSummary): string {
  if (longest === undefined) return '';
  const { durationS, cause, recordedS } = longest;
  const all = [readAhead, eventLoop, send];
  const count = all.reduce((sum, totals) => sum + totals.count, 0);
  const totalS = all.reduce((sum, totals) => sum + totals.totalS, 0);
  const timeOfDay = text.moment(recordedS).slice(-'00:00:00'.length);
  const where = `${STALL_CAUSES[cause]}${timeOfDay === '' ? '' : `, at ${timeOfDay}`}`;
  const one = `${text.anySpan(durationS)}, ${where}`;
  return count === 1 ? one : `longest ${one}; ${text.count(count)} in all, ${text.anySpan(totalS)}`;
}

/** Whether something is known not to have been delivered. */
export function isUndelivered({ subscribers, mostEvents }: ReplayOutcome['undelivered']): boolean {
  return (subscribers ?? 0) > 0 || (mostEvents ?? 0) > 0;
}

function lossRows({ dropped, shifts, undelivered }: ReplayOutcome): [string, string][] {
  const rows: [string, string][] = [];
  if (dropped > 0) rows.push(['dropped', `${text.counted(dropped, 'event')} that were too late`]);
  if (shifts.count > 0) {
    const all = `${text.counted(shifts.count, 'time')}, ${text.anySpan(shifts.totalS)} in all`;
    rows.push(['shifted', `the plan was moved ${all}`]);
  }
  const { subscribers, mostEvents } = undelivered;
  if (isUndelivered(undelivered)) {
    const what =
      mostEvents === null
        ? 'nobody knows how many events'
        : `at most ${text.counted(mostEvents, 'event')} each`;
    const whom =
      subscribers === null ? 'nobody knows how many subscribers' : text.counted(subscribers, 'subscriber');
    rows.push(['undelivered', `${what}, to ${whom}`]);
  }
  return rows;
}

/** The topics with the largest lateness. */
function topicLines(topics: readonly TopicLatenessSummary[]): string[] {
  if (topics.length === 0) return [];
  const heads = ['topic', 'events', 'p50', 'p99', 'max'];
  const table = columns(
    heads.map((head) => ({ head, align: head === 'topic' ? 'left' : 'right' })),
    topics
      .slice(0, SHOWN_TOPICS)
      .map(({ topic, count, p50Us, p99Us, maxUs }) => [
        shortened(text.name(topic), TOPIC_WIDTH),
        text.count(count),
        ...[p50Us, p99Us, maxUs].map(text.duration),
      ]),
  );
  const more = topics.length - SHOWN_TOPICS;
  return ['Latest topics, by p99', table, ...(more > 0 ? [`  ${text.count(more)} more: see --json`] : [])];
}

/** Most places shown; `--json` has more. */
const SHOWN_PLACES = 5;

/** What could not be read, in lines; none if everything could be read. */
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

/** The line for a replay that selected no event: it says which events there are. */
export function nothingToPlay({ filtered, recordedFromS, recordedToS }: ReplayOutcome): string {
  const [from, to] = [text.moment(recordedFromS), text.moment(recordedToS)];
  const span = from === '' || to === '' ? 'no event has a time' : `the events are from ${from} to ${to} UTC`;
  const others = filtered === 0 ? '' : `, and ${text.count(filtered)} of them are of other topics`;
  return `Nothing to play: no event was selected; ${span}${others}\n`;
}
