import { Command } from 'commander';
import { RECORD_DEFAULTS } from '../../record/record-defaults.js';
import type { RecordOptions, RecordOutcome, RecordProgress } from '../../record.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { CLIENT_KEY_FLAGS } from '../flags/client-key-flags.js';
import { ENVIRONMENT } from '../flags/environment.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { seconds, size, wholeFrom } from '../flags/text-form.js';
import { LiveLine } from '../live/live-line.js';
import { print, printJson, tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';
import { columns, shortened } from '../text/columns.js';

interface RecordFlags extends Omit<RecordOptions, 'path'> {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Most topics shown of which not all was written; `--json` has all. */
const SHOWN_TOPICS = 20;
const TOPIC_WIDTH = 48;

const FLAGS: readonly Flag<keyof RecordOptions>[] = [
  {
    option: 'url',
    flags: '-u, --url <url>',
    help: 'address of a publisher to connect to; repeatable',
    isRepeatable: true,
    env: ENVIRONMENT.url,
  },
  {
    option: 'topics',
    flags: '-t, --topics <topics...>',
    help: 'topics to record, names or patterns with * and ? (default: all)',
  },
  {
    option: 'rotate',
    flags: '--rotate <when>',
    help: 'go on in a new file: "night" for each noon, a time such as 1h, a size such as 2GiB; repeatable',
    isRepeatable: true,
  },
  {
    option: 'timezone',
    flags: '--timezone <zone>',
    help: 'time zone of the noon between two nights',
    env: ENVIRONMENT.timezone,
  },
  { option: 'durationS', flags: '--duration <time>', help: 'end after this time', form: seconds },
  { option: 'limit', flags: '--limit <events>', help: 'end after this number of events', form: wholeFrom(1) },
  {
    option: 'queueBytes',
    flags: '--queue <size>',
    help: 'most bytes of events that wait while the disk is slow, full or locked',
    form: size,
  },
  ...CLIENT_KEY_FLAGS,
];

const EXAMPLES = `
The file can be played and looked at while it is recorded. A database gives what
was received if it is played with --convert-number --convert-bool; an MCAP
always does. docs/record.md has more.

Examples:
  tcs-replay record night.db
  tcs-replay record night.mcap
  tcs-replay record lrs2.db -u tcp://tracker:30400 -u tcp://tcs:30300 -t 'lrs2.*'
  tcs-replay record --rotate night /data/tcs.db    /data/tcs-2026-11-29.db, ...
  tcs-replay record --duration 10m --json night.db

Exit codes: 0 all that was received is written, 3 some is not: events were
dropped or lost, or messages were no events; 1 failed, 2 wrong usage,
129, 130 or 143 ended by SIGHUP, SIGINT or SIGTERM.`;

/** The command that records what publishers send. */
export function recordCommand(): Command {
  const command = new Command('record')
    .summary('record what publishers send, into a database or an MCAP')
    .description('Subscribes to publishers, and writes their events into a file that can be played.')
    .argument('[OUT]', 'the database to write, or an MCAP if it ends in .mcap; it must not exist');
  return addFlags(command, FLAGS, tableOfDefaults())
    .option('-q, --quiet', 'print nothing but errors and warnings, and the result if --json asks for it')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function tableOfDefaults(): Record<string, { default: unknown }> {
  return Object.fromEntries(
    Object.entries(RECORD_DEFAULTS).map(([name, value]) => [name, { default: value }]),
  );
}

async function run(path: string | undefined, flags: RecordFlags): Promise<void> {
  const { quiet = false, json = false, ...options } = flags;
  refuseSwallowedDatabases(path === undefined ? [] : [path], options);
  if (path === undefined)
    throw new TcsReplayError(
      'BAD_OPTION',
      'Expected the path of a file to write, such as night.db or night.mcap',
    );
  const stop = new StopSignals();
  let progress: RecordProgress | undefined;
  const rates = new Rates();
  const live = quiet ? undefined : new LiveLine(() => (progress === undefined ? '' : rates.line(progress)));
  try {
    const { record } = await import('../../record.js');
    const outcome = await record(
      {
        ...options,
        path,
        signal: stop.signal,
        onNotice: (notice) => (live === undefined ? tell(notice) : live.note(notice)),
        onProgress: (now) => {
          progress = now;
        },
      },
      flagNames(FLAGS),
    );
    live?.close();
    if (outcome.written < outcome.received || (outcome.lost ?? 0) > 0) process.exitCode ||= EXIT.incomplete;
    if (json) printJson(outcome);
    else if (!quiet) print(outcomeLines(outcome));
  } finally {
    live?.close();
    stop.release();
  }
}

/** The line that is drawn each second, with the rate since it was drawn before. */
class Rates {
  private _received = 0;
  private _atMs = performance.now();
  line({ path, received, dropped, topics, sizeBytes, queueFill }: RecordProgress): string {
    const nowMs = performance.now();
    const perS = (1000 * (received - this._received)) / Math.max(1, nowMs - this._atMs);
    this._received = received;
    this._atMs = nowMs;
    return [
      `recording ${text.name(path)}`,
      `${text.counted(received, 'event')}`,
      `${text.count(perS)}/s`,
      text.counted(topics, 'topic'),
      text.bytes(sizeBytes),
      `queue ${text.percent(queueFill)}`,
      ...(dropped > 0 ? [`${text.count(dropped)} dropped`] : []),
    ].join('  ');
  }
}

function outcomeLines(outcome: RecordOutcome): string {
  const { files, written, received, dropped, notEvents, notAscending, lost, bytes, topics, tookS } = outcome;
  const rate = `${text.anySpan(tookS)}, ${text.count(written / tookS)} events/s`;
  const lines = [
    `Recorded ${text.counted(written, 'event')} of ${text.counted(topics.length, 'topic')}, ${text.bytes(bytes)}; took ${rate}`,
    ...files.map(
      ({ path, events, sizeBytes }) =>
        `  ${text.name(path)}: ${text.counted(events, 'event')}, ${text.bytes(sizeBytes)}`,
    ),
  ];
  if (lost === null) lines.push('  lost on the way: not known, since no stamps tell of it');
  else if (lost > 0) lines.push(`  lost on the way: ${text.counted(lost, 'event')}, as the stamps tell`);
  if (notAscending > 0)
    lines.push(
      `  wire times: ${text.counted(notAscending, 'event')} not after the event before of the topic: reordered, doubled, or a clock went back`,
    );
  if (dropped > 0) lines.push(`  dropped: ${text.counted(dropped, 'event')}, since the disk was too slow`);
  if (notEvents > 0)
    lines.push(`  not recorded: ${text.counted(notEvents, 'message')}, whose payload is no JSON object`);
  if (written === received) return lines.join('\n');
  const short = topics.filter((topic) => topic.written < topic.received);
  const heads = ['topic', 'received', 'written', 'dropped', 'no events'];
  lines.push(
    columns(
      heads.map((head) => ({ head, align: head === 'topic' ? 'left' : 'right' })),
      short
        .slice(0, SHOWN_TOPICS)
        .map((topic) => [
          shortened(text.name(topic.topic), TOPIC_WIDTH),
          ...[topic.received, topic.written, topic.dropped, topic.notEvents].map(text.count),
        ]),
    ),
  );
  if (short.length > SHOWN_TOPICS)
    lines.push(`  ${text.count(short.length - SHOWN_TOPICS)} more: see --json`);
  return lines.join('\n');
}
