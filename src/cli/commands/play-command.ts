import type { Command } from 'commander';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { checkPace } from '../../options/check-pace.js';
import {
  CHECKS,
  DEFAULT_BATCH_EVENTS,
  DEFAULT_HIGH_WATER_MARK,
  DEFAULT_LINGER_MS,
  DEFAULT_READ_AHEAD_BYTES,
  DEFAULT_SLEEP_S,
  DEFAULT_TIMING,
  DEFAULT_URL,
  DEFAULT_WAIT_SETUP_S,
  DEFAULT_WAIT_TIMEOUT_S,
  FORMATS,
  LATE_POLICIES,
  SORT_ORDERS,
} from '../../options/checks.js';
import { checkControl, DEFAULT_CONTROL_URL } from '../../options/control-address.js';
import { defaultWorkers } from '../../options/default-workers.js';
import type { ReplayOptions } from '../../options/replay-options.js';
import { startReplay } from '../../replay.js';
import * as expect from '../../shared/expect.js';
import { readServerKeys } from '../../zmq/curve/server-keys.js';
import { checked } from '../flags/checked-option.js';
import { controlFlagOf, duration, lingerMs, milliseconds, paceFlagOf, rate } from '../flags/play-flags.js';
import { addReport, checkReport, missedLine } from '../flags/report-flags.js';
import { addSelection, checkSelection, collect } from '../flags/selection-flags.js';
import { canDrawOn, LiveView } from '../live/live-view.js';
import { isUndelivered, nothingToPlay, summary } from '../reports/summary.js';
import { StopSignals } from '../signals.js';

/** The options that are named differently here and in the library, and those that it does not have. */
interface PlayOptions extends ReplayOptions {
  waitSetup: number;
  waitTimeout: number;
  linger: number;
  loopDelay?: number;
  maxGap?: number;
  lateAfter?: number;
  delay?: number;
  sleep: number;
  hwm: number;
  readAhead?: number;
  json?: boolean;
  quiet?: boolean;
  cache?: string;
}

/** The exit code of a replay that is done, but for what could not be read, was dropped or could not be delivered. */
const LOSSY = 3;
/** The exit code of a replay that did not hold what it was to hold. */
const MISSED = 4;

const EXAMPLES = `
Examples:
  tcs-replay night.db                      at the recorded pace, on ${DEFAULT_URL}
  tcs-replay night.db -s 60 -t 'tracker.*' a minute a second, the tracker's topics only
  tcs-replay nights/ --night 2018-03-23 --max-gap 5s
                                           one night of all in a folder; no silence takes longer than 5 s
  tcs-replay -s max --json night.db        as fast as possible; the summary as JSON
  tcs-replay                               no database: a mock event every second
  tcs-replay --control ${DEFAULT_CONTROL_URL} night.db
                                           driven from another terminal: tcs-replay ctl --help
  tcs-replay listen                        shows what arrives, in another terminal

On a terminal: space pauses, arrows seek, + and - change the speed, . steps, q quits, ? shows all keys.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but not all could be read or sent,
4 a threshold was missed, 130 or 143 stopped by SIGINT or SIGTERM.`;

