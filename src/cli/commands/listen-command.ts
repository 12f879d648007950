import { Command } from 'commander';
import type { PayloadFormat } from '../../batch/batch.js';
import type { ListenOptions, ReceivedEvent } from '../../listen.js';
import { FORMATS, OPTIONS, optionValue } from '../../options/option-table.js';
import { plain, plainJson } from '../../shared/plain-text.js';
import { counted } from '../../shared/text.js';
import { checked } from '../flags/checked-option.js';
import { CLIENT_KEY_FLAGS } from '../flags/client-key-flags.js';
import { ENVIRONMENT } from '../flags/environment.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { printJson, tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface ListenFlags extends ListenOptions {
  readonly json?: boolean;
  readonly format: PayloadFormat;
  readonly quiet?: boolean;
}

const [DEFAULT_URL] = OPTIONS.url.default;

const FLAGS: readonly Flag<keyof ListenOptions>[] = [
  {
    option: 'topics',
    flags: '-t, --topics <topics...>',
    help: 'topics to show, names or patterns with * and ? (default: all)',
  },
  { option: 'count', flags: '-n, --count <events>', help: 'stop after this number of events' },
  { option: 'idleTimeoutS', flags: '--timeout <seconds>', help: 'stop if no event has come for this time' },
  ...CLIENT_KEY_FLAGS,
];

const EXAMPLES = `
Examples:
  tcs-replay listen                                       all events on ${DEFAULT_URL}
  tcs-replay listen -t 'lrs2.*' --count 10                ten events of one system
  tcs-replay listen --json tcp://127.0.0.1:5556 | jq .event`;

/** The command that shows the events that a subscriber receives. */
export function listenCommand(): Command {
  const command = new Command('listen')
    .description('subscribe to events, and show them')
    .argument('[url...]', `addresses to connect to (env: ${ENVIRONMENT.url})`, [
      process.env[ENVIRONMENT.url] ?? DEFAULT_URL,
    ]);
  return addFlags(command, FLAGS)
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
    .addHelpText('after', EXAMPLES)
    .action(show);
}

async function show(
  url: string[],
  { json = false, format, quiet = false, ...options }: ListenFlags,
): Promise<void> {
  const stop = new StopSignals();
  const line = json ? jsonLine : readableLine;
  let received = 0;
  try {
    const [{ listen }, { unpack }] = await Promise.all([import('../../listen.js'), import('msgpackr')]);
    const events = listen({ ...options, url, onNotice: tell, signal: stop.signal }, flagNames(FLAGS));
    for await (const event of events) {
      received += 1;
      if (quiet) continue;
      await written(
        `${line(event, format === 'json' ? event.payload.toString() : jsonOf(unpack(event.payload)))}\n`,
      );
    }
  } finally {
    stop.release();
  }
  if (quiet && json) printJson({ received });
  else tell(`Received ${counted(received, 'event')}`);
}

function jsonLine({ topic, receivedS }: ReceivedEvent, payload: string): string {
  return plainJson(
    `{"topic":${JSON.stringify(topic)},"received":${receivedS.toFixed(6)},"event":${onOneLine(payload)}}`,
  );
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

function readableLine({ topic, receivedS }: ReceivedEvent, payload: string): string {
  const time = new Date(receivedS * 1000).toISOString();
  let values: string;
  try {
    const event = JSON.parse(payload) as Record<string, unknown>;
    values = Object.entries(event)
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' ');
  } catch {
    values = payload;
  }
  return plain(`${time}  ${topic}  ${values}`);
}

function jsonOf(event: unknown): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Writes to stdout, and waits until its reader has caught up. */
async function written(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
