import { Command } from 'commander';
import type { ControlCommand } from '../../control/control-client.js';
import { distanceS } from '../../control/control-commands.js';
import { DEFAULT_CONTROL_URL } from '../../options/control-address.js';
import { LONGEST_WAIT_S } from '../../options/option-table.js';
import { parseTimePoint } from '../../selection/time-point.js';
import { TimeZone } from '../../selection/time-zone.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as expect from '../../shared/expect.js';
import { givenSpan } from '../../shared/text.js';
import type { ClientKeyOptions } from '../../zmq/curve/client-keys.js';
import { EXIT } from '../exit-code.js';
import { checked } from '../flags/checked-option.js';
import { CLIENT_KEY_FLAGS } from '../flags/client-key-flags.js';
import { addFlags, flagNames } from '../flags/flag.js';
import { seconds } from '../flags/text-form.js';
import { print, printJson, tell, tellError } from '../output.js';

const DEFAULT_TIMEOUT_S = 10;
/** Longest wait for a status while another command waits: the process does not end before. */
const STATUS_TIMEOUT_MS = 1000;

interface CtlOptions extends ClientKeyOptions {
  readonly url: string;
  readonly timeout: number;
  readonly json?: boolean;
}

/** A command of `tcs-replay ctl`. */
interface CommandRow {
  /** Its name and its arguments. */
  readonly usage: string;
  readonly description: string;
  /** The command to send. Throws `BAD_OPTION` for arguments that every replay would refuse. */
  of(...args: string[]): ControlCommand;
  /** Whether an argument may begin with a minus. */
  readonly takesMinus?: boolean;
}

const COMMANDS: readonly CommandRow[] = [
  {
    usage: 'status',
    description: 'show the position and state of the replay',
    of: () => ({ command: 'status' }),
  },
  { usage: 'pause', description: 'send nothing until resume', of: () => ({ command: 'pause' }) },
  { usage: 'resume', description: 'go on as if there had been no pause', of: () => ({ command: 'resume' }) },
  {
    usage: 'step [to]',
    description:
      'pause, and send the next event; with a topic or a pattern, all up to its next event; with a number, as many',
    of: (to) =>
      /^\d+$/.test(to ?? '') ? { command: 'step', count: Number(to) } : { command: 'step', topic: to },
  },
  {
    usage: 'speed <factor>',
    description: 'change the speed: times as fast as recorded, or max for flat out',
    of: (factor) => {
      const speedup = expect.speedup('the speed', factor);
      return { command: 'speed', speedup: speedup === Number.POSITIVE_INFINITY ? 'max' : speedup };
    },
  },
  {
    usage: 'seek <time>',
    description:
      'go to a recorded time: 2018-03-24T03:00Z, Unix seconds, +90m (from the first event), -10m (from the last)',
    takesMinus: true,
    of: (time) => {
      // Only the form is checked here: the replay reads the time in its own time zone.
      parseTimePoint('the time', time, new TimeZone());
      return { command: 'seek', to: time };
    },
  },
  {
    usage: 'skip <span>',
    description: 'go forward or back in recorded time from the current position: 90s, +5m, -10s',
    takesMinus: true,
    of: (span) => ({ command: 'seek', by: distanceS('the span to skip', span) }),
  },
  {
    usage: 'next-gap [least]',
    description: 'go to the end of the next silence that lasts at least this long: 30s, 2m (default: 1m)',
    of: (least) => ({
      command: 'next-gap',
      least: least === undefined ? undefined : expect.durationS('the length of the gap', least),
    }),
  },
  {
    usage: 'next-event <topic>',
    description: 'go to the next event of a topic: a name, or a pattern with * and ?',
    of: (topic) => ({ command: 'next-event', topic }),
  },
  {
    usage: 'quit',
    description: 'end the replay, cleanly and with its summary',
    of: () => ({ command: 'quit' }),
  },
];

