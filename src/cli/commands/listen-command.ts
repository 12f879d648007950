import { Command } from 'commander';
import type { PayloadFormat } from '../../batch/batch.js';
import { wireTimeOf } from '../../encode/wire-time-of.js';
import type { ListenOptions, ReceivedEvent } from '../../listen.js';
import type { AgentOptions } from '../../loadtest/agent/agent-options.js';
import { FORMATS, OPTIONS, optionValue } from '../../options/option-table.js';
import { entriesAsWritten } from '../../payload/entries-as-written.js';
import { needs } from '../../shared/expect.js';
import { plain, plainJson } from '../../shared/plain-text.js';
import { count, counted, name } from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { checked } from '../flags/checked-option.js';
import { CLIENT_KEY_FLAGS } from '../flags/client-key-flags.js';
import { ENVIRONMENT } from '../flags/environment.js';
import { addFlags, type Flag, flagNames, longFlag } from '../flags/flag.js';
import { METRICS_FLAG } from '../flags/metrics-flag.js';
import { refuseSwallowedAddresses } from '../flags/swallowed-arguments.js';
import { LiveLine } from '../live/live-line.js';
import { print, printJson, tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';
import { AGENT_FLAGS, listenAsAgent } from './listen-as-agent.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface ListenFlags extends ListenOptions, Omit<AgentOptions, keyof ListenOptions | 'reportTo'> {
  readonly reportTo?: string;
  readonly json?: boolean;
  readonly format: PayloadFormat;
  readonly quiet?: boolean;
  readonly stats?: boolean;
}

const [DEFAULT_URL] = OPTIONS.url.default;
/** Frames of an event: its topic and its payload. */
const EVENT_FRAMES = 2;

const FLAGS: readonly Flag<keyof ListenOptions>[] = [
  {
    option: 'topics',
    flags: '-t, --topics <topics...>',
    help: 'topics to show, names or patterns with * and ? (default: all)',
  },
  { option: 'count', flags: '-n, --count <events>', help: 'stop after this number of events' },
  { option: 'idleTimeoutS', flags: '--timeout <seconds>', help: 'stop if no event has come for this time' },
  METRICS_FLAG,
  ...CLIENT_KEY_FLAGS,
];

const EXAMPLES = `
Examples:
  tcs-replay listen                                       all events on ${DEFAULT_URL}
  tcs-replay listen -t 'lrs2.*' --count 10                ten events of one system
  tcs-replay listen --json tcp://127.0.0.1:5556 | jq .event
  tcs-replay listen --stats --timeout 10                  how much comes, of which topics, how late
  tcs-replay listen tcp://pub:5556 --report-to tcp://pub:5558  an agent of a load test on pub

An agent waits until the load test is there, reports to it each second, and ends
with it. docs/many-machines.md has more.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 fewer events than --count came, or some could not be read,
130 or 143 stopped by SIGINT or SIGTERM.`;

/** The command that shows the events that a subscriber receives. */
export function listenCommand(): Command {
  const command = new Command('listen')
    .description('subscribe to events, and show them')
    .argument('[url...]', `addresses to connect to (env: ${ENVIRONMENT.url})`, [
      process.env[ENVIRONMENT.url] ?? DEFAULT_URL,
    ]);
  addFlags(command, FLAGS);
  return addFlags(command, AGENT_FLAGS)
    .addOption(
      checked(
        '--format <format>',
        (value, name) => optionValue('format', value, name),
        `encoding of the events: ${FORMATS.join(', ')}`,
        OPTIONS.format.default,
      ),
    )
    .option('--json', 'print one line of JSON for each event: its topic, when it was received, and the event')
    .option('--quiet', 'print only the number of events received')
    .option(
      '--stats',
      'show rates, sizes, topics and latency instead of the events: while they come, and at the end',
    )
    .addHelpText('after', EXAMPLES)
    .action(show);
}

