import { type Command, Option } from 'commander';
import { createLogUpdate } from 'log-update';
import { defaultWorkers } from '../decoder-pool.js';
import * as expect from '../expect.js';
import {
  CHECKS,
  DEFAULT_HIGH_WATER_MARK,
  DEFAULT_SLEEP_S,
  DEFAULT_URL,
  DEFAULT_WAIT_SETUP_S,
  FORMATS,
  type ReplayOptions,
  SORT_ORDERS,
} from '../options.js';
import { replay } from '../replay.js';
import { progressLine } from './progress-line.js';
import { StopSignals } from './signals.js';
import { summary } from './summary.js';

/** The options that are named differently here and in the library, and those that it does not have. */
interface PlayOptions extends ReplayOptions {
  waitSetup: number;
  sleep: number;
  hwm: number;
  readAhead?: number;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  tcs-replay night.db                      at the recorded pace, on ${DEFAULT_URL}
  tcs-replay -s 60 -t 'tracker.*' night.db a minute a second, the tracker's topics only
  tcs-replay -s max --json night.db        as fast as possible; the summary as JSON
  tcs-replay                               no database: a mock event every second
  tcs-replay listen                        shows what arrives, in another terminal

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 or 143 stopped by SIGINT or SIGTERM.`;

/** Makes a command play databases: arguments, options, help and action. */
export function addPlay(command: Command): Command {
  return command
    .argument('[db...]', 'databases to replay, one after the other; none: a mock event is sent continuously')
    .option(
      '-u, --url <url>',
      `address that the socket is bound to; repeatable (default: ${DEFAULT_URL})`,
      collect,
    )
    .option(
      '--connect <url>',
      "connect to an address, such as a proxy's XSUB, instead of binding; repeatable",
      collect,
    )
    .addOption(
      checked(
        '--wait-setup <seconds>',
        CHECKS.waitSetupS,
        DEFAULT_WAIT_SETUP_S,
        'wait after the socket is there, so that subscribers can connect',
      ),
    )
    .option('--serve-forever', 'when the databases end, start them again', false)
    .addOption(
      checked(
        '-s, --speedup <factor>',
        CHECKS.speedup,
        1,
        'above 1 fast-forwards, below 1 slows down; max: flat out, without pacing',
      ),
    )
    .option('-t, --topics <topics...>', 'topics to send, names or patterns with * and ? (default: all)')
    .addOption(
      checked(
        '-S, --sort-by <order>',
        CHECKS.sortBy,
        'none',
        `order of the events: ${SORT_ORDERS.join(', ')}`,
      ),
    )
    .option('--convert-number', 'send values of type number as numbers', false)
    .option('--convert-bool', 'send values of type boolean as booleans', false)
    .addOption(
      checked('--sleep <seconds>', CHECKS.sleepS, DEFAULT_SLEEP_S, 'mock event only: seconds between events'),
    )
    .addOption(
      checked(
        '--hwm <messages>',
        CHECKS.highWaterMark,
        DEFAULT_HIGH_WATER_MARK,
        'high-water mark: messages queued for a subscriber before more are dropped for it; 0: unlimited',
      ),
    )
    .addOption(
      checked(
        '--times <mode>',
        CHECKS.times,
        'replay',
        'times in the events: replay (moved to the present), now (of the send), original',
      ),
    )
    .addOption(
      checked('--workers <threads>', CHECKS.workers, defaultWorkers(), 'threads that read and decode'),
    )
    .addOption(
      checked('--format <format>', CHECKS.format, 'json', `encoding of the events: ${FORMATS.join(', ')}`),
    )
    .addOption(
      checked(
        '--read-ahead <size>',
        (value, name) => expect.sizeBytes(name, value),
        undefined,
        'most memory for events that wait to be sent (default: 32MiB)',
      ),
    )
    .addOption(checked('--limit <events>', CHECKS.limit, undefined, 'stop after so many events'))
    .option('--json', 'print the summary as one JSON document')
    .option('--quiet', 'print neither progress nor summary')
    .addHelpText('after', EXAMPLES)
    .action(play);
}

/** An option whose value is checked, and named in errors as on the command line. */
function checked<T>(
  flags: string,
  check: (value: string, name: string) => T,
  defaultValue: T | undefined,
  description: string,
): Option {
  const option = new Option(flags, description);
  if (defaultValue !== undefined) option.default(defaultValue);
  return option.argParser((value) => check(value, option.long as string));
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

async function play(databases: string[], options: PlayOptions): Promise<void> {
  const { waitSetup, sleep, hwm, readAhead, json = false, quiet = false, ...same } = options;
  const stop = new StopSignals();
  const isWatched = process.stderr.isTTY === true && !quiet;
  const display = isWatched ? createLogUpdate(process.stderr) : undefined;
  try {
    const outcome = await replay({
      ...same,
      databases,
      waitSetupS: waitSetup,
      sleepS: sleep,
      highWaterMark: hwm,
      readAheadBytes: readAhead,
      signal: stop.signal,
      onProgress: display && ((progress) => display(progressLine(progress))),
    });
    display?.clear();
    if (json) process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
    else if (!quiet) process.stdout.write(summary(outcome));
  } finally {
    display?.done();
    stop.release();
  }
}
