import { KEY_TABLE } from '../../control/key-table.js';
import { speedText } from '../../control/speed-ladder.js';
import type { TopicRate } from '../../measure/topic-rates.js';
import type { ReplayState, ReplayStatus } from '../../playback/playback.js';
import { columnOf, type TimeAxis } from '../../selection/time-axis.js';
import { wallText } from '../../selection/wall-text.js';
import * as text from '../../shared/text.js';
import type { Overview } from '../../timeline/activity.js';
import { audienceText } from '../reports/audience.js';
import { sentTopic } from '../text/sent-topic.js';
import { sparkline } from '../text/sparkline.js';
import { UNBROKEN, wrapped } from '../text/wrapped.js';
import { activityByColumn } from './activity.js';
import type { Notice, Pending } from './controls.js';
import { fittedParts } from './fitted-parts.js';
import type { LinePrompt } from './line-prompt.js';
import { progressLine, SHOWN_WAIT_S } from './progress-line.js';
import { queueText } from './queue-text.js';
import { shareBar } from './share-parts.js';
import type { Line, Span } from './styled-text.js';

/** On a smaller terminal a single line is shown. */
const LEAST_COLUMNS = 60;
const LEAST_ROWS = 12;
/** Width from which the help has two columns. */
const WIDE_HELP_COLUMNS = 120;
const MOST_TOPICS = 5;
/** A command that takes longer shows how long it has taken. */
const SHOWN_PENDING_S = 2;
/** With less time than this left out, the part that is played counts as everything. */
const LEAST_LEFT_OUT_S = 1;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The state that a frame shows. */
export interface LiveModel {
  readonly status: ReplayStatus;
  /** The user's command that is being carried out. */
  readonly pending: Pending | undefined;
  /** Undefined as long as it is not known, or if no event has a time. */
  readonly overview: Overview | undefined;
  /** Busiest first. */
  readonly topics: readonly TopicRate[];
  readonly axis: TimeAxis;
  /** The line on what is made before the replay can begin. */
  readonly preparation: string | undefined;
  readonly prompt: LinePrompt | undefined;
  readonly notice: Notice | undefined;
  readonly isHelpShown: boolean;
  /** Whether keys can be used. */
  readonly hasKeyboard: boolean;
}

/**
 * The lines that show a replay: several if there is room, else one. Lines may be slightly too long for the terminal.
 */
export function liveFrame(model: LiveModel, size: Size): Line[] {
  const foot = footLines(model, size.columns);
  if (size.columns < LEAST_COLUMNS || size.rows < LEAST_ROWS) {
    const isTold = model.prompt !== undefined || model.notice !== undefined || model.isHelpShown;
    return [isTold ? foot[0] : [{ text: smallLine(model, size.columns) }]];
  }
  // The cursor stands below the last line and needs a row.
  const room = size.rows - 1;
  const body = model.status.state === 'opening' ? [] : bodyLines(model, size.columns);
  const lines = [headLine(model, size.columns), ...body];
  const above = model.isHelpShown ? withHelp(lines, size.columns, room - foot.length) : lines;
  return [...above.slice(0, room - foot.length), ...foot];
}

const STATES: Record<ReplayState, Span> = {
  opening: { text: 'opening' },
  waiting: { text: 'waiting for subscribers' },
  playing: { text: '▶ playing', style: 'green' },
  blocked: { text: '■ blocked', style: 'yellow' },
  'caught-up': { text: '▶ caught up, waiting for the recorder', style: 'green' },
  paused: { text: '⏸ paused', style: 'yellow' },
  delivering: { text: 'delivering what is queued' },
  ended: { text: 'ended' },
};

function stateOf({ status, pending }: LiveModel): Span {
  if (pending === undefined) {
    const { subscribers, awaitedSubscribers } = status;
    if (status.state === 'waiting' && awaitedSubscribers > 0)
      return { text: `${STATES.waiting.text}: ${subscribers} of ${awaitedSubscribers}` };
    return STATES[status.state];
  }
  if (pending.sinceS < SHOWN_PENDING_S) return { text: `» ${pending.what}…`, style: 'cyan' };
  const share = status.search?.share ?? Number.NaN;
  const searched = Number.isNaN(share) ? '' : ` ${text.percent(share)} searched,`;
  return { text: `» ${pending.what}…${searched} ${text.span(pending.sinceS)}`, style: 'cyan' };
}

