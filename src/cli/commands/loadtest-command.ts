import { Command } from 'commander';
import type { LoadTestOptions } from '../../loadtest/load-options.js';
import type { LoadReport } from '../../loadtest/load-report.js';
import { OPTIONS } from '../../options/option-table.js';
import type { NameOf } from '../../shared/expect.js';
import { EXIT } from '../exit-code.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { LOAD_FLAGS, LOAD_GROUPS, LOAD_RESULT_FLAGS } from '../flags/load-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { withoutSwallowedDatabase } from '../flags/web-value.js';
import { canDrawOn } from '../live/can-draw-on.js';
import type { LoadView } from '../live/load-view.js';
import { print, printJson, tell, tellError } from '../output.js';
import { StopSignals } from '../stop-signals.js';
import { checkOpen, tellPage } from '../tell-page.js';
import { isDamaged } from '../text/source-faults.js';

/** Options of the load test, whose numbers may still be texts, and those of the command line only. */
interface LoadTestFlags extends LoadTestOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Whether the page of --web is opened in the browser. */
  readonly open?: boolean;
  readonly html?: string;
  readonly junit?: string;
  readonly acceptInconclusive?: boolean;
  readonly scenario?: string;
}

const EXAMPLES = `
Examples:
  tcs-replay loadtest night.db --wait-subscribers 1 --stage 1k:30s \\
      --fail-if 'lost>0'         does a subscriber of yours keep up with 1000/s?
  tcs-replay loadtest night.db --subscriber 4
                                 four subscribers of ours, the recorded pace
  tcs-replay loadtest night.db --profile spike --window busiest:10s \\
      --subscriber '1,name=gui,service=exp:200us' --fail-if 'gui: p99>20ms'
                                 a night's worst moments, fifty times as fast
  tcs-replay loadtest --web --open night.db --subscriber 4
                                 seen live on a page in the browser
  tcs-replay loadtest night.db --wait-subscribers 1 --find-max rate \\
      --fail-if 'max-rate<5k'    does it bear 5000/s, and how much at most?

A condition of --fail-if compares lost, lost%, lag, backed-up, recovery, p50 to
p99.99, max, mean, duplicated, reordered, rate or received. With a name before
it, such as 'gui: p99>20ms', it is for one subscriber.

The sentinel, our own reference subscriber, is always there. If it does not keep
up, publisher or machine were the limit, and the result is inconclusive.
docs/load-testing.md begins with a subscriber of your own.

Exit codes: 0 pass, 3 pass, but a database is damaged, 4 a condition was missed,
5 inconclusive, 1 failed, 2 wrong usage, 129, 130 or 143 stopped by SIGHUP,
SIGINT or SIGTERM.`;

