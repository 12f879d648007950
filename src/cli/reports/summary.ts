import type { Warnings } from '../../batch/warnings.js';
import type { TestedCondition } from '../../measure/condition.js';
import type { LatenessSummary } from '../../measure/lateness.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { STALL_CAUSES, type StallSummary } from '../../measure/stalls.js';
import type { TopicLatenessSummary } from '../../measure/topic-lateness.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { wallText, zonedText } from '../../selection/wall-text.js';
import * as text from '../../shared/text.js';
import type { RouteFigures } from '../../zmq/publisher-group.js';
import { columns, shortened } from '../text/columns.js';
import { sentTopic } from '../text/sent-topic.js';
import { sourceRows } from '../text/source-faults.js';
import { hanging, REPORT_COLUMNS, UNBROKEN, unbroken } from '../text/wrapped.js';
import { audienceText } from './audience.js';
import { thresholdText } from './missed-line.js';
import { nothingCame, relayRows } from './relay-rows.js';

const ENDINGS: Record<ReplayOutcome['endedBy'], string> = {
  end: 'Played',
  limit: 'Stopped at the limit after',
  abort: 'Stopped after',
  late: 'Stopped for being late after',
  blocked: 'Stopped for want of room at a subscriber after',
  quit: 'Quit after',
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

/** The outcome of a replay in a few lines. @param zone of recorded times */
export function summary(outcome: ReplayOutcome, zone: TimeZone): string {
  const { endedBy, sent, filtered, bytes, primed, gaps, passes, lateness, driftPpm, warnings } = outcome;
  const { durationS, eventsPerS, bytesPerS, unmatchedTopics, passed, latenessByTopic = [] } = outcome;
  const rows: [string, string][] = [];
  if (sent > 0) {
    rows.push(
      ['rate', `${text.count(eventsPerS)} events/s, ${text.bytes(bytesPerS)}/s`],
      ['size', text.bytes(bytes)],
    );
  }
  rows.push(['to', audienceText(outcome.subscribers.most, outcome.addresses)]);
  for (const route of outcome.routes) rows.push(['of these', routeText(route)]);
  rows.push(...relayRows(outcome.relay));
  if (filtered > 0) rows.push(['filtered', `${text.counted(filtered, 'event')} of other topics`]);
  if (sent > 0 && unmatchedTopics.length > 0)
    rows.push(['unmatched', `no event sent is of ${unmatchedTopics.map(text.name).join(', ')}`]);
  if (primed > 0) rows.push(['primed', `${text.counted(primed, 'event')} from before the start`]);
  if (gaps.count > 0) {
    rows.push(['gaps', `${text.counted(gaps.count, 'silence')} cut, ${text.span(gaps.leftOutS)} left out`]);
  }
  rows.push(...disorderRows(outcome));
  if (passes > 1) rows.push(['passes', text.count(passes)]);
  rows.push(...controlRows(outcome));
  if (lateness !== undefined && sent > 0) rows.push(['lateness', latenessLine(lateness)]);
  if (driftPpm !== undefined && durationS >= LEAST_SHOWN_DRIFT_S) {
    rows.push(['drift', `${driftPpm.toFixed(2)}ppm`]);
  }
  const stalls = stallsLine(outcome.stalls, zone);
  if (stalls !== '') rows.push(['stalls', stalls]);
  rows.push(...lossRows(outcome));
  for (const [kind, number] of Object.entries(warnings)) {
    if (number > 0) rows.push(['warning', `${text.count(number)} ${WARNINGS[kind as keyof Warnings]}`]);
  }
  rows.push(...sourceRows(outcome));
  for (const threshold of passed) rows.push(['kept', keptText(threshold, outcome)]);
  const head =
    sent === 0
      ? `${ENDINGS[endedBy]} no event`
      : `${ENDINGS[endedBy]} ${text.counted(sent, 'event')} in ${text.duration(durationS * 1e6)}`;
  const lines = rows.map(([name, value]) => hanging(`  ${name.padEnd(11)} `, value, REPORT_COLUMNS));
  return [head, ...lines, ...topicLines(latenessByTopic)].join('\n');
}

/** `1,234 events of tracker.* to 1 subscriber at tcp://127.0.0.1:30400` */
function routeText({ events, topics, mostSubscribers, addresses }: RouteFigures): string {
  const of = topics.length === 0 ? 'all topics' : topics.map(text.name).join(', ');
  return `${text.counted(events, 'event')} of ${of} to ${audienceText(mostSubscribers, addresses)}`;
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
    .map(([name, us]) => `${name}${UNBROKEN}${text.duration(us)}`)
    .join(', ');
}

/** `longest 41.0ms, read-ahead ran dry, at 03:12:07 America/Chicago; 12 in all, 160ms`. Empty if there was no stall. */
function stallsLine({ longest, readAhead, eventLoop, send }: StallSummary, zone: TimeZone): string {
  if (longest === undefined) return '';
  const { durationS, cause, recordedS } = longest;
  const all = [readAhead, eventLoop, send];
  const count = all.reduce((sum, totals) => sum + totals.count, 0);
  const totalS = all.reduce((sum, totals) => sum + totals.totalS, 0);
  const timeOfDay = zonedText(recordedS, zone).slice('2018-03-23 '.length);
  const where = `${STALL_CAUSES[cause]}${timeOfDay === '' ? '' : `, at ${timeOfDay}`}`;
  const one = `${text.anySpan(durationS)}, ${where}`;
  return count === 1 ? one : `longest ${one}; ${text.count(count)} in all, ${text.anySpan(totalS)}`;
}

/** Whether something is known not to have been delivered. */
export function isUndelivered({ subscribers, mostEvents }: ReplayOutcome['undelivered']): boolean {
  return (subscribers ?? 0) > 0 || (mostEvents ?? 0) > 0;
}

/** Says besides what a condition on losses does not see. */
function keptText(threshold: TestedCondition, { onFull }: ReplayOutcome): string {
  const kept = thresholdText(threshold);
  return onFull === 'drop' && threshold.condition.startsWith('lost')
    ? `${kept}, without what full queues of subscribers dropped, which is not known`
    : kept;
}

/** `3 times, 12.0s in all, longest 10.0s; for 127.0.0.1:40112 (python3, process 1234)` */
function blockedText({ count, totalS, longestS, by }: ReplayOutcome['blocked']): string {
  const waits = `${text.counted(count, 'time')}, ${text.anySpan(totalS)} in all, longest ${text.anySpan(longestS)}`;
  return by.length === 0 ? waits : `${waits}; for ${by.map(unbroken).join(', ')}`;
}

function lossRows({ dropped, shifts, blocked, undelivered }: ReplayOutcome): [string, string][] {
  const rows: [string, string][] = [];
  if (dropped > 0) rows.push(['dropped', `${text.counted(dropped, 'event')} that were too late`]);
  if (shifts.count > 0) {
    const all = `${text.counted(shifts.count, 'time')}, ${text.anySpan(shifts.totalS)} in all`;
    rows.push(['shifted', `the plan was moved ${all}`]);
  }
  if (blocked.count > 0) rows.push(['blocked', blockedText(blocked)]);
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
      .map(({ count, p50Us, p99Us, maxUs, ...topic }) => [
        shortened(sentTopic(topic), TOPIC_WIDTH),
        text.count(count),
        ...[p50Us, p99Us, maxUs].map(text.duration),
      ]),
  );
  const more = topics.length - SHOWN_TOPICS;
  return ['Latest topics, by p99', table, ...(more > 0 ? [`  ${text.count(more)} more: see --json`] : [])];
}

