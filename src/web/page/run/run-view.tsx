import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import type { RunPoint } from '../../protocol.js';
import { overview, plays } from '../model/night.js';
import { runPoints } from '../model/run-history.js';
import { status } from '../model/standing.js';
import { shortCount } from '../plots/short-count.js';
import { RunChart } from './run-chart.js';

const MOST_STALLS = 8;

/** How the replay itself runs, second by second of the server's clock. */
export function RunView(): JSX.Element {
  const points = runPoints.value;
  const isView = overview.value?.mode === 'view';
  const last = points.at(-1);
  return (
    <section class="run" aria-labelledby="run-title">
      <header>
        <h2 id="run-title">How it runs</h2>
        <Figures last={last} isView={isView} />
      </header>
      {points.length < 2 ? (
        <p class="muted">There is a point for each second.</p>
      ) : (
        <div class="charts">
          <RunChart title="Events a second" lines={RATE} valueText={shortCount} />
          <RunChart title="Lateness" lines={LATENESS} valueText={lateText} isLog />
          {plays.value === 'recordings' ? (
            <RunChart title="Read-ahead" lines={READ_AHEAD} valueText={shareText} most={1} />
          ) : null}
          {isView ? null : (
            <RunChart title="Subscribers" lines={SUBSCRIBERS} valueText={shortCount} isWhole />
          )}
        </div>
      )}
      <Stalls />
    </section>
  );
}

const RATE = [{ name: '', color: 'line-1', of: (point: RunPoint) => point.eventsPerS }];
const LATENESS = [
  { name: 'p50', color: 'line-3', of: (point: RunPoint) => lateOf(point.latenessP50Ms) },
  { name: 'p99', color: 'line-2', of: (point: RunPoint) => lateOf(point.latenessP99Ms) },
  { name: 'max', color: 'line-1', of: (point: RunPoint) => lateOf(point.latenessMaxMs) },
];
const READ_AHEAD = [{ name: '', color: 'line-4', of: (point: RunPoint) => point.readAhead }];
const SUBSCRIBERS = [{ name: '', color: 'line-5', of: (point: RunPoint) => point.subscribers }];

/** A logarithmic axis has no 0, and no clock resolves less. */
function lateOf(ms: number | null): number | null {
  return ms === null ? null : Math.max(ms, 0.001);
}

function lateText(ms: number): string {
  return text.duration(ms * 1000).replace(/\.0+(?=[mµs])|(?<=\.\d*[1-9])0+(?=[mµs])/, '');
}

function shareText(share: number): string {
  return text.percent(share);
}

function Figures({
  last,
  isView,
}: {
  readonly last: RunPoint | undefined;
  readonly isView: boolean;
}): JSX.Element {
  const { sent, bytes, eventsPerS, leftS, relay } = status.value ?? {};
  const figures: (readonly [name: string, value: string])[] = [
    [isView ? 'shown' : 'sent', sent === undefined || sent === null ? '–' : text.counted(sent, 'event')],
    ['size', bytes === undefined || bytes === null ? '' : text.bytes(bytes)],
    ['rate', eventsPerS === undefined || eventsPerS === null ? '–' : `${text.count(eventsPerS)}/s`],
    ['late p99', last?.latenessP99Ms == null ? '–' : text.duration(last.latenessP99Ms * 1000)],
    ...(relay === undefined
      ? [['left', leftS === undefined || leftS === null ? '–' : text.span(leftS)] as const]
      : [
          [
            'waiting',
            `${text.counted(relay.queuedEvents, 'event')}, ${text.bytes(relay.queuedBytes)}`,
          ] as const,
          ['dropped', text.count(relay.dropped)] as const,
        ]),
  ];
  return (
    <dl>
      {figures.map(([name, value]) =>
        value === '' ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** The longest of the time that is kept. */
function Stalls(): JSX.Element | null {
  const longest = useComputed(() =>
    runPoints.value
      .flatMap(({ atMs, stalls }) => stalls.map((stall) => ({ ...stall, atMs })))
      .sort((a, b) => b.durationMs - a.durationMs)
      .slice(0, MOST_STALLS),
  );
  if (longest.value.length === 0) return null;
  return (
    <div class="stalls">
      <h3>Longest stalls</h3>
      <ul>
        {longest.value.map(({ atMs, cause, durationMs }) => (
          <li key={`${atMs} ${cause} ${durationMs}`}>
            <time>{new Date(atMs).toLocaleTimeString('en-GB')}</time> {text.duration(durationMs * 1000)}{' '}
            <span class="muted">{plain(cause)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
