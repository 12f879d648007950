import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import type { SortBy } from '../../database/order/order.js';
import type { Preparation } from '../../database/preparation.js';
import { type Info, type InfoProgress, info } from '../../inspect/info.js';
import { CHECKS, SORT_ORDERS } from '../../options/checks.js';
import { defaultWorkers } from '../../options/default-workers.js';
import { DEFAULT_GAP_S } from '../../selection/default-gap.js';
import { OBSERVATORY_ZONE } from '../../selection/time-zone.js';
import * as expect from '../../shared/expect.js';
import { checked } from '../flags/checked-option.js';
import { addSelection, checkSelection, type SelectionFlags } from '../flags/selection-flags.js';
import { preparationLine } from '../live/progress-line.js';
import { infoReport } from '../reports/info-report.js';
import { TOPIC_ORDERS, type TopicOrder } from '../reports/report-layout.js';
import { sortedTopics } from '../reports/topic-report.js';
import { StopSignals } from '../signals.js';
import { jsonDocument } from '../text/json-document.js';
import * as text from '../text/text.js';

interface Flags extends SelectionFlags {
  readonly sortBy: SortBy;
  readonly speedup: number;
  readonly gap: number;
  readonly sort: TopicOrder;
  readonly limitTopics: number;
  readonly attributes?: boolean;
  readonly quick?: boolean;
  readonly workers: number;
  readonly json?: boolean;
}

const DEFAULT_LIMIT_TOPICS = 40;
/** Width of what is written where no terminal says how wide it is. */
const DEFAULT_COLUMNS = 100;
/** As wide as a report can use. */
const MOST_COLUMNS = 160;

/** The exit code where not all could be read. */
const DAMAGED = 3;

const EXAMPLES = `
All events are read, in threads, unless --quick is given: about ten seconds for a million on two cores.

Examples:
  tcs-replay info night.db                     nights, gaps, topics, peaks, trouble
  tcs-replay info --quick 2018-*.db            at once: tables, sizes, first and last times
  tcs-replay info night.db -s 60 -t 'tracker.*' as sixty times the pace would send it
  tcs-replay info --json night.db | jq .topics

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but not all could be read, 130 or 143 stopped by SIGINT or SIGTERM.`;

/** The command that says what databases hold. */
export function infoCommand(): Command {
  return addSelection(new Command('info'))
    .summary('say what databases hold: nights, gaps, topics, attributes, peaks, trouble')
    .description('Says what databases hold, and how they were understood, without playing them.')
    .argument('<db...>', 'databases, folders or patterns to look at')
    .addOption(checked('-s, --speedup <factor>', CHECKS.speedup, 'speed that peaks are told for', 1))
    .addOption(
      checked('-S, --sort-by <order>', CHECKS.sortBy, `order of play: ${SORT_ORDERS.join(', ')}`, 'none'),
    )
    .addOption(
      checked(
        '--gap <seconds>',
        (value, name) => expect.atLeast(name, value, 0),
        'a silence longer than this is a gap',
        DEFAULT_GAP_S,
      ),
    )
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
    .option('--quick', 'only what takes no reading of all events')
    .addOption(checked('--workers <threads>', CHECKS.workers, 'threads that read', defaultWorkers()))
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(show);
}

async function show(databases: string[], flags: Flags): Promise<void> {
  const { gap, sort, limitTopics, attributes, json, ...same } = flags;
  const { speedup, timezone = OBSERVATORY_ZONE } = flags;
  checkSelection(flags);
  const stop = new StopSignals();
  const display = process.stderr.isTTY === true ? createLogUpdate(process.stderr) : undefined;
  const onProgress =
    display && ((progress: InfoProgress) => display(progressLine(progress, process.stderr.columns)));
  try {
    const { signal } = stop;
    const onPreparation = display && ((made: Preparation) => display(preparationLine(made)));
    const onNotice = (notice: string) => process.stderr.write(`${notice}\n`);
    const found = await info({ ...same, databases, gapS: gap, signal, onProgress, onPreparation, onNotice });
    if (isDamaged(found)) process.exitCode = DAMAGED;
    display?.clear();
    if (json === true) {
      process.stdout.write(jsonDocument(inOrder(found, sort)));
      return;
    }
    const columns = Math.min(MOST_COLUMNS, process.stdout.columns ?? DEFAULT_COLUMNS);
    const layout = { columns, timezone, speedup, sortTopics: sort, mostTopics: limitTopics };
    process.stdout.write(infoReport(found, { ...layout, attributes: attributes === true }));
  } catch (error) {
    display?.clear();
    // Whoever interrupts knows why it ended: the exit code is set, and there is nothing to say.
    if (!stop.signal.aborted) throw error;
  } finally {
    display?.done();
    stop.release();
  }
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