function smallLine(model: LiveModel, columns: number): string {
  const { status, pending, preparation } = model;
  if (status.state === 'opening') return preparation ?? 'opening';
  if (pending !== undefined || status.state === 'waiting' || status.state === 'delivering')
    return stateOf(model).text;
  return progressLine(status, model.axis.zone, columns);
}

function headLine(model: LiveModel, columns: number): Line {
  const { status, preparation } = model;
  const { zone } = model.axis;
  const { positionS, leftS, speedup, state } = status;
  const shown = stateOf(model);
  if (state === 'opening') return [shown, { text: preparation === undefined ? '' : `  ${preparation}` }];
  const wall = wallText(positionS, zone);
  const left = Number.isNaN(leftS) || state === 'waiting' ? '' : `${text.span(leftS)} left`;
  const parts = [{ shown: speedText(speedup), weight: 9 }];
  if (wall !== '') {
    parts.push({ shown: wall.slice(0, 10), weight: 4 });
    parts.push({ shown: `${wall.slice(11)} ${zone.name}`, weight: 8 });
  }
  const room = columns - shown.text.length - left.length - 4;
  const middle = fittedParts(parts, room + 1);
  return [
    { text: shown.text, style: shown.style },
    { text: `  ${middle}`.padEnd(columns - shown.text.length - left.length) },
    { text: left, style: 'bold' },
  ];
}

function bodyLines(model: LiveModel, columns: number): Line[] {
  const { status } = model;
  const { sent, bytes, eventsPerS, bytesPerS, pass } = status;
  const sums = [
    { shown: text.counted(sent, 'event').padEnd(17), weight: 4 },
    { shown: text.bytes(bytes).padEnd(8), weight: 2 },
    { shown: `${text.count(eventsPerS)} events/s`.padEnd(18), weight: 3 },
    { shown: `${text.bytes(bytesPerS)}/s`.padEnd(10), weight: 2 },
  ];
  if (pass > 1) sums.push({ shown: `pass ${text.count(pass)}`, weight: 1 });
  const part = partLine(model, columns);
  return [
    ...timelineLines(model, columns),
    ...(part === undefined ? [] : [part]),
    named('sent', [{ text: fittedParts(sums, columns - NAME_WIDTH + 1) }]),
    ...(status.relay === undefined ? [] : [named('queue', [{ text: queueText(status.relay) }])]),
    named('lateness', latenessSpans(status)),
    named('busiest', [{ text: topicText(model.topics, columns - NAME_WIDTH) }]),
    named('to', [{ text: audienceText(status.subscribers, status.addresses) }]),
  ];
}

const NAME_WIDTH = 9;

function named(name: string, spans: readonly Span[]): Line {
  return [{ text: name.padEnd(NAME_WIDTH), style: 'dim' }, ...spans];
}

function latenessSpans({ state, speedup, nextInS, lateness }: ReplayStatus): Span[] {
  const spans: Span[] = [];
  if (state === 'playing' && nextInS >= SHOWN_WAIT_S) {
    spans.push({ text: `next event in ${text.span(nextInS)}  `, style: 'bold' });
  } else if (speedup === Number.POSITIVE_INFINITY)
    return [{ text: 'never: an event is due when it is sent' }];
  if (lateness === undefined) return spans;
  const { p50Us, p99Us, maxUs } = lateness;
  const shown = Object.entries({ p50: p50Us, p99: p99Us, max: maxUs });
  return [...spans, { text: shown.map(([name, us]) => `${name} ${text.duration(us).padEnd(7)}`).join('  ') }];
}

function topicText(topics: readonly TopicRate[], columns: number): string {
  return fittedParts(
    topics.slice(0, MOST_TOPICS).map(({ eventsPerS, ...topic }, i) => ({
      shown: `${sentTopic(topic)} ${rateText(eventsPerS)}/s`,
      weight: -i,
    })),
    columns + 1,
  );
}

function rateText(eventsPerS: number): string {
  return eventsPerS < 10 ? eventsPerS.toFixed(1) : text.count(eventsPerS);
}

/** The time span of the timeline: the part that is played, or, while that is not known, everything recorded. */
function spanOf({ overview, status }: LiveModel): { fromS: number; toS: number } {
  return overview ?? { fromS: status.firstS, toS: status.lastS };
}

