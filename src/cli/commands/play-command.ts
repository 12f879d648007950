import type { Command } from 'commander';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { DEFAULT_CONTROL_URL } from '../../options/control-address.js';
import { OPTIONS } from '../../options/option-table.js';
import type { ReplayOptions, ReplayStart } from '../../options/replay-options.js';
import { TimeZone } from '../../selection/time-zone.js';
import { EXIT } from '../exit-code.js';
import { flagNames } from '../flags/flag.js';
import { addPlayFlags, PLAY_FLAGS } from '../flags/play-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { withoutSwallowedDatabase } from '../flags/web-value.js';
import { canDrawOn } from '../live/can-draw-on.js';
import type { LiveView } from '../live/live-view.js';
import { print, printJson, tell, tellError } from '../output.js';
import { audienceText } from '../reports/audience.js';
import { missedLine } from '../reports/missed-line.js';
import { isRelayIncomplete } from '../reports/relay-rows.js';
import { isUndelivered, nothingToPlay, summary } from '../reports/summary.js';
import { StopSignals } from '../stop-signals.js';
import { checkOpen, tellPage } from '../tell-page.js';
import { isDamaged } from '../text/source-faults.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface PlayOptions extends ReplayOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Whether the page of --web is opened in the browser. */
  readonly open?: boolean;
  /** Seconds between lines of progress. Default: none are printed. */
  readonly progress?: number;
}

const [DEFAULT_URL] = OPTIONS.url.default;

/** Ends of a replay that could not keep what its options ask for. */
const MISSED: readonly ReplayOutcome['endedBy'][] = ['late', 'blocked'];

/** A line of progress in a log is not cut. */
const LOG_COLUMNS = 1000;

const EXAMPLES = `
Examples:
  tcs-replay night.db                      at the recorded pace, on ${DEFAULT_URL}
  tcs-replay night.db -s 60 -t 'tracker.*'  a minute a second, the tracker's topics only
  tcs-replay nights/ --night 2018-03-23 --max-gap 5s
                                           one night of all in a folder; no silence is longer than 5s
  tcs-replay -s max --json night.db        as fast as possible; the summary as JSON
  tcs-replay                               no database: a mock event every second
  tcs-replay --control ${DEFAULT_CONTROL_URL} night.db
                                           driven from another terminal: tcs-replay ctl --help
  tcs-replay --from tcp://tracker:30400 -t 'tracker.*'
                                           relays what a live publisher sends
  tcs-replay --web --open night.db         shown and driven on a page in the browser
  tcs-replay listen                        shows what arrives, in another terminal

On a terminal: space pauses, arrows seek, + and - change the speed, . steps,
q quits, ? shows all keys.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but not all could be read
or sent, 4 a threshold was missed, 129, 130 or 143 stopped by SIGHUP, SIGINT or
SIGTERM.`;

/** Makes a command play databases: arguments, options, help and action. */
export function addPlay(command: Command): Command {
  command.argument(
    '[db...]',
    'databases, MCAP files or JSON lines, folders or patterns, merged by time; none: a mock event is sent continuously',
  );
  return addPlayFlags(command).addHelpText('after', EXAMPLES).action(play);
}

async function play(
  words: string[],
  { json = false, quiet = false, open = false, progress, ...given }: PlayOptions,
  command: Command,
): Promise<void> {
  const { databases, options } = withoutSwallowedDatabase(words, withoutOtherAddress(given, command));
  checkOpen(open, options.web);
  refuseSwallowedDatabases(databases, options);
  const stop = new StopSignals();
  const isWatched = !quiet && canDrawOn(process.stderr);
  let view: LiveView | undefined;
  let logging: NodeJS.Timeout | undefined;
  const note = (notice: string) => (view === undefined ? tell(notice) : view.note(notice));
  try {
    const { startReplay } = await import('../../replay.js');
    const playback = startReplay(
      {
        ...options,
        databases,
        signal: stop.signal,
        onNotice: quiet ? undefined : note,
        onStart: quiet || json ? undefined : (start) => note(startLine(start)),
        onWeb: (addresses) => tellPage(addresses, { open, quiet, note }),
        onPreparation: isWatched ? (preparation) => view?.prepare(preparation) : undefined,
      },
      flagNames(PLAY_FLAGS),
    );
    const zone = new TimeZone(options.timezone);
    if (isWatched) {
      const { LiveView } = await import('../live/live-view.js');
      view = new LiveView(process.stdin, process.stderr, { zone, signal: stop.signal });
      view.follow(playback);
    }
    if (progress !== undefined && !quiet) {
      const { progressLine } = await import('../live/progress-line.js');
      logging = setInterval(() => note(progressLine(playback.status(), zone, LOG_COLUMNS)), 1000 * progress);
    }
    const outcome = await playback.outcome;
    await view?.close();
    if (json) printJson(outcome);
    else if (!quiet) print(summary(outcome, zone));
    if (!quiet && outcome.sent === 0 && outcome.endedBy === 'end') tell(nothingToPlay(outcome, zone));
    for (const missed of outcome.failed) tell(missedLine(missed));
    for (const failure of outcome.writeFailures) tellError(failure);
    process.exitCode ??= exitCodeOf(outcome);
  } finally {
    clearInterval(logging);
    await view?.close();
    stop.release();
  }
}

function startLine({ addresses, subscribers }: ReplayStart): string {
  const hint = subscribers === 0 ? `; one to try: tcs-replay listen ${addresses.join(' ')}` : '';
  return `Sending to ${audienceText(subscribers, addresses)}${hint}`;
}

/** With --connect, the socket is bound where -u says only, not where the environment does. */
function withoutOtherAddress(options: ReplayOptions, command: Command): ReplayOptions {
  const isOfEnvironment = command.getOptionValueSource('url') === 'env';
  return isOfEnvironment && options.connect !== undefined ? { ...options, url: undefined } : options;
}

/** @returns undefined if the replay did all that it was asked to */
function exitCodeOf(outcome: ReplayOutcome): number | undefined {
  if (outcome.writeFailures.length > 0) return EXIT.failed;
  if (outcome.failed.length > 0 || MISSED.includes(outcome.endedBy)) return EXIT.missed;
  return isIncomplete(outcome) ? EXIT.incomplete : undefined;
}

/** Whether something that was asked for was not read, sent or delivered. */
function isIncomplete(outcome: ReplayOutcome): boolean {
  return (
    isDamaged(outcome) ||
    outcome.dropped > 0 ||
    isUndelivered(outcome.undelivered) ||
    isRelayIncomplete(outcome.relay)
  );
}
