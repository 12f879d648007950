import { Command } from 'commander';
import { OPTIONS } from '../../options/option-table.js';
import type { PreparedDatabase, PrepareOptions } from '../../prepare.js';
import { plain } from '../../shared/plain-text.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import {
  BUSY_TIMEOUT_FLAG,
  CACHE_FLAG,
  CACHE_LIMIT_FLAG,
  READER_FLAG,
  SHAPE_FLAGS,
  SORT_BY_FLAG,
  WORKERS_FLAG,
} from '../flags/reading-flags.js';
import { SCHEMA_FLAG } from '../flags/selection-flags.js';
import { preparationTask } from '../live/progress-line.js';
import { print, printJson, tell } from '../output.js';
import { columns } from '../text/columns.js';
import { withProgress } from '../with-progress.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface PrepareFlags extends PrepareOptions {
  readonly json?: boolean;
}

const FLAGS: readonly Flag<keyof PrepareOptions>[] = [
  ...SHAPE_FLAGS,
  SORT_BY_FLAG,
  SCHEMA_FLAG,
  WORKERS_FLAG,
  READER_FLAG,
  BUSY_TIMEOUT_FLAG,
  CACHE_FLAG,
  CACHE_LIMIT_FLAG,
];

const EXAMPLES = `
A replay with the same conversions, times, format, order and schema then reads
the prepared file by itself: it starts and jumps at once, and needs a fraction of
the time. Topics and times are chosen when it is played. The file is about half
as large as the database; "tcs-replay cache" shows it.

Examples:
  tcs-replay prepare night.db
  tcs-replay prepare --convert-number --convert-bool 2018-*.db
  tcs-replay -s max --convert-number --convert-bool 2018-*.db

Exit codes: 0 all are prepared, 3 some are not, since they are damaged or change,
1 failed, 2 wrong usage, 129, 130 or 143 stopped by SIGHUP, SIGINT or SIGTERM.`;

const STOPPED =
  'Stopped: databases that were prepared before keep their files, and nothing is left of the one that was being prepared';

/** The command that prepares databases to be played faster. */
export function prepareCommand(): Command {
  const command = new Command('prepare')
    .summary('prepare databases, so that replays start at once and read faster')
    .description(
      'Keeps the events of databases as replays send them, so that these start at once and read faster.',
    )
    .argument('<db...>', 'databases, folders or patterns to prepare');
  return addFlags(command, FLAGS, OPTIONS)
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(databases: string[], { json = false, ...options }: PrepareFlags): Promise<void> {
  const { prepare } = await import('../../prepare.js');
  const prepared = await withProgress((signal, show) =>
    prepare(
      {
        ...options,
        databases,
        signal,
        onPreparation: show && ((made) => show(preparationTask(made))),
        onNotice: tell,
      },
      flagNames(FLAGS),
    ),
  );
  if (prepared === undefined) {
    tell(STOPPED);
    return;
  }
  if (json) printJson(prepared);
  else print(tableOf(prepared));
  if (prepared.some(({ state }) => state === 'none')) process.exitCode ||= EXIT.incomplete;
}

/** The database and the reason come last: long ones then only make their own line longer. */
function tableOf(prepared: readonly PreparedDatabase[]): string {
  return columns(
    [
      { head: 'prepared' },
      { head: 'events', align: 'right' },
      { head: 'size', align: 'right' },
      { head: 'database' },
    ],
    prepared.map(({ path, state, sizeBytes, events, reason }) => [
      state,
      state === 'none' ? '' : text.count(events),
      state === 'none' ? '' : text.bytes(sizeBytes),
      reason === undefined ? text.name(path) : `${text.name(path)}: ${plain(reason)}`,
    ]),
  );
}
