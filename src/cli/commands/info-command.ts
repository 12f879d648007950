import { Command } from 'commander';
import type { Info, InfoOptions, InfoProgress } from '../../inspect/info.js';
import { OPTIONS, optionValue } from '../../options/option-table.js';
import { DEFAULT_GAP_S } from '../../selection/default-gap.js';
import { TimeZone } from '../../selection/time-zone.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as expect from '../../shared/expect.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { checked } from '../flags/checked-option.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { BUSY_TIMEOUT_FLAG, CACHE_FLAG, SORT_BY_FLAG, WORKERS_FLAG } from '../flags/reading-flags.js';
import { SELECTION_FLAGS } from '../flags/selection-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { preparationTask } from '../live/progress-line.js';
import type { Task } from '../live/task-progress.js';
import { print, printJson, tell } from '../output.js';
import { TOPIC_ORDERS, type TopicOrder } from '../reports/report-layout.js';
import { sortedTopics } from '../reports/topic-report.js';
import { isDamaged } from '../text/source-faults.js';
import { REPORT_COLUMNS } from '../text/wrapped.js';
import { withProgress } from '../with-progress.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface InfoFlags extends InfoOptions {
  readonly sort: TopicOrder;
  readonly limitTopics: number;
  readonly attributes?: boolean;
  readonly json?: boolean;
}

const DEFAULT_LIMIT_TOPICS = 40;
/** Largest width that a report makes use of. */
const MOST_COLUMNS = 160;

const FLAGS: readonly Flag<keyof InfoOptions>[] = [
  ...SELECTION_FLAGS,
  { option: 'speedup', flags: '-s, --speedup <factor>', help: 'speed for which peaks are given' },
  SORT_BY_FLAG,
  { option: 'gapS', flags: '--gap <seconds>', help: 'a silence longer than this is a gap' },
  WORKERS_FLAG,
  BUSY_TIMEOUT_FLAG,
  CACHE_FLAG,
];
const flagOf = flagNames(FLAGS);

const EXAMPLES = `
All events are read, in threads, unless --quick is given: about ten seconds for
a million on two cores.

Examples:
  tcs-replay info night.db                     nights, gaps, topics, peaks, trouble
  tcs-replay info --quick 2018-*.db            at once: tables, sizes, first and last times
  tcs-replay info night.db -s 60 -t 'tracker.*'  as sixty times the pace would send it
  tcs-replay info --json night.db | jq .survey.topics

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but not all could be read,
129, 130 or 143 stopped by SIGHUP, SIGINT or SIGTERM.`;

/** The command that describes what databases hold. */
export function infoCommand(): Command {
  const command = new Command('info')
    .summary('say what databases hold: nights, gaps, topics, attributes, peaks, trouble')
    .description('Says what databases hold, and how they were understood, without playing them.')
    .usage('[options] <db...>')
    .argument('[db...]', 'databases, MCAP files or JSON lines, folders or patterns to read');
  addFlags(command.optionsGroup('What is read:'), FLAGS, { ...OPTIONS, gapS: { default: DEFAULT_GAP_S } });
  return command
    .optionsGroup('Result:')
    .addOption(
      checked(
        '--sort <order>',
        (value, name) => expect.oneOf(name, value, TOPIC_ORDERS),
        `order of the topics: ${TOPIC_ORDERS.join(', ')}`,
        'count',
      ),
    )
    .addOption(
      checked(
        '--limit-topics <topics>',
        (value, name) => expect.integer(name, value, 0),
        'most topics to show; 0: all (--json has all)',
        DEFAULT_LIMIT_TOPICS,
      ),
    )
    .option('--attributes', 'show the attributes of each topic shown')
    .option('--quick', 'only what is known without reading all events')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(describe);
}

async function describe(
  databases: string[],
  { sort, limitTopics, attributes = false, json = false, ...options }: InfoFlags,
): Promise<void> {
  refuseSwallowedDatabases(databases, options);
  if (databases.length === 0) throw new TcsReplayError('BAD_OPTION', "missing required argument 'db'");
  const [{ info }, { infoReport }] = await Promise.all([
    import('../../inspect/info.js'),
    import('../reports/info-report.js'),
  ]);
  const found = await withProgress((signal, show) =>
    info(
      {
        ...options,
        databases,
        signal,
        onProgress: show && ((progress) => show(taskOf(progress))),
        onPreparation: show && ((made) => show(preparationTask(made))),
        onNotice: tell,
      },
      flagOf,
    ),
  );
  if (found === undefined) return;
  if (isDamaged(found)) process.exitCode = EXIT.incomplete;
  if (json) {
    printJson(inOrder(found, sort));
    return;
  }
  const layout = {
    columns: Math.min(MOST_COLUMNS, process.stdout.columns ?? REPORT_COLUMNS),
    zone: new TimeZone(options.timezone),
    speedup: optionValue('speedup', options.speedup),
    sortTopics: sort,
    mostTopics: limitTopics,
    attributes,
  };
  print(infoReport(found, layout));
}

function inOrder(found: Info, order: TopicOrder): Info {
  const { survey } = found;
  return survey === undefined
    ? found
    : { ...found, survey: { ...survey, topics: sortedTopics(survey.topics, order) } };
}

function taskOf({ path, events, share }: InfoProgress): Task {
  if (events === 0) return { what: 'looking', path, share: undefined };
  return { what: 'reading all events', path, share, counts: [text.counted(events, 'event')] };
}
