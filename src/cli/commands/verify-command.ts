import { Command } from 'commander';
import { OPTIONS } from '../../options/option-table.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as text from '../../shared/text.js';
import type { VerifyOptions, VerifyProgress } from '../../verify/verify.js';
import { EXIT } from '../exit-code.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { WORKERS_FLAG } from '../flags/reading-flags.js';
import { SCHEMA_FLAG } from '../flags/selection-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import type { Task } from '../live/task-progress.js';
import { print, printJson, tell } from '../output.js';
import { withProgress } from '../with-progress.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface VerifyFlags extends Omit<VerifyOptions, 'sent' | 'received'> {
  readonly json?: boolean;
}

const FLAGS: readonly Flag<'topics' | 'exclude' | 'schema' | 'workers'>[] = [
  {
    option: 'topics',
    flags: '-t, --topics <topics...>',
    help: 'topics that should have come, names or patterns with * and ? (default: all)',
  },
  { option: 'exclude', flags: '--exclude <topics...>', help: 'topics that should not have come' },
  SCHEMA_FLAG,
  WORKERS_FLAG,
];

const EXAMPLES = `
SENT is a ledger, which play writes with --ledger, or the database that was
played. RECEIVED is what a subscriber has kept: a database, JSON lines such as
listen --json prints, or CSV with a column named topic.

Examples:
  tcs-replay night.db --ledger sent.ledger     plays, and notes what was sent
  tcs-replay verify sent.ledger logger.db      was all of it logged?
  tcs-replay verify night.db logger.jsonl.gz -t 'tracker.*'
                                               without a ledger: by topic and content

Exit codes: 0 all came, once, in order and unaltered; 3 not so; 1 failed; 2 wrong usage.`;

/** The command that holds what a subscriber has kept against what was sent. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .summary('hold what a subscriber has kept against what was sent')
    .description(
      'Finds the events that a subscriber has lost, doubled, reordered or altered, each by its number: from what it has kept.',
    )
    .usage('[options] <sent> <received>')
    .argument('[sent]', 'a ledger, or the database that was played')
    .argument('[received]', 'a database, JSON lines or CSV; the last two also as .gz');
  return addFlags(command, FLAGS, OPTIONS)
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(
  sent: string | undefined,
  received: string | undefined,
  { json = false, ...options }: VerifyFlags,
): Promise<void> {
  if (sent === undefined || received === undefined) {
    refuseSwallowedDatabases([], options);
    throw new TcsReplayError(
      'BAD_OPTION',
      `missing required argument '${sent === undefined ? 'sent' : 'received'}'`,
    );
  }
  const [{ verify }, { isSame }, { verifyReport }] = await Promise.all([
    import('../../verify/verify.js'),
    import('../../verify/comparison.js'),
    import('../reports/verify-report.js'),
  ]);
  const comparison = await withProgress((signal, show) =>
    verify(
      {
        ...options,
        sent,
        received,
        signal,
        onNotice: tell,
        onProgress: show && ((progress) => show(taskOf(progress))),
      },
      flagNames(FLAGS),
    ),
  );
  if (comparison === undefined) return;
  if (json) printJson(comparison);
  else print(verifyReport(comparison));
  if (!isSame(comparison)) process.exitCode ||= EXIT.incomplete;
}

function taskOf({ path, events }: VerifyProgress): Task {
  return { what: 'reading', path, share: undefined, counts: [text.counted(events, 'event')] };
}
