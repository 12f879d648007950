import type { RelayOutcome } from '../../measure/outcome.js';
import * as text from '../../shared/text.js';
import { unbroken } from '../text/wrapped.js';

/** What was relayed of live publishers, and what was not: each line with a word for it. */
export function relayRows(relay: RelayOutcome | undefined): [word: string, line: string][] {
  if (relay === undefined) return [];
  const { behindS, mostQueuedBytes, dropped, lost, leftOut, unread, offClock, unsent } = relay;
  const rows: [string, string][] = relay.publishers.map(({ url, received, disconnects }) => {
    const breaks = disconnects === 0 ? '' : `; the connection was lost ${text.counted(disconnects, 'time')}`;
    return ['from', `${unbroken(text.name(url))}: ${text.counted(received, 'event')}${breaks}`];
  });
  if (behindS > 0) rows.push(['behind', text.anySpan(behindS)]);
  rows.push(['queue', `${text.bytes(mostQueuedBytes)} at most`]);
  const counts: [string, number, string, string][] = [
    ['dropped', dropped, 'event', 'that came while the queue was full'],
    ['lost', lost, 'event', 'on the way here, as the stamps tell'],
    ['left out', leftOut, 'message', 'without a payload'],
    ['not JSON', unread, 'event', 'that are no JSON objects: sent as they came'],
    ['clocks', offClock, 'event', 'whose wire time cannot be right: sent by the time of their receipt'],
    ['unsent', unsent, 'event', 'that waited when it ended'],
  ];
  for (const [word, number, what, how] of counts)
    if (number > 0) rows.push([word, `${text.counted(number, what)} ${how}`]);
  return rows;
}

/** Whether events of live publishers are known not to have been relayed. */
export function isRelayIncomplete(relay: RelayOutcome | undefined): boolean {
  return relay !== undefined && relay.dropped + relay.lost + relay.leftOut > 0;
}

/** The line for a relay that has sent nothing. @param filtered events of other topics */
export function nothingCame({ publishers }: RelayOutcome, filtered: number): string {
  const from = publishers.map(({ url }) => text.name(url)).join(', ');
  return filtered === 0
    ? `Nothing came from ${from}`
    : `Nothing to relay: all that came from ${from} was of other topics (${text.counted(filtered, 'event')})`;
}
