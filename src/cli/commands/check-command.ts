import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { parseSchemaOverride } from '../../database/schema/schema-override.js';
import { type CheckProgress, check, type FileCheck } from '../../inspect/check.js';
import { CHECKS } from '../../options/checks.js';
import { defaultWorkers } from '../../options/default-workers.js';
import * as text from '../../shared/text.js';
import { checked } from '../flags/checked-option.js';
import { collect } from '../flags/selection-flags.js';
import { checkReport } from '../reports/check-report.js';
import { StopSignals } from '../signals.js';
import { jsonDocument } from '../text/json-document.js';

interface Flags {
  readonly quick?: boolean;
  readonly workers: number;
  readonly schema?: string[];
  readonly json?: boolean;
}

const [FAILED, FOUND] = [1, 3];

const EXAMPLES = `
All of each file is read, and all of its events.

Examples:
  tcs-replay check night.db
  tcs-replay check --quick 2018-*.db           without comparing indices to their tables
  tcs-replay check --json night.db | jq '.[].findings[] | select(.severity == "damage")'

Exit codes: 0 nothing found, 3 something found, be it damage or an oddity, 1 not all could be checked, 2 wrong usage,
130 or 143 stopped by SIGINT or SIGTERM.`;

/** The command that looks for what is wrong with databases. */
export function checkCommand(): Command {
  return new Command('check')
    .summary('look for damage and oddities in databases')
    .description("Runs SQLite's integrity check, and looks at all events for what is odd about them.")
    .argument('<db...>', 'databases, folders or patterns to check')
    .option('--quick', "of SQLite's check, leave out whether indices agree with their tables")
    .addOption(checked('--workers <threads>', CHECKS.workers, 'threads that read', defaultWorkers()))
    .option(
      '--schema <names>',
      'tables and columns by name: event.topic=subject,attribute.key=parameter',
      collect,
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(databases: string[], { quick, workers, schema, json }: Flags): Promise<void> {
  parseSchemaOverride(schema ?? [], '--schema');
  const stop = new StopSignals();
  const display = process.stderr.isTTY === true ? createLogUpdate(process.stderr) : undefined;
  try {
    const checks = await check({
      databases,
      quick,
      workers,
      schema,
      signal: stop.signal,
      onProgress: display && ((progress) => display(progressLine(progress, process.stderr.columns))),
    });
    display?.clear();
    process.stdout.write(json === true ? jsonDocument(checks) : checkReport(checks));
    process.exitCode ||= exitCodeOf(checks);
  } catch (error) {
    display?.clear();
    // Whoever interrupts knows why it ended: the exit code is set, and there is nothing to say.
    if (!stop.signal.aborted) throw error;
  } finally {
    display?.done();
    stop.release();
  }
}

function exitCodeOf(checks: readonly FileCheck[]): number {
  if (checks.some(({ verdict }) => verdict === 'unchecked')) return FAILED;
  return checks.some(({ verdict }) => verdict !== 'sound') ? FOUND : 0;
}

function progressLine({ path, events, share, isIntegrityDue }: CheckProgress, width: number): string {
  const integrity = isIntegrityDue ? ", SQLite's own check is at work" : '';
  return `checking: ${Math.floor(share * 100)} %, ${text.counted(events, 'event')}${integrity}  ${path}`.slice(
    0,
    width - 1,
  );
}