async function show(url: string[], flags: ListenFlags): Promise<void> {
  const { json = false, format, quiet = false, stats = false, reportTo, ...given } = flags;
  refuseSwallowedAddresses(given);
  if (reportTo !== undefined) return listenAsAgent({ ...given, url, json, format, quiet, reportTo });
  const { name: agentName, subscribers, hop, reportServer, ...options } = given;
  const lonely = AGENT_FLAGS.find(({ option }) => flags[option] !== undefined);
  if (lonely !== undefined) throw needs(longFlag(lonely), '--report-to', 'it is for an agent of a load test');
  const stop = new StopSignals();
  const line = json ? jsonLine : readableLine;
  const sums = stats
    ? new (await import('../reports/listen-stats.js')).ListenStats(options.topics === undefined)
    : undefined;
  const live = sums && new LiveLine(() => sums.line(performance.now() / 1000));
  const onNotice = (notice: string) => (live === undefined ? tell(notice) : live.note(notice));
  let received = 0;
  let passedOver = 0;
  try {
    const [{ listen }, { unpack }] = await Promise.all([import('../../listen.js'), import('msgpackr')]);
    const read = ({ payload }: ReceivedEvent): { shown: string; wireUs: number } => {
      if (format === 'json') return { shown: payload.toString(), wireUs: wireTimeOf(payload) };
      const unpacked = unpack(payload);
      return { shown: jsonOf(unpacked), wireUs: Math.round(1e6 * (unpacked?.__wire_time ?? Number.NaN)) };
    };
    const events = listen({ ...options, url, onNotice, signal: stop.signal }, flagNames(FLAGS));
    for await (const event of events) {
      let shown: string;
      let wireUs: number;
      try {
        ({ shown, wireUs } = read(event));
      } catch {
        passedOver += 1;
        if (passedOver === 1)
          onNotice(
            `Passed over a message of ${name(event.topic)} that is no MessagePack; is it --format json?`,
          );
        continue;
      }
      received += 1;
      sums?.add(event, wireUs);
      if (!quiet && !stats) await written(`${line(event, shown)}\n`);
    }
  } finally {
    live?.close();
    stop.release();
  }
  const expected = options.count === undefined ? undefined : Number(options.count);
  const isIncomplete = passedOver > 0 || received < (expected ?? 0);
  if (isIncomplete) process.exitCode ??= EXIT.incomplete;
  if (sums !== undefined)
    json ? printJson({ received, passedOver, ...sums.document() }) : print(sums.report());
  else if (quiet && json) printJson({ received });
  if (!json || !(quiet || stats) || isIncomplete) tell(endLine(received, expected, passedOver));
}

/** `Received 3 of 10 events, passed over 2 messages` */
function endLine(received: number, expected: number | undefined, passedOver: number): string {
  const isShort = expected !== undefined && received < expected;
  const number = isShort ? `${count(received)} of ${counted(expected, 'event')}` : counted(received, 'event');
  const rest = passedOver === 0 ? '' : `, passed over ${counted(passedOver, 'message')}`;
  return `Received ${number}${rest}`;
}

function jsonLine({ topic, frames, receivedS }: ReceivedEvent, payload: string): string {
  const odd =
    frames.length === EVENT_FRAMES
      ? ''
      : `,"frames":${frames.length},"more":${JSON.stringify(furtherTexts(frames))}`;
  return plainJson(
    `{"topic":${JSON.stringify(topic)},"received":${receivedS.toFixed(6)},"event":${onOneLine(payload)}${odd}}`,
  );
}

function furtherTexts(frames: readonly Buffer[]): string[] {
  return frames.slice(EVENT_FRAMES).map(String);
}

/** JSON without its line breaks, which occur only between tokens; any other text as a JSON string. */
function onOneLine(payload: string): string {
  try {
    JSON.parse(payload);
    return payload.replaceAll(/[\r\n]/g, ' ');
  } catch {
    return JSON.stringify(payload);
  }
}

function readableLine({ topic, frames, receivedS }: ReceivedEvent, payload: string): string {
  const time = new Date(receivedS * 1000).toISOString();
  let values: string;
  try {
    values = entriesAsWritten(payload)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
  } catch {
    values = payload;
  }
  if (frames.length === EVENT_FRAMES) return plain(`${time}  ${topic}  ${values}`);
  const all = [values, ...furtherTexts(frames)].join(' | ');
  return plain(`${time}  ${topic}  (${counted(frames.length, 'frame')}) ${all}`.trimEnd());
}

function jsonOf(event: unknown): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Writes to stdout, and waits until its reader has caught up. */
async function written(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