/** The line for a replay that selected no event: it says what was asked for, and which events there are or came. */
export function nothingToPlay(outcome: ReplayOutcome, zone: TimeZone): string {
  const { filtered, recordedFromS, recordedToS, selected, unmatchedTopics, relay } = outcome;
  if (relay !== undefined) return nothingCame(relay, filtered);
  const hasTimes = wallText(recordedFromS, zone) !== '' && wallText(recordedToS, zone) !== '';
  const there = hasTimes
    ? `there are events ${spanText(recordedFromS, recordedToS, zone)}`
    : 'no event that there is has a time';
  const asked =
    selected === undefined ? '' : `asked for were events ${spanText(selected.startS, selected.endS, zone)}, `;
  const wanted = unmatchedTopics.length === 0 ? 'those asked for' : unmatchedTopics.map(text.name).join(', ');
  const others =
    filtered === 0
      ? ''
      : `; ${text.counted(filtered, 'event')} looked at, all of other topics than ${wanted}`;
  return `Nothing to play: ${asked}${there}${others}`;
}

/** `from 2018-03-24 01:15:00 to 2018-03-24 02:15:00 UTC`; an open end is left out. */
function spanText(fromS: number, toS: number, zone: TimeZone): string {
  const ends = [
    Number.isFinite(fromS) ? `from ${wallText(fromS, zone)}` : '',
    Number.isFinite(toS) ? `to ${wallText(toS, zone)}` : '',
  ];
  return `${ends.filter((end) => end !== '').join(' ')} ${zone.name}`;
}
