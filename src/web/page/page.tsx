import type { JSX } from 'preact';
import { plain } from '../../shared/plain-text.js';
import * as text from '../../shared/text.js';
import { link } from './connection/link.js';
import type { Refusal } from './connection/session.js';
import { Inspector } from './inspector/inspector.js';
import { dialog } from './model/dialogs.js';
import { nightName, overview, plays, refusal } from './model/night.js';
import { notice, pending } from './model/orders.js';
import { outcome, status } from './model/standing.js';
import { PlotList } from './plots/plot-list.js';
import { RunView } from './run/run-view.js';
import { Timeline } from './timeline/timeline.js';
import { TopicTable } from './topics/topic-table.js';
import { Dialogs } from './transport/dialogs.js';
import { Transport } from './transport/transport.js';

/** The whole page. */
export function Page(): JSX.Element {
  if (refusal.value !== undefined) return <Refused refusal={refusal.value} />;
  if (overview.value === undefined) return <p class="alone muted">tcs-replay is opening what it plays …</p>;
  return (
    <>
      <div class="top">
        <Banner />
        <Transport />
        <Told />
      </div>
      <main>
        <Timeline />
        <div class="panes">
          <TopicTable />
          <Inspector />
          <PlotList />
        </div>
        <RunView />
      </main>
      <Dialogs />
    </>
  );
}

function Banner(): JSX.Element {
  const { mode, sources, program, addresses } = overview.value ?? {
    mode: 'view',
    sources: [],
    program: '',
    addresses: [],
  };
  const to = status.value?.addresses.length ? status.value.addresses : addresses;
  return (
    <header class="banner">
      <h1 title={sources.map(({ path, events }) => `${plain(path)}: ${eventsText(events)}`).join('\n')}>
        {nightName}
      </h1>
      {plays.value === 'recordings' ? (
        <span class="count muted">{eventsText(sumOf(sources.map(({ events }) => events)))}</span>
      ) : null}
      {plays.value === 'live' ? (
        <span class="tag" title="What live publishers send is sent on as it comes">
          live
        </span>
      ) : null}
      {mode === 'view' ? (
        <span class="tag" title="Nothing is published: play shows what was recorded">
          view only
        </span>
      ) : (
        <span class="to muted">
          {to.map(plain).join(', ')} {subscribersText()}
        </span>
      )}
      <span class="program muted">{plain(program)}</span>
      <button
        type="button"
        title="Keys (?)"
        aria-label="Keys"
        onClick={() => {
          dialog.value = { kind: 'help' };
        }}
      >
        ?
      </button>
    </header>
  );
}

function eventsText(events: number | null): string {
  if (plays.value === 'live') return 'live publisher';
  return events === null ? 'number of events not known yet' : text.counted(events, 'event');
}

/** null: one of them is not known. */
function sumOf(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

function subscribersText(): string {
  const count = status.value?.subscribers;
  return count === undefined || count === null ? '' : `· ${text.counted(count, 'subscriber')}`;
}

/** What is under way, what came of it, and whether the connection stands. */
function Told(): JSX.Element {
  const { value: told } = notice;
  const what = pending.value.filter(Boolean).at(-1);
  const search = status.value?.search ?? null;
  const share = search?.share == null ? '' : `, ${text.percent(search.share)} of what is ahead`;
  return (
    <div class="told">
      <Connection />
      <p role="status">
        {what === undefined ? null : (
          <span class="muted">
            {what} …{share}{' '}
          </span>
        )}
        {told === undefined || told.isError ? null : told.text}
      </p>
      <p role="alert" class="error">
        {told?.isError ? told.text : null}
      </p>
    </div>
  );
}

function Connection(): JSX.Element {
  const isEnded = outcome.value !== undefined;
  const isLost = link.state.value === 'lost';
  return (
    <p class={`connection ${isLost ? 'lost' : ''}`} role="status">
      {isEnded ? 'The replay has ended. This page shows what was. ' : null}
      {isLost && !isEnded ? (
        <>
          The connection is lost; what is shown is of before. Trying again …{' '}
          <button type="button" onClick={() => link.open()}>
            Try now
          </button>
        </>
      ) : null}
    </p>
  );
}

const WHY: Readonly<Record<Refusal['why'], string>> = {
  token: 'Open the whole address that tcs-replay printed: it ends in a token, by which tcs-replay knows you.',
  full: 'As many pages as tcs-replay serves at a time are open. Close another one, and load this one again.',
  gone: 'tcs-replay does not answer: it has ended, or plays elsewhere now.',
  other: '',
};

function Refused({ refusal: { why, text: told } }: { readonly refusal: Refusal }): JSX.Element {
  return (
    <main class="alone">
      <div role="alert">
        <h1>There is nothing to show</h1>
        <p>{WHY[why]}</p>
        <p class="muted">{plain(told)}</p>
      </div>
    </main>
  );
}
