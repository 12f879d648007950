import { Command } from 'commander';
import { checked } from '../src/cli/checked-option.js';
import * as expect from '../src/expect.js';
import { findPython } from '../test/peer.js';
import { cachePath } from './cache.js';
import { FAILED, NO_PEER, tell, untilStopped, wholeFrom } from './command-line.js';
import { PACED_PUBLISHERS, type PacedPublisherName } from './paced-publisher.js';
import { pacing } from './pacing.js';
import { pacingReport, pacingTrialLine } from './pacing-report.js';

interface Flags {
  readonly runs: number;
  readonly seconds: number;
  readonly rates: readonly number[];
  readonly only?: readonly PacedPublisherName[];
  readonly quick?: boolean;
  readonly json?: boolean;
}

const DEFAULT_RATES: readonly number[] = [200, 2000, 10_000];
const QUICK = { runs: 1, seconds: 3 };

const NOTES = `
Each mode of ours and the peer, a model of the reference in Python that waits with time.sleep, play the same night at
the recorded pace, in turns. Its events come at a rate, independently of each other (Poisson). What the publisher
says of itself stands beside what the subscriber finds: the time of day at which an event arrives, less the
__wire_time that it brings. CPU time counts from the first event on, of all threads.

A trial in which an event is missing or out of order, or which takes another time than planned, is INVALID and part
of no figure. Nights are made once, and kept in ${cachePath()}

Examples:
  npm run bench -- pacing --quick                       a first look, in two minutes
  npm run bench -- pacing --runs 5                      for publication, on a machine that does nothing else
  npm run bench -- pacing --rates 2000 --only peer,balanced
  npm run bench -- pacing --json > pacing.json          every trial, for programs

Exit codes: those of the other scenarios.`;

/** `npm run bench -- pacing`: lateness at the recorded pace. */
export function pacingCommand(): Command {
  return new Command('pacing')
    .summary('lateness at the recorded pace, and what it costs: each timing mode and the peer')
    .description(
      'Measures how late events are sent and arrive at the recorded pace, and what CPU time it takes.',
    )
    .addOption(checked('--runs <N>', wholeFrom(1), 'trials of each', 3))
    .addOption(
      checked('--seconds <N>', (value, name) => expect.above(name, value, 0), 'length of a trial', 10),
    )
    .addOption(checked('--rates <rates>', rates, 'events/s').default(DEFAULT_RATES, DEFAULT_RATES.join(',')))
    .addOption(checked('--only <publishers>', publishers, `some of ${PACED_PUBLISHERS.join(', ')}`))
    .option('--quick', `one run, of ${QUICK.seconds} s each`)
    .option('--json', 'print everything as one JSON document')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { runs, seconds } = flags.quick === true ? QUICK : flags;
  await untilStopped(async (signal) => {
    const result = await pacing({
      ...{ runs, durationS: seconds, ratesPerS: flags.rates, publishers: available(flags.only), signal },
      onMake: (path) => tell(`Making ${path}`),
      onTrial: (trial) => tell(pacingTrialLine(trial)),
    });
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(result, undefined, 2)}\n` : pacingReport(result),
    );
    if (result.trials.some(({ state }) => state === 'invalid')) process.exitCode = FAILED;
  });
}

function rates(value: string, name: string): number[] {
  return [...new Set(value.split(',').map((rate) => expect.above(name, rate, 0, 100_000)))];
}

function publishers(value: string, name: string): PacedPublisherName[] {
  return [...new Set(value.split(',').map((word) => expect.oneOf(name, word.trim(), PACED_PUBLISHERS)))];
}

/** @throws Error where the peer alone is asked for and cannot run */
function available(only: readonly PacedPublisherName[] = PACED_PUBLISHERS): readonly PacedPublisherName[] {
  if (!only.includes('peer') || findPython() !== undefined) return only;
  const rest = only.filter((name) => name !== 'peer');
  if (rest.length === 0) throw new Error(`The peer cannot run: ${NO_PEER}`);
  tell(`Without the peer: ${NO_PEER}`);
  return rest;
}
