import { Command } from 'commander';
import { unpack } from 'msgpackr';
import type { PayloadFormat } from '../../batch/batch.js';
import { listen, type ReceivedEvent } from '../../listen.js';
import { CHECKS, DEFAULT_URL, FORMATS } from '../../options/checks.js';
import { counted } from '../../shared/text.js';
import { curveClientOptions } from '../../zmq/curve/client-keys.js';
import { checked } from '../flags/checked-option.js';
import { StopSignals } from '../signals.js';

interface ListenCommandOptions {
  topics?: string[];
  count?: number;
  timeout?: number;
  json?: boolean;
  format: PayloadFormat;
  curveServer?: string;
  curveKeys?: string;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  tcs-replay listen                                       all events on ${DEFAULT_URL}
  tcs-replay listen -t 'lrs2.*' --count 10                ten events of one system
  tcs-replay listen --json tcp://127.0.0.1:5556 | jq .event`;

/** The command that shows what arrives at a subscriber. */
export function listenCommand(): Command {
  return new Command('listen')
    .description('subscribe to events, and show them')
    .argument('[url...]', 'addresses to connect to', [DEFAULT_URL])
    .option('-t, --topics <topics...>', 'topics to show, names or patterns with * and ? (default: all)')
    .addOption(checked('-n, --count <events>', CHECKS.limit, 'stop after so many events'))
    .addOption(checked('--timeout <seconds>', CHECKS.idleTimeoutS, 'stop when none has come for so long'))
    .option('--json', 'print a line of JSON an event: its topic, when it was received, and the event')
    .addOption(
      checked('--format <format>', CHECKS.format, `encoding of the events: ${FORMATS.join(', ')}`, 'json'),
    )
    .option('--curve-server <file>', 'of an encrypting publisher: the file of its public key')
    .option('--curve-keys <file>', 'own secret key file, where the publisher asks for it (default: new keys)')
    .option('--quiet', 'print no events, only how many came')
    .addHelpText('after', EXAMPLES)
    .action(show);
}

async function show(
  url: string[],
  { topics, count, timeout, json, format, curveServer, curveKeys, quiet }: ListenCommandOptions,
): Promise<void> {
  const onNotice = (notice: string) => process.stderr.write(`${notice}\n`);
  curveClientOptions(
    { curveServer, curveKeys },
    { curveServer: '--curve-server', curveKeys: '--curve-keys' },
  );
  const stop = new StopSignals();
  const line = json === true ? jsonLine : readableLine;
  let received = 0;
  try {
    const keys = { curveServer, curveKeys, onNotice };
    const events = listen({ url, topics, count, idleTimeoutS: timeout, signal: stop.signal, ...keys });
    for await (const event of events) {
      received += 1;
      if (quiet !== true)
        await written(
          `${line(event, format === 'json' ? event.payload.toString() : jsonOf(event.payload))}\n`,
        );
    }
  } finally {
    stop.release();
  }
  if (quiet === true && json === true) process.stdout.write(`${JSON.stringify({ received })}\n`);
  else process.stderr.write(`Received ${counted(received, 'event')}\n`);
}

function jsonLine({ topic, receivedS }: ReceivedEvent, payload: string): string {
  return `{"topic":${JSON.stringify(topic)},"received":${receivedS.toFixed(6)},"event":${onOneLine(payload)}}`;
}

/** JSON as it came, but for its line feeds, which stand between tokens only; what is no JSON, as a JSON string. */
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
  return `${time}  ${topic}  ${values}`;
}

function jsonOf(payload: Buffer): string {
  return JSON.stringify(unpack(payload), (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** Writes to stdout, and waits while whoever reads it is slower than the events come. */
async function written(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
