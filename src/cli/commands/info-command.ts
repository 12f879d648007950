import { Command } from 'commander';
import type { Info, InfoOptions, InfoProgress } from '../../inspect/info.js';
import { OPTIONS, optionValue } from '../../options/option-table.js';
import { DEFAULT_GAP_S } from '../../selection/default-gap.js';
import * as expect from '../../shared/expect.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { checked } from '../flags/checked-option.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { BUSY_TIMEOUT_FLAG, SORT_BY_FLAG, WORKERS_FLAG } from '../flags/reading-flags.js';
import { SELECTION_FLAGS } from '../flags/selection-flags.js';
import { preparationLine } from '../live/progress-line.js';
import { TOPIC_ORDERS, type TopicOrder } from '../reports/report-layout.js';
import { sortedTopics } from '../reports/topic-report.js';
import { jsonDocument } from '../text/json-document.js';
import { withProgress } from '../with-progress.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface InfoFlags extends InfoOptions {
  readonly sort: TopicOrder;
  readonly limitTopics: number;
  readonly attributes?: boolean;
  readonly json?: boolean;
}

const DEFAULT_LIMIT_TOPICS = 40;
/** Width of the report if stdout is not a terminal. */
const DEFAULT_COLUMNS = 100;
/** Largest width that a report makes use of. */
const MOST_COLUMNS = 160;

const FLAGS: readonly Flag<keyof InfoOptions>[] = [
  ...SELECTION_FLAGS,
  { option: 'speedup', flags: '-s, --speedup <factor>', help: 'speed for which peaks are given' },
  SORT_BY_FLAG,
  { option: 'gapS', flags: '--gap <seconds>', help: 'a silence longer than this is a gap' },
  WORKERS_FLAG,
  BUSY_TIMEOUT_FLAG,
];
const flagOf = flagNames(FLAGS);

const EXAMPLES = `
All events are read, in threads, unless --quick is given: about ten seconds for a million on two cores.

Examples:
  tcs-replay info night.db                     nights, gaps, topics, peaks, trouble
  tcs-replay info --quick 2018-*.db            at once: tables, sizes, first and last times
  tcs-replay info night.db -s 60 -t 'tracker.*' as sixty times the pace would send it
  tcs-replay info --json night.db | jq .topics

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but not all could be read,
129, 130 or 143 stopped by SIGHUP, SIGINT or SIGTERM.`;

/** The command that describes what databases hold. */
export function infoCommand(): Command {
  const command = new Command('info')
    .summary('say what databases hold: nights, gaps, topics, attributes, peaks, trouble')
    .description('Says what databases hold, and how they were understood, without playing them.')
    .argument('<db...>', 'databases, folders or patterns to read');
  return addFlags(command, FLAGS, { ...OPTIONS, gapS: { default: DEFAULT_GAP_S } })
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
    .action(show);
}

async function show(
  databases: string[],
  { sort, limitTopics, attributes = false, json = false, ...options }: InfoFlags,
): Promise<void> {
  const [{ info }, { infoReport }] = await Promise.all([
    import('../../inspect/info.js'),
    import('../reports/info-report.js'),
  ]);
  const found = await withProgress((signal, showLine) =>
    info(
      {
        ...options,
        databases,
        signal,
        onProgress: showLine && ((progress) => showLine(progressLine(progress, process.stderr.columns))),
        onPreparation: showLine && ((made) => showLine(preparationLine(made))),
        onNotice: (notice) => process.stderr.write(`${notice}\n`),
      },
      flagOf,
    ),
  );
  if (found === undefined) return;
  if (isDamaged(found)) process.exitCode = EXIT.incomplete;
  if (json) {
    process.stdout.write(jsonDocument(inOrder(found, sort)));
    return;
  }
  const layout = {
    columns: Math.min(MOST_COLUMNS, process.stdout.columns ?? DEFAULT_COLUMNS),
    timezone: options.timezone ?? OPTIONS.timezone.default,
    speedup: optionValue('speedup', options.speedup),
    sortTopics: sort,
    mostTopics: limitTopics,
    attributes,
  };
  process.stdout.write(infoReport(found, layout));
}

function isDamaged({ damage, unreadable }: Info): boolean {
  return unreadable.length > 0 || (damage !== undefined && damage.stretches > 0);
}

function inOrder(found: Info, order: TopicOrder): Info {
  const { survey } = found;
  return survey === undefined
    ? found
    : { ...found, survey: { ...survey, topics: sortedTopics(survey.topics, order) } };
}

function progressLine({ path, events, share, leftS }: InfoProgress, width: number): string {
  const left = Number.isNaN(leftS) ? '' : `, ${text.span(leftS)} left`;
  const what = events === 0 ? 'looking' : `reading all events: ${Math.floor(share * 100)} %`;
  const line = `${what}, ${text.counted(events, 'event')}${left}  ${path}`;
  return line.slice(0, width - 1);
}