/** Makes a command play databases: arguments, options, help and action. */
export function addPlay(command: Command): Command {
  const options = [
    checked(
      '--wait-setup <seconds>',
      CHECKS.waitSetupS,
      'wait so long, so that subscribers can connect',
      DEFAULT_WAIT_SETUP_S,
    ),
    checked(
      '--wait-subscribers <count>',
      CHECKS.waitSubscribers,
      'wait for so many subscribers after that',
      0,
    ),
    checked('--wait-timeout <time>', duration, 'fail when there are fewer after so long').default(
      DEFAULT_WAIT_TIMEOUT_S,
      `${DEFAULT_WAIT_TIMEOUT_S}s`,
    ),
    checked(
      '--linger <time>',
      lingerMs,
      'at the end, keep what is queued for slow subscribers so long; forever: until they have it',
    ).default(DEFAULT_LINGER_MS, `${DEFAULT_LINGER_MS / 1000}s`),
    checked(
      '-s, --speedup <factor>',
      CHECKS.speedup,
      'above 1 fast-forwards, below 1 slows down; max: flat out, without pacing',
      1,
    ),
    checked('-S, --sort-by <order>', CHECKS.sortBy, `order of the events: ${SORT_ORDERS.join(', ')}`, 'none'),
    checked('--sleep <seconds>', CHECKS.sleepS, 'mock event only: seconds between events', DEFAULT_SLEEP_S),
    checked(
      '--hwm <messages>',
      CHECKS.highWaterMark,
      'high-water mark: messages queued for a subscriber before more are dropped for it; 0: unlimited',
      DEFAULT_HIGH_WATER_MARK,
    ),
    checked(
      '--times <mode>',
      CHECKS.times,
      'times in the events: replay (moved to the present), now (of the send), original',
      'replay',
    ),
    checked(
      '--timing <mode>',
      CHECKS.timing,
      'precise (takes a core), balanced, eco (least CPU, a millisecond late)',
      DEFAULT_TIMING,
    ),
    checked(
      '--workers <threads>',
      CHECKS.workers,
      'threads that read and decode; 0: the main thread does',
      defaultWorkers(),
    ),
    checked(
      '--batch-events <events>',
      CHECKS.batchEvents,
      'events that are read and decoded in one go',
      DEFAULT_BATCH_EVENTS,
    ),
    checked('--format <format>', CHECKS.format, `encoding of the events: ${FORMATS.join(', ')}`, 'json'),
    checked(
      '--read-ahead <size>',
      (value, name) => expect.sizeBytes(name, value),
      'most memory for events that wait to be sent',
      DEFAULT_READ_AHEAD_BYTES,
    ).default(DEFAULT_READ_AHEAD_BYTES, '16MiB'),
    checked('--limit <events>', CHECKS.limit, 'stop after so many events'),
    checked('--loop <passes>', CHECKS.loop, 'play so many times'),
    checked('--loop-delay <time>', duration, 'wait so long between passes'),
    checked('--rate <rate>', rate, 'send evenly: events a second, or bytes a second such as 10MB'),
    checked('--burst <events>', CHECKS.burst, 'with --rate: send so many events together'),
    checked(
      '--on-late <policy>',
      CHECKS.onLate,
      `events that are too late: ${LATE_POLICIES.join(', ')} (default: catch-up)`,
    ),
    checked('--late-after <time>', milliseconds, 'how late an event may be before that (default: 50ms)'),
    checked('--delay <time>', duration, 'wait so long before the first event, when all else is ready'),
    checked('--max-gap <time>', duration, 'cut longer silences, in recorded time, to this'),
  ];
  command
    .argument(
      '[db...]',
      'databases, folders or patterns, merged by time; none: a mock event is sent continuously',
    )
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
    .option(
      '--curve-keys <file>',
      'encrypt: a secret key file, as keygen makes it; who has no key gets nothing',
    )
    .option(
      '--curve-clients <paths...>',
      'public key files, or folders of such (*.key): only these clients get events',
    )
    .option('--convert-number', 'send values of type number as numbers')
    .option('--convert-bool', 'send values of type boolean as booleans')
    .option('--serve-forever', 'when the databases end, start them again, without end')
    .option(
      '--control <url>',
      `socket that the replay is driven by: tcs-replay ctl looks at ${DEFAULT_CONTROL_URL}`,
    )
    .option('--control-any-host', 'let --control be reached from other hosts: whoever does drives the replay')
    .option('--start-paused', 'begin paused: somebody at the controls lets it go')
    .option('--prime', 'first send the last event of each topic from before the start');
  addSelection(command);
  addReport(command);
  for (const option of options) command.addOption(option);
  return command
    .option('--cache <folder>', 'keep indices and orders there (default: in the cache folder of the user)')
    .option('--verbose', 'say how the databases were understood')
    .option('--json', 'print the summary as one JSON document')
    .option('--quiet', 'print neither progress nor summary')
    .addHelpText('after', EXAMPLES)
    .action(play);
}

/** Whether not all that was asked for was read, sent and delivered. */
function isLossy({ damage, unreadable, dropped, undelivered }: ReplayOutcome): boolean {
  return damage.stretches > 0 || unreadable.length > 0 || dropped > 0 || isUndelivered(undelivered);
}

/** Undefined: all is well. */
function exitCodeOf(outcome: ReplayOutcome): number | undefined {
  if (outcome.failed.length > 0 || outcome.endedBy === 'late') return MISSED;
  return isLossy(outcome) ? LOSSY : undefined;
}

async function play(databases: string[], options: PlayOptions): Promise<void> {
  const {
    waitSetup,
    waitTimeout,
    linger,
    loopDelay,
    maxGap,
    lateAfter,
    delay,
    sleep,
    hwm,
    readAhead,
    json = false,
    quiet = false,
    cache,
    ...same
  } = options;
  checkSelection(options);
  checkControl(options, controlFlagOf);
  checkPace({ ...options, maxGapS: options.maxGap, lateAfterMs: options.lateAfter }, paceFlagOf);
  checkReport(
    options,
    databases.length > 0 && options.rate === undefined && options.speedup === Number.POSITIVE_INFINITY,
  );
  readServerKeys(options, { curveKeys: '--curve-keys', curveClients: '--curve-clients' });
  const stop = new StopSignals();
  const isWatched = !quiet && canDrawOn(process.stderr);
  const view = isWatched
    ? new LiveView(process.stdin, process.stderr, { timezone: options.timezone, signal: stop.signal })
    : undefined;
  try {
    const playback = startReplay({
      ...same,
      databases,
      waitSetupS: waitSetup,
      waitTimeoutS: waitTimeout,
      lingerMs: linger,
      loopDelayS: loopDelay,
      maxGapS: maxGap,
      lateAfterMs: lateAfter,
      delayS: delay,
      sleepS: sleep,
      highWaterMark: hwm,
      readAheadBytes: readAhead,
      cacheFolder: cache,
      signal: stop.signal,
      onNotice: quiet
        ? undefined
        : (notice) => (view === undefined ? process.stderr.write(`${notice}\n`) : view.note(notice)),
      onPreparation: view && ((preparation) => view.prepare(preparation)),
    });
    view?.follow(playback);
    const outcome = await playback.outcome;
    await view?.close();
    if (json) process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
    else if (!quiet) process.stdout.write(summary(outcome));
    if (!quiet && outcome.sent === 0 && outcome.endedBy === 'end')
      process.stderr.write(nothingToPlay(outcome));
    for (const missed of outcome.failed) process.stderr.write(missedLine(missed));
    process.exitCode ??= exitCodeOf(outcome);
  } finally {
    await view?.close();
    stop.release();
  }
}
