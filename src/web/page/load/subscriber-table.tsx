import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import type { SubscriberRow } from '../../load-protocol.js';
import { MOST_SUBSCRIBERS, showMoreSubscribers, subscribers, subscribersShown } from '../model/load.js';
import { type ColumnHead, ColumnHeads } from './column-heads.js';
import { countText, timeText, UNKNOWN } from './figure-text.js';

const STATES: Readonly<Record<SubscriberRow['state'], string>> = {
  joining: 'to join',
  receiving: 'receiving',
  left: 'ended',
  gone: 'gone',
  silent: 'silent',
  unconnected: 'not connected',
};

const COLUMNS: readonly ColumnHead[] = [
  ['subscriber', ''],
  ['known by', 'where the figures come from'],
  ['state', ''],
  ['received', 'events'],
  ['/s', 'events received a second'],
  ['behind', 'events that it is behind by now'],
  ['at most', 'events that it was behind by at most'],
  ['lost', 'events lost so far'],
  ['p50', 'latency so far, from when events were due'],
  ['p99', 'latency so far, from when events were due'],
];

/** Each subscriber, the worst first. What is not known has a dash. */
export function SubscriberTable(): JSX.Element {
  const { count, rows } = subscribers.value;
  const left = count - rows.length;
  return (
    <section class="subscribers" aria-labelledby="subscribers-title">
      <header>
        <h2 id="subscribers-title">Subscribers</h2>
        <span class="muted" role="status">
          {text.count(count)}
        </span>
        <span class="muted">The sentinel, then those that lost most. {UNKNOWN} is not known.</span>
      </header>
      <div class="scroll">
        <table class="figures-table">
          <ColumnHeads columns={COLUMNS} />
          <tbody>
            {rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {left <= 0 ? null : (
        <p class="more">
          <span class="muted">{text.count(left)} more</span>{' '}
          {subscribersShown.value < MOST_SUBSCRIBERS ? (
            <button type="button" onClick={showMoreSubscribers}>
              Show more
            </button>
          ) : null}
        </p>
      )}
    </section>
  );
}

function Row({ row }: { readonly row: SubscriberRow }): JSX.Element {
  const { name, knownBy, state, received, receivedPerS, lag, mostLag, lost, lostText } = row;
  const backedUp = row.backedUpShare === null ? '' : `backed up ${text.percent(row.backedUpShare)}`;
  const isLosing = (lost ?? 0) > 0;
  return (
    <tr class={isLosing ? 'losing' : row.isBackedUp ? 'backed-up' : ''}>
      <th scope="row" class="name">
        {text.name(name)}
      </th>
      <td class="name">{text.name(knownBy)}</td>
      <td title={backedUp}>{row.isBackedUp && state === 'receiving' ? backedUp : STATES[state]}</td>
      <td>{countText(received)}</td>
      <td>{countText(receivedPerS)}</td>
      <td>{countText(lag)}</td>
      <td>{countText(mostLag)}</td>
      <td>{lostText === 'unknown' ? UNKNOWN : lostText}</td>
      <td>{timeText(row.p50Us)}</td>
      <td>{timeText(row.p99Us)}</td>
    </tr>
  );
}