/** The command that applies a load to subscribers, and judges what each of them got. */
export function loadtestCommand(): Command {
  const command = new Command('loadtest')
    .summary('apply a load to subscribers, and prove what each of them got')
    .description(
      'Sends the events of databases at rates that you choose, looks at every subscriber, your own and those that it starts, and says whether they kept up.',
    )
    .argument('[db...]', 'databases, folders or patterns, merged by time');
  const left = new Map<string, Flag>(LOAD_FLAGS.map((flag) => [flag.option, flag]));
  for (const [heading, options] of LOAD_GROUPS) {
    command.optionsGroup(heading);
    const flags = options.flatMap((option) => left.get(option) ?? []);
    for (const { option } of flags) left.delete(option);
    addFlags(command, flags, OPTIONS);
    if (options.includes('web')) command.option('--open', 'open the page of --web in the browser');
  }
  command.optionsGroup('This machine:');
  addFlags(command, [...left.values()], OPTIONS);
  command
    .optionsGroup('Result:')
    .option('--json', 'print the report as one JSON document')
    .option('--quiet', 'print neither progress nor report');
  addFlags(command, LOAD_RESULT_FLAGS);
  return command
    .optionsGroup('All of these from a file:')
    .option(
      '--scenario <file>',
      'a file of YAML whose keys are the options above; those on the command line win (docs/scenarios.md)',
    )
    .optionsGroup('')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(words: string[], flags: LoadTestFlags, command: Command): Promise<void> {
  const given = withoutSwallowedDatabase(words, flags);
  refuseSwallowedDatabases(given.databases, given.options);
  const { values, nameOf } = await withScenario(given.databases, given.options, command);
  const { json = false, quiet = false, open = false, ...others } = values;
  const { html, junit, acceptInconclusive = false, ...options } = others;
  checkOpen(open, options.web);
  const stop = new StopSignals();
  let view: LoadView | undefined;
  const note = (notice: string) => (view === undefined ? tell(notice) : view.note(notice));
  try {
    const [{ loadTest }, { LoadView }] = await Promise.all([
      import('../../loadtest/load-test.js'),
      import('../live/load-view.js'),
    ]);
    if (!quiet && canDrawOn(process.stderr)) view = new LoadView(process.stderr);
    const report = await loadTest(
      {
        ...options,
        signal: stop.signal,
        onNotice: quiet ? undefined : note,
        onWeb: (addresses) => tellPage(addresses, { open, quiet, note }),
        onPreparation: view === undefined ? undefined : (preparation) => view?.prepare(preparation),
        onLoadProgress: view === undefined ? undefined : (progress) => view?.show(progress),
      },
      nameOf,
    );
    await view?.close();
    if (json) printJson(report);
    else if (!quiet) {
      const { loadReportText } = await import('../reports/load-report-text.js');
      print(loadReportText(report));
    }
    const failures = [...report.writeFailures, ...(await writeFiles(report, { html, junit }))];
    for (const failure of failures) tellError(failure);
    process.exitCode ??= failures.length > 0 ? EXIT.failed : exitCodeOf(report, acceptInconclusive);
  } finally {
    await view?.close();
    stop.release();
  }
}

/** The options that were given: those of the command line, then those of the scenario, then those of the environment. */
async function withScenario(
  databases: string[],
  { scenario: file, ...flags }: LoadTestFlags,
  command: Command,
): Promise<{ readonly values: Omit<LoadTestFlags, 'scenario'>; readonly nameOf: NameOf<string> }> {
  const nameOfFlag = flagNames(LOAD_FLAGS);
  if (file === undefined) return { values: { ...flags, databases }, nameOf: nameOfFlag };
  const { readScenario } = await import('../scenario/read-scenario.js');
  const scenario = await readScenario(file, [...LOAD_FLAGS, ...LOAD_RESULT_FLAGS]);
  const typed = Object.fromEntries(
    Object.entries(flags).filter(([option]) => command.getOptionValueSource(option) === 'cli'),
  );
  const words = databases.length === 0 ? {} : { databases };
  return {
    values: { databases, ...flags, ...scenario.values, ...typed, ...words },
    nameOf: (option) =>
      option in scenario.values && !(option in typed) ? scenario.nameOf(option) : nameOfFlag(option),
  };
}

/**
 * A file that cannot be written costs neither the others nor the verdict that was printed.
 *
 * @returns why files could not be written
 */
async function writeFiles(
  report: LoadReport,
  { html, junit }: Pick<LoadTestFlags, 'html' | 'junit'>,
): Promise<string[]> {
  const { writeFile } = await import('node:fs/promises');
  const { messageOf } = await import('../../shared/errors.js');
  const failures: string[] = [];
  const write = async (path: string | undefined, make: () => Promise<string>) => {
    if (path === undefined) return;
    try {
      await writeFile(path, await make());
    } catch (error) {
      failures.push(`Cannot write ${path}: ${messageOf(error)}`);
    }
  };
  await write(junit, async () => (await import('../reports/load-report-junit.js')).loadReportJunit(report));
  await write(html, async () => (await import('../reports/load-page.js')).loadPage(report));
  return failures;
}

function exitCodeOf({ verdict, load }: LoadReport, acceptInconclusive: boolean): number | undefined {
  if (verdict === 'fail') return EXIT.missed;
  if (verdict === 'inconclusive' && !acceptInconclusive) return EXIT.inconclusive;
  return isDamaged(load) ? EXIT.incomplete : undefined;
}
