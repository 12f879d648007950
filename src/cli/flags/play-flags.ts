import type { Command } from 'commander';
import { DEFAULT_CONTROL_URL } from '../../options/control-address.js';
import { LATE_POLICIES, LONGEST_WAIT_S, OPTIONS } from '../../options/option-table.js';
import { DEFAULT_WEB_ADDRESS } from '../../options/web-address.js';
import * as expect from '../../shared/expect.js';
import { checked } from './checked-option.js';
import { ENVIRONMENT } from './environment.js';
import { addFlags, type Flag } from './flag.js';
import { METRICS_FLAG } from './metrics-flag.js';
import { PLAY_GROUPS, RESULT_GROUP } from './play-groups.js';
import {
  BUSY_TIMEOUT_FLAG,
  CACHE_FLAG,
  CACHE_LIMIT_FLAG,
  READER_FLAG,
  SHAPE_FLAGS,
  SORT_BY_FLAG,
  WORKERS_FLAG,
} from './reading-flags.js';
import { REPORT_FLAGS } from './report-flags.js';
import { SELECTION_FLAGS } from './selection-flags.js';
import { lingerTime, milliseconds, seconds, secondsOrZero, size } from './text-form.js';

/** The options of a replay on the command line. `PLAY_GROUPS` has the order in which the help shows them. */
export const PLAY_FLAGS = [
  {
    option: 'from',
    flags: '--from <url>',
    help: 'relay what the live publisher at this address sends, instead of databases; repeatable',
    isRepeatable: true,
  },
  {
    option: 'behindS',
    flags: '--behind <time>',
    help: 'with --from: send events this long after their wire time',
    form: secondsOrZero,
  },
  {
    option: 'queueBytes',
    flags: '--queue <size>',
    help: 'with --from: most bytes of events that wait, not due yet or while it is paused',
    form: size,
  },
  {
    option: 'curveServer',
    flags: '--curve-server <file>',
    help: 'with --from: public key file of publishers that encrypt',
  },
  {
    option: 'url',
    flags: '-u, --url <url>',
    help: 'address that the socket is bound to, or one with its topics: tcp://127.0.0.1:30400=tracker.*; repeatable',
    isRepeatable: true,
    env: ENVIRONMENT.url,
  },
  {
    option: 'connect',
    flags: '--connect <url>',
    help: "address to connect to instead of binding, such as a proxy's XSUB; repeatable",
    isRepeatable: true,
  },
  {
    option: 'curveKeys',
    flags: '--curve-keys <file>',
    help: 'encrypt with this secret key file, made by keygen; without a key nothing can be received',
  },
  {
    option: 'curveClients',
    flags: '--curve-clients <paths...>',
    help: 'public key files, or folders of them (*.key): only these clients get events',
  },
  { option: 'waitSetupS', flags: '--wait-setup <seconds>', help: 'time for subscribers to connect' },
  {
    option: 'waitSubscribers',
    flags: '--wait-subscribers <count>',
    help: 'number of subscribers to wait for after that',
  },
  {
    option: 'waitTimeoutS',
    flags: '--wait-timeout <time>',
    help: 'fail if there are fewer subscribers after this time',
    form: seconds,
  },
  {
    option: 'delayS',
    flags: '--delay <time>',
    help: 'wait before the first event, when everything else is ready',
    form: seconds,
  },
  {
    option: 'lingerMs',
    flags: '--linger <time>',
    help: 'time at the end for slow subscribers to take what is queued; forever: no limit',
    form: lingerTime,
  },
  {
    option: 'highWaterMark',
    flags: '--hwm <messages>',
    help: 'high-water mark: messages queued for a subscriber before its queue is full; 0: unlimited',
  },
  {
    option: 'onFull',
    flags: '--on-full <policy>',
    help: 'for a subscriber whose queue is full: drop events for it, or block until it has room, so that none is lost',
  },
  {
    option: 'blockTimeoutS',
    flags: '--block-timeout <time>',
    help: 'with --on-full block: end if a subscriber has no room for this time',
    form: seconds,
  },
  {
    option: 'clockIntervalS',
    flags: '--clock <rate>',
    help: 'also send where the replay stands, at this rate or this often: 10Hz, 0.1, 2s',
  },
  { option: 'clockTopic', flags: '--clock-topic <topic>', help: 'topic of that' },
  ...SELECTION_FLAGS,
  SORT_BY_FLAG,
  {
    option: 'prime',
    flags: '--prime',
    help: 'first send the last event of each topic from before the start',
  },
  {
    option: 'speedup',
    flags: '-s, --speedup <factor>',
    help: 'above 1 fast-forwards, below 1 slows down; max: flat out, without pacing',
  },
  {
    option: 'maxGapS',
    flags: '--max-gap <time>',
    help: 'longest silence, in recorded time; longer ones are cut to it',
    form: seconds,
  },
  {
    option: 'rate',
    flags: '--rate <rate>',
    help: 'send evenly: events a second, or bytes a second such as 10MB',
  },
  { option: 'burst', flags: '--burst <events>', help: 'with --rate: number of events sent together' },
  {
    option: 'onLate',
    flags: '--on-late <policy>',
    help: `what happens to events that are too late: ${LATE_POLICIES.join(', ')}`,
  },
  {
    option: 'lateAfterMs',
    flags: '--late-after <time>',
    help: 'how late an event may be before that',
    form: milliseconds,
  },
  { option: 'limit', flags: '--limit <events>', help: 'stop after this number of events' },
  { option: 'loop', flags: '--loop <passes>', help: 'number of times to play' },
  { option: 'loopDelayS', flags: '--loop-delay <time>', help: 'wait between passes', form: seconds },
  {
    option: 'serveForever',
    flags: '--serve-forever',
    help: 'when the databases end, start them again, without end',
  },
  {
    option: 'control',
    flags: '--control <url>',
    help: `socket on which other processes control the replay; tcs-replay ctl connects to ${DEFAULT_CONTROL_URL}`,
  },
  {
    option: 'controlAnyHost',
    flags: '--control-any-host',
    help: 'let other hosts reach --control: every process there can control the replay',
  },
  {
    option: 'web',
    flags: '--web [address]',
    help: `serve a page that shows and drives the replay (docs/web.md), at this port, or host and port (default: ${DEFAULT_WEB_ADDRESS}, a free port); what looks like neither is a database`,
  },
  {
    option: 'webAnyHost',
    flags: '--web-any-host',
    help: 'let other hosts reach --web: who has the printed URL drives the replay, and it is not encrypted',
  },
  {
    option: 'startPaused',
    flags: '--start-paused',
    help: 'begin paused, until the keyboard, --control or --web resumes',
  },
  {
    option: 'follow',
    flags: '--follow',
    help: 'play a database that is being written to its end, and go on as it grows; of several, the one written to last',
  },
  {
    option: 'followForS',
    flags: '--follow-for <time>',
    help: 'with --follow: end when nothing was added for this time',
    form: seconds,
  },
  { option: 'sleepS', flags: '--sleep <seconds>', help: 'mock event only: seconds between events' },
  ...SHAPE_FLAGS,
  {
    option: 'prefix',
    flags: '--prefix <text>',
    help: 'send topics with this before their names: replay.',
  },
  {
    option: 'rename',
    flags: '--rename <from=to>',
    help: "send topics under other names: 'tracker.*=sim.tracker.*'; the first that fits counts; repeatable",
    isRepeatable: true,
  },
  {
    option: 'timing',
    flags: '--timing <mode>',
    help: 'precise (takes a core), balanced, eco (least CPU, a millisecond late)',
  },
  {
    option: 'priority',
    flags: '--priority',
    help: 'real-time priority for the threads that send, where the system allows it',
  },
  ...REPORT_FLAGS,
  METRICS_FLAG,
  WORKERS_FLAG,
  READER_FLAG,
  BUSY_TIMEOUT_FLAG,
  {
    option: 'batchEvents',
    flags: '--batch-events <events>',
    help: 'events that are read and decoded in one batch (default: 1024; 8192 flat out with threads)',
  },
  {
    option: 'readAheadBytes',
    flags: '--read-ahead <size>',
    help: 'most memory for events that wait to be sent',
    form: size,
  },
  CACHE_FLAG,
  CACHE_LIMIT_FLAG,
  {
    option: 'prepared',
    flags: '--no-prepared',
    help: 'read the databases, also where they have prepared files',
  },
  {
    option: 'prepare',
    flags: '--prepare',
    help: 'first prepare databases that have no prepared file: later replays start and jump at once',
  },
  { option: 'verbose', flags: '--verbose', help: 'say how the databases were understood' },
] as const satisfies readonly Flag<keyof typeof OPTIONS>[];

export function addPlayFlags(command: Command): Command {
  const left = new Map<string, Flag>(PLAY_FLAGS.map((flag) => [flag.option, flag]));
  for (const [heading, options] of PLAY_GROUPS) {
    command.optionsGroup(heading);
    addFlags(
      command,
      options.flatMap((option) => taken(left, option)),
      OPTIONS,
    );
    if (options.includes('web')) command.option('--open', 'open the page of --web in the browser');
  }
  command.optionsGroup(RESULT_GROUP);
  addFlags(command, [...left.values()], OPTIONS)
    .option('--json', 'print the summary as one JSON document')
    .addOption(
      checked('--progress <time>', readInterval, 'print a line of progress this often, for logs: 10s, 1m'),
    )
    .option('--quiet', 'print neither progress nor summary');
  return command.optionsGroup('');
}

function taken(flags: Map<string, Flag>, option: string): Flag[] {
  const flag = flags.get(option);
  flags.delete(option);
  return flag === undefined ? [] : [flag];
}

function readInterval(value: string, name: string): number {
  return expect.atLeast(name, seconds.read(value, name), 0.1, LONGEST_WAIT_S);
}
