import { Command } from 'commander';
import { checked } from '../src/cli/checked-option.js';
import * as expect from '../src/expect.js';
import { CHECKS } from '../src/options.js';
import type { SortBy } from '../src/sort-by.js';
import { type ArchiveResult, archive } from './archive.js';
import { FEWEST_EVENTS } from './archive-nights.js';
import { archiveReport, archiveTrialLine, costTrialLine } from './archive-report.js';
import { INDICES, type Index } from './archive-trial.js';
import { cachePath } from './cache.js';
import { FAILED, tell, untilStopped, wholeFrom } from './command-line.js';
import { FEWEST_ATTRIBUTES } from './night.js';

interface Flags {
  readonly events: number;
  readonly attributes: number;
  readonly first: number;
  readonly full?: boolean;
  readonly only?: Index;
  readonly orders: readonly SortBy[];
  readonly runs: number;
  readonly workers?: number;
  readonly hwm?: number;
  readonly json?: boolean;
}

/** With these ten million events make 5 GB. */
const DEFAULT_ATTRIBUTES = 9;

const ORDERS: readonly SortBy[] = ['none', '__data_time', '__wire_time'];

const NOTES = `
Nights of N / 100, N / 10 and N events are made once, and kept in ${cachePath()}
(remove them with \`npm run bench -- --clean\`); besides, the largest one without the index on attribute.event_id.

For each index, order and state: how long the first event takes, from the start of the process to its end when it is
to send one; then the rate of a run of the first events of that order, by the subscriber's clock. In a cold trial the
database is read from the disk and the cache folder of tcs-replay is empty, each time; a cached one follows a cold one,
and finds what that left. A trial in which an event is missing, or not at its place in the order, is INVALID and part
of no average. The order is found by SQLite, independently of what is measured.

Last, nights of all three sizes are played whole: what an event costs should not depend on how many there are.

Examples:
  npm run bench -- archive --events 200000 --first 50000      a quick look
  npm run bench -- archive                                    all of it: a quarter of an hour, and as many GB of disk
  npm run bench -- archive --only noindex --orders none       one part of it
  npm run bench -- archive --json > archive.json              every trial, for programs

Exit codes: those of the other scenario.`;

/** `npm run bench -- archive`: large databases. */
export function archiveCommand(): Command {
  return new Command('archive')
    .summary('large databases: with and without index, in each order, cold and cached')
    .description('Measures large databases: with and without index, in each order, cold and cached.')
    .addOption(checked('--events <N>', wholeFrom(FEWEST_EVENTS), 'events of the largest night', 10_000_000))
    .addOption(
      checked(
        '--attributes <N>',
        wholeFrom(FEWEST_ATTRIBUTES),
        'attributes of each event',
        DEFAULT_ATTRIBUTES,
      ),
    )
    .addOption(checked('--first <N>', wholeFrom(2), 'events of a run for the rate', 1_000_000))
    .option('--full', 'play all events for the rate')
    .addOption(
      checked('--only <index>', (value, name) => expect.oneOf(name, value, INDICES), 'index or noindex'),
    )
    .addOption(checked('--orders <orders>', orders, 'such as none,__wire_time').default(ORDERS, 'all three'))
    .addOption(checked('--runs <N>', wholeFrom(1), 'trials of each case', 1))
    .addOption(checked('--workers <threads>', CHECKS.workers, 'threads that decode (default: its own)'))
    .addOption(checked('--hwm <messages>', CHECKS.highWaterMark, 'high-water mark (default: its own)'))
    .option('--json', 'print everything as one JSON document')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { events, attributes, first, full, only, runs, workers, hwm, json } = flags;
  await untilStopped(async (signal) => {
    const result = await archive({
      ...{ events, attributes, runs, workers, highWaterMark: hwm, orders: flags.orders, signal },
      indices: only === undefined ? INDICES : [only],
      playedEvents: full === true ? events : Math.min(first, events),
      onMake: (path) => tell(`Making ${path}`),
      onStep: (step) => tell(`  ${step}`),
      onTrial: (trial) => tell(archiveTrialLine(trial)),
      onCostTrial: (trial) => tell(costTrialLine(trial)),
    });
    process.stdout.write(json === true ? `${JSON.stringify(result, undefined, 2)}\n` : archiveReport(result));
    if (hasInvalidTrial(result)) process.exitCode = FAILED;
  });
}

function orders(value: string, name: string): SortBy[] {
  return [...new Set(value.split(',').map((order) => expect.oneOf(name, order.trim(), ORDERS)))];
}

function hasInvalidTrial({ trials, costTrials }: ArchiveResult): boolean {
  return [...trials, ...costTrials].some(({ state }) => state === 'invalid');
}
