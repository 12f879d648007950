import { Argument, Command, CommanderError, Option } from 'commander';
import { checked } from '../src/cli/flags/checked-option.js';
import { optionValue } from '../src/options/option-table.js';
import { messageOf, TcsReplayError } from '../src/shared/errors.js';
import * as expect from '../src/shared/expect.js';
import { type BenchFlags, bench } from './bench.js';
import { cachePath } from './cache.js';
import { SCENARIOS } from './scenarios.js';
import { tell } from './tell.js';

const FAILED = 1;
const WRONG_USAGE = 2;

const NAMES = SCENARIOS.map(({ name }) => name);
const ON_REQUEST = SCENARIOS.filter(({ isOnRequest }) => isOnRequest === true).map(({ name }) => name);

const NOTES = `
Scenarios:
${SCENARIOS.map(({ name, question }) => `  ${name.padEnd(12)}${question}`).join('\n')}

Without a name, all scenarios are measured except ${ON_REQUEST.join(' and ')}, which takes long. Each round measures every case once, in
processes of its own, so that whatever slows the machine for a while affects all cases. Figures are medians of the
rounds, with their range. A trial with missing, misordered or wrong events, or at the wrong rate, is INVALID and part of
no figure. docs/performance.md describes each scenario and how to read it.

Nights and programs in C are made once, and kept in ${cachePath()}

Examples:
  npm run bench                                        all scenarios, five rounds: a quarter of an hour
  npm run bench -- --quick                             a first impression, in three minutes
  npm run bench -- end-to-end publish --runs 3         two scenarios
  npm run bench -- end-to-end --case '*worker*'        some cases, and their cases of reference
  npm run bench -- --json before.json                  keep the result, and its histograms in before.hlog
  npm run bench -- --compare before.json --fail-past 10%     compare with an earlier result; exit code 4 past a tenth
  npm run bench -- --load after.json --html after.html       measure nothing: draw a kept result
  npm run bench -- end-to-end --case ours --hwm 1      shows that lost events are detected

Exit codes: 0 done; 1 failed, or a trial was invalid; 2 wrong usage; 4 worse than --fail-past allows; 130 or 143 stopped
by SIGINT or SIGTERM.`;

const program = new Command('npm run bench --')
  .description(
    'Measures how fast recorded nights get from the database to subscribers, and how well they keep time.',
  )
  .addArgument(new Argument('[scenario...]', 'what to measure').argParser(scenarioName))
  .addOption(
    new Option(
      '--quick',
      'few cases, three rounds: under three minutes; tells large differences only',
    ).conflicts('full'),
  )
  .option('--full', 'all cases, larger nights: half an hour')
  .addOption(
    checked('--runs <N>', (value, name) => expect.integer(name, value, 1), 'rounds (default: 5, quick: 3)'),
  )
  .addOption(
    new Option(
      '--case <pattern>',
      'only cases of this name; * and ? are wild; may be given several times',
    ).argParser((value, previous: string[] | undefined) => [...(previous ?? []), value]),
  )
  .addOption(
    checked(
      '--events <N>',
      (value, name) => expect.integer(name, value, 100),
      'events of the nights that are replayed whole',
    ),
  )
  .addOption(
    checked('--seconds <S>', (value, name) => expect.above(name, value, 0), 'length of a paced trial'),
  )
  .addOption(
    checked(
      '--hwm <messages>',
      (value, name) => optionValue('highWaterMark', value, name),
      'high-water mark of tcs-replay (default: its own)',
    ),
  )
  .option(
    '--json <file>',
    'write the result as JSON, and its histograms beside it; -: to standard output, in place of the tables',
  )
  .option('--html <file>', 'write the result as an HTML page')
  .option('--compare <file>', 'show what changed since a result that --json wrote')
  .addOption(
    checked(
      '--fail-past <share>',
      share,
      'with --compare: exit with 4 if a figure is worse by more, e.g. 10%',
    ),
  )
  .option('--load <file>', 'measure nothing: use a result that --json wrote')
  .option('--clean', 'remove kept nights and programs, and do nothing else')
  .helpOption('-h, --help', 'show this help')
  .addHelpText('after', NOTES)
  .exitOverride()
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // Commander has printed its own errors already.
  if (!(error instanceof CommanderError)) tell(`error: ${messageOf(error)}`);
}

async function run(names: readonly string[], flags: BenchFlags): Promise<void> {
  process.exitCode = await bench(
    SCENARIOS.filter(({ name, isOnRequest }) =>
      names.length === 0 ? isOnRequest !== true : names.includes(name),
    ),
    flags,
  );
}

function scenarioName(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), expect.oneOf('scenario', value, NAMES)];
}

/** Reads a share: `10%` or `0.1`. */
function share(value: string, name: string): number {
  const [, percent] = /^(.+)%$/.exec(value) ?? [];
  return percent === undefined ? expect.atLeast(name, value, 0) : expect.atLeast(name, percent, 0) / 100;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  return error instanceof TcsReplayError && error.code === 'BAD_OPTION' ? WRONG_USAGE : FAILED;
}