function timelineLines(model: LiveModel, columns: number): Line[] {
  const { overview, axis, status } = model;
  const { fromS, toS } = spanOf(model);
  if (!(toS > fromS && toS - fromS < Number.POSITIVE_INFINITY)) {
    return Number.isNaN(status.share) ? [] : [[{ text: shareBar(status.share, columns - 2) }]];
  }
  // Without counts the line of the bars is empty, and keeps its place.
  const activity = activityByColumn(overview?.counts ?? [], columns);
  const at = Number.isNaN(status.positionS) ? -1 : columnOf(status.positionS, fromS, toS, columns);
  const rule = new Array<string>(columns).fill('─').fill('━', 0, Math.max(0, at));
  let labels = '';
  for (const { column, label } of axis.marks(fromS, toS, columns)) {
    rule[column] = column < at ? '┯' : '┬';
    labels = labels.padEnd(column) + label;
  }
  const bars: Line = [{ text: sparkline(activity, Math.max(...activity)), style: 'cyan' }];
  const position: Span[] = at < 0 ? [] : [{ text: '▲', style: 'bold' }];
  return [
    bars,
    [
      { text: rule.slice(0, Math.max(0, at)).join('') },
      ...position,
      { text: rule.slice(at + 1).join(''), style: 'dim' },
    ],
    [{ text: labels, style: 'dim' }],
  ];
}

/** The line on which part of the recordings is played; undefined if everything is. */
function partLine(model: LiveModel, columns: number): Line | undefined {
  const { status } = model;
  const { zone } = model.axis;
  const { fromS, toS } = spanOf(model);
  const leftOutS = Math.max(fromS - status.firstS, status.lastS - toS);
  if (!(leftOutS >= LEAST_LEFT_OUT_S)) return undefined;
  const [from, to, first, last] = [fromS, toS, status.firstS, status.lastS].map((timeS) =>
    wallText(timeS, zone),
  );
  const shown = fittedParts(
    [
      { shown: `${from} – ${to}`, weight: 2 },
      { shown: `of ${first} – ${last} ${zone.name}`, weight: 1 },
    ],
    columns - NAME_WIDTH + 1,
  );
  return named('part', [{ text: shown }]);
}

/** The help below all lines; with less room, below the first line; with even less, in brief. */
function withHelp(lines: readonly Line[], columns: number, room: number): Line[] {
  const help = helpLines(columns);
  if (lines.length + help.length <= room) return [...lines, ...help];
  if (1 + help.length <= room) return [lines[0], ...help];
  return [lines[0], ...wrapped(briefHelp(), columns).map((text) => [{ text }])];
}

/** The keys with their brief purposes, whose words stay on one line. */
function briefHelp(): string {
  const parts = KEY_TABLE.map(({ keys, brief }) => `${keys} ${brief}`.replaceAll(' ', UNBROKEN));
  return parts.join('  ');
}

function helpLines(columns: number): Line[] {
  const widest = Math.max(...KEY_TABLE.map(({ keys }) => keys.length));
  const entries = KEY_TABLE.map(({ keys, purpose }): Span[] => [
    { text: `  ${keys.padEnd(widest)}  `, style: 'bold' },
    { text: purpose },
  ]);
  if (columns < WIDE_HELP_COLUMNS) return entries;
  const half = Math.ceil(entries.length / 2);
  const width = Math.floor(columns / 2);
  return entries.slice(0, half).map((left, i) => {
    const taken = left.reduce((sum, { text }) => sum + text.length, 0);
    return [...left, { text: ' '.repeat(Math.max(0, width - taken)) }, ...(entries[half + i] ?? [])];
  });
}

/** At least one line. */
function footLines({ prompt, notice, hasKeyboard, isHelpShown }: LiveModel, columns: number): Line[] {
  const style = notice?.isError === true ? 'red' : 'bold';
  const told: Line[] =
    notice === undefined ? [] : wrapped(notice.text, columns).map((line) => [{ text: line, style }]);
  if (prompt !== undefined) {
    const preset = prompt.preset === '' ? '' : ` [${prompt.preset}]`;
    const question = `${prompt.question}${preset}: `;
    // The end of a long text is shown.
    const room = Math.max(1, columns - question.length - 1);
    return [
      [
        { text: question, style: 'bold' },
        { text: `${[...prompt.text].slice(-room).join('')}▏` },
        { text: ' Enter: go, Esc: cancel', style: 'dim' },
      ],
      ...told,
    ];
  }
  if (told.length > 0) return told;
  if (!hasKeyboard) return [[]];
  const help = isHelpShown ? 'hide' : 'all';
  return [[{ text: `? ${help} keys  space pause  ←→ seek  +- speed  q quit`, style: 'dim' }]];
}