const EXAMPLES = `
Examples:
  tcs-replay --control ${DEFAULT_CONTROL_URL} --start-paused night.db
                                    begins paused, in one terminal; in another one:
  tcs-replay ctl seek +90m          go to an hour and a half after the first event
  tcs-replay ctl step tcs.alarm     send all up to the next event of a topic, and pause there
  tcs-replay ctl speed 10           ten times as fast as recorded
  tcs-replay ctl resume             let it play
  tcs-replay ctl skip -10s          ten seconds back
  tcs-replay ctl status --json      for programs

Exit codes: 0 done, 1 no answer or the replay refused, 2 wrong usage.`;

/** The command that controls a replay in another process. */
export function ctlCommand(): Command {
  const ctl = new Command('ctl')
    .description('control a replay that was started with --control: pause, step, speed, jumps')
    .option('--url <url>', "address of the replay's control socket", DEFAULT_CONTROL_URL)
    .addOption(
      checked('--timeout <time>', readTimeout, 'time to wait for the answer').default(
        DEFAULT_TIMEOUT_S,
        seconds.show(DEFAULT_TIMEOUT_S),
      ),
    );
  addFlags(ctl, CLIENT_KEY_FLAGS)
    .option('--json', 'print the whole answer as one JSON document')
    .addHelpText('after', EXAMPLES);
  for (const row of COMMANDS) {
    const command = ctl.command(row.usage).description(row.description);
    // -10s is not an option. Any other argument with a minus is refused as a value.
    if (row.takesMinus === true) command.allowUnknownOption();
    command.action((...all: unknown[]) => {
      const args = all.slice(0, command.registeredArguments.length) as string[];
      return sendCommand(row.of(...args), ctl.opts<CtlOptions>());
    });
  }
  return ctl;
}

function readTimeout(value: string, name: string): number {
  return expect.above(name, seconds.read(value, name), 0, LONGEST_WAIT_S);
}

async function sendCommand(
  command: ControlCommand,
  { url, timeout, curveServer, curveKeys, json = false }: CtlOptions,
): Promise<void> {
  const [{ ask }, { curveClientOptions }, { resultLine, statusTable }, { SearchWatch }] = await Promise.all([
    import('../../control/control-client.js'),
    import('../../zmq/curve/client-keys.js'),
    import('../reports/ctl-report.js'),
    import('../live/search-watch.js'),
  ]);
  const keys = curveClientOptions({ curveServer, curveKeys, onNotice: tell }, flagNames(CLIENT_KEY_FLAGS));
  const options = { url, timeoutMs: 1000 * timeout, keys };
  const watch = new SearchWatch(() =>
    ask({ command: 'status' }, { ...options, timeoutMs: STATUS_TIMEOUT_MS }),
  );
  const reply = await ask(command, options)
    .catch((error) => {
      throw searchError(error, watch.searchedFor, options) ?? error;
    })
    .finally(() => watch.close());
  if (json) printJson(reply);
  if (!reply.ok) {
    if (!json) tellError(reply.error.message);
    process.exitCode = EXIT.failed;
  } else if (!json) {
    print(command.command === 'status' ? statusTable(reply.status) : resultLine(command, reply));
  }
}

/** The error of a replay that did not answer in time, where it is known to search ahead. */
function searchError(
  error: unknown,
  searchedFor: string | undefined,
  { url, timeoutMs }: { readonly url: string; readonly timeoutMs: number },
): TcsReplayError | undefined {
  if (!(error instanceof TcsReplayError) || error.code !== 'NO_ANSWER' || searchedFor === undefined)
    return undefined;
  return new TcsReplayError(
    'NO_ANSWER',
    `The replay at ${url} still searches for ${searchedFor} after ${givenSpan(timeoutMs / 1000)}, and goes on: wait longer with --timeout, or end the search with tcs-replay ctl pause`,
    { cause: error },
  );
}
