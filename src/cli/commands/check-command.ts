import { Command } from 'commander';
import type { CheckOptions } from '../../inspect/check.js';
import type { CheckProgress, FileCheck } from '../../inspect/file-check.js';
import { OPTIONS } from '../../options/option-table.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { BUSY_TIMEOUT_FLAG, WORKERS_FLAG } from '../flags/reading-flags.js';
import { SCHEMA_FLAG } from '../flags/selection-flags.js';
import type { Task } from '../live/task-progress.js';
import { print, printJson, tell } from '../output.js';
import { withProgress } from '../with-progress.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface CheckFlags extends CheckOptions {
  readonly json?: boolean;
}

const FLAGS: readonly Flag<keyof CheckOptions>[] = [WORKERS_FLAG, BUSY_TIMEOUT_FLAG, SCHEMA_FLAG];

const EXAMPLES = `
Each file is read completely, and all of its events.

Examples:
  tcs-replay check night.db
  tcs-replay check --quick 2018-*.db           without comparing indices to their tables
  tcs-replay check --json night.db | jq '.[].findings[] | select(.severity == "damage")'

Exit codes: 0 nothing found, 3 damage or an oddity found, 1 not all could be
checked, 2 wrong usage, 129, 130 or 143 stopped by SIGHUP, SIGINT or SIGTERM.`;

/** The command that looks for what is wrong with databases. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary('look for damage and oddities in databases')
    .description("Runs SQLite's integrity check, and reads all events to find what is odd about them.")
    .argument('<db...>', 'databases, MCAP files or JSON lines, folders or patterns to check')
    .option('--quick', "leave out the part of SQLite's check that compares indices to their tables");
  return addFlags(command, FLAGS, OPTIONS)
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(databases: string[], { json = false, ...options }: CheckFlags): Promise<void> {
  const [{ check }, { checkReport }] = await Promise.all([
    import('../../inspect/check.js'),
    import('../reports/check-report.js'),
  ]);
  const checks = await withProgress((signal, show) =>
    check(
      {
        ...options,
        databases,
        signal,
        onProgress: show && ((progress) => show(taskOf(progress))),
        onNotice: tell,
      },
      flagNames(FLAGS),
    ),
  );
  if (checks === undefined) return;
  if (json) printJson(checks);
  else print(checkReport(checks));
  process.exitCode ||= exitCodeOf(checks);
}

function exitCodeOf(checks: readonly FileCheck[]): number {
  if (checks.some(({ verdict }) => verdict === 'unchecked')) return EXIT.failed;
  return checks.some(({ verdict }) => verdict !== 'sound') ? EXIT.incomplete : 0;
}

function taskOf({ path, events, share, isIntegrityDue }: CheckProgress): Task {
  const integrity = isIntegrityDue ? ["SQLite's own check is at work"] : [];
  return { what: 'checking', path, share, counts: [text.counted(events, 'event'), ...integrity] };
}
