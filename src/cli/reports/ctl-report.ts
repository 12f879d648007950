import type { ControlCommand } from '../../control/control-client.js';
import type { ControlFulfilment } from '../../control/control-desk.js';
import type { ControlStatus } from '../../control/control-status.js';
import { TimeZone } from '../../selection/time-zone.js';
import { wallText, zonedText } from '../../selection/wall-text.js';
import * as text from '../../shared/text.js';
import { sentTopic } from '../text/sent-topic.js';
import { audienceText } from './audience.js';

const LABEL_WIDTH = 10;

/** The status of a replay in a few lines. */
export function statusTable(status: ControlStatus): string {
  const momentOf = momentIn(status);
  const { state, pass, share, positionS, firstS, sent, bytes, elapsedS, latenessUs, leftS, nextInS } = status;
  const rows: [string, string][] = [
    ['state', pass !== null && pass > 1 ? `${state}, pass ${text.count(pass)}` : state],
    ['position', `${momentOf(positionS)}${share === null ? '' : `, ${text.percent(share)} of the pass`}`],
    ['recorded', firstS === null ? 'not known' : recordedSpan(status)],
    ['speed', speedOf(status)],
    ['rate', `${text.count(status.eventsPerS ?? 0)} events/s, ${text.bytes(status.bytesPerS ?? 0)}/s`],
    [
      'sent',
      `${text.counted(sent ?? 0, 'event')}, ${text.bytes(bytes ?? 0)}, in ${text.anySpan(elapsedS ?? 0)}`,
    ],
    ['lateness', text.duration(latenessUs ?? 0)],
  ];
  if (status.search !== null) rows.push(['searching', searchText(status.search)]);
  rows.push(['to', audienceText(status.subscribers ?? 0, status.addresses)]);
  if (state === 'playing' && nextInS !== null && nextInS > 0) rows.push(['next in', text.anySpan(nextInS)]);
  if (leftS !== null) rows.push(['left', text.anySpan(leftS)]);
  return rows.map(([name, value]) => `${name.padEnd(LABEL_WIDTH)} ${value}`).join('\n');
}

/** The result of a command, in one line. */
export function resultLine(
  { command, topic }: ControlCommand,
  { event, toS, status }: ControlFulfilment,
): string {
  const momentOf = momentIn(status);
  return said();

  function said(): string {
    if (command === 'quit') return `ends after ${sent()}`;
    if (command === 'step') {
      if (event) return `sent ${sentTopic(event)}, recorded at ${momentOf(event.dueS)}; ${standing()}`;
      return `no further event${topic === undefined ? '' : ` of ${text.name(String(topic))}`}; ${standing()}`;
    }
    if (command === 'next-gap' && toS === null) return `no such gap ahead; ${standing()}`;
    if (command === 'next-event' && toS === null)
      return `no event of ${text.name(String(topic))} ahead; ${standing()}`;
    return standing();
  }

  function standing(): string {
    return `${status.state} at ${momentOf(status.positionS)}, ${speedOf(status)}, ${sent()}`;
  }

  function sent(): string {
    return text.counted(status.sent ?? 0, 'event');
  }
}

/** `for tcs.alarm: 42% of what is ahead, in 12s` */
export function searchText({ what, share, elapsedS }: NonNullable<ControlStatus['search']>): string {
  const searched = share === null ? '' : ` ${text.percent(share)} of what is ahead,`;
  return `for ${text.name(what)}:${searched} in ${text.anySpan(elapsedS ?? 0)}`;
}

function speedOf({ speedup }: ControlStatus): string {
  return speedup === 'max' ? 'flat out' : `speed ${speedup}`;
}

function recordedSpan({ firstS, lastS, timezone }: ControlStatus): string {
  const zone = new TimeZone(timezone);
  return `${wallText(firstS ?? Number.NaN, zone)} to ${zonedText(lastS ?? Number.NaN, zone)}`;
}

/** Times are in the zone of the replay, which also reads those that are typed. */
function momentIn({ timezone }: ControlStatus): (unixS: number | null) => string {
  const zone = new TimeZone(timezone);
  return (unixS) => (unixS === null ? '' : zonedText(unixS, zone)) || 'no recorded time';
}
