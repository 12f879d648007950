import { Command } from 'commander';
import { OPTIONS, type OptionName } from '../../options/option-table.js';
import type { ReplayOptions } from '../../options/replay-options.js';
import { badOption } from '../../shared/expect.js';
import { addFlags, flagNames } from '../flags/flag.js';
import { PLAY_FLAGS } from '../flags/play-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { withoutSwallowedDatabase } from '../flags/web-value.js';
import { openPage } from '../open-page.js';
import { tell } from '../output.js';
import { StopSignals } from '../stop-signals.js';

interface ViewOptions extends ReplayOptions {
  readonly open?: boolean;
}

/** The options of a replay that say what is shown, how it is read, and where the page is. */
const SHOWN: readonly OptionName[] = [
  ...(['web', 'webAnyHost', 'speedup', 'maxGapS', 'topics', 'exclude', 'topicsRegex'] as const),
  ...(['start', 'end', 'duration', 'night', 'fromHour', 'toHour', 'timezone', 'sortBy', 'schema'] as const),
  ...(['workers', 'reader', 'busyTimeoutS', 'readAheadBytes', 'prepared', 'prepare'] as const),
  ...(['cacheFolder', 'cacheLimitBytes', 'verbose'] as const),
];
const FLAGS = PLAY_FLAGS.filter(({ option }) => SHOWN.includes(option));

const EXAMPLES = `
The page is that of "tcs-replay --web": it begins paused at the first event. Its
URL holds a secret token. The command ends by Ctrl-C, or by Quit on the page.

Examples:
  tcs-replay view night.db
  tcs-replay view --open nights/ --night 2018-03-23

Exit codes: 0 ended from the page, 1 failed, 2 wrong usage, 129, 130 or 143
stopped by SIGHUP, SIGINT or SIGTERM.`;

/** The command that shows databases on a page in the browser, and publishes nothing. */
export function viewCommand(): Command {
  const command = new Command('view')
    .summary('show databases on a page in the browser, and publish nothing')
    .description('Serves a page that shows databases and plays them for the eye. Nothing is published.')
    .argument('[db...]', 'databases, MCAP files or JSON lines, folders or patterns, merged by time');
  return addFlags(command, FLAGS, OPTIONS)
    .option('--open', 'open the page in the browser')
    .addHelpText('after', EXAMPLES)
    .action(view);
}

/** The longest that Node's timers have. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

async function view(given: string[], { open = false, ...flags }: ViewOptions): Promise<void> {
  const { databases, options } = withoutSwallowedDatabase(given, flags);
  refuseSwallowedDatabases(databases, options);
  // Commander would miss the one that --web took.
  if (databases.length === 0) throw badOption('the databases', 'one or more', 'none');
  const stop = new StopSignals();
  // Nothing else keeps the process while the view is paused and no page is open.
  const awake = setInterval(() => {}, LONGEST_DELAY_MS);
  try {
    const { startReplay } = await import('../../replay.js');
    const playback = startReplay(
      {
        web: true,
        ...options,
        ...{
          databases,
          startPaused: true,
          waitSetupS: 0,
          prime: true,
          convertNumber: true,
          convertBool: true,
        },
        signal: stop.signal,
        onNotice: tell,
        onWeb: ({ page, foxglove }) => {
          tell(`The page is at ${page}`);
          tell(`Foxglove connects to ${foxglove}`);
          if (open) openPage(page, tell);
        },
      },
      flagNames(PLAY_FLAGS),
      { isView: true },
    );
    const { sent, endedBy } = await playback.outcome;
    if (sent === 0 && endedBy === 'end') throw badOption('the databases', 'with events', 'none');
  } finally {
    clearInterval(awake);
    stop.release();
  }
}
