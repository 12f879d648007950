import { Command } from 'commander';
import { checked } from '../src/cli/checked-option.js';
import * as expect from '../src/expect.js';
import { CHECKS, DEFAULT_TIMING } from '../src/options.js';
import type { Timing } from '../src/timing.js';
import { cachePath } from './cache.js';
import { FAILED, tell, untilStopped } from './command-line.js';
import { drift, LIMIT_PPM } from './drift.js';
import { driftReport } from './drift-report.js';

interface Flags {
  readonly duration: number;
  readonly speedup: number;
  readonly rate: number;
  readonly timing: Timing;
  readonly json?: boolean;
}

const DEFAULT_DURATION_S = 3600;
/** At -s 60 these are 9000 events/s. */
const DEFAULT_RATE_PER_S = 150;
/** What a publisher that waits on time can still send. */
const HIGHEST_RATE_PER_S = 20_000;

const NOTES = `
Ours plays with --times original. For each event the subscriber takes the time of its own steady clock, less the
recorded time divided by the speed. Of each second it keeps the least, which the way there and a busy machine
disturb little. The drift is the slope of these, as the median of those between seconds that lie half the run apart:
one part in a million (ppm) is 3.6 ms in an hour.

A run in which an event is missing or out of order, or which takes another time than planned, is INVALID. The
recording is made once, and kept in ${cachePath()}

Examples:
  npm run bench -- drift                         an hour at the recorded pace: takes an hour
  npm run bench -- drift --speedup 60            an hour in a minute
  npm run bench -- drift --duration 1m           a first look; over so short a time the error is larger

Exit codes: those of the other scenarios; 1 also for a drift above ${LIMIT_PPM} ppm.`;

/** `npm run bench -- drift`: whether the pace is kept over a long time. */
export function driftCommand(): Command {
  return new Command('drift')
    .summary('whether the pace is kept over an hour, as the subscriber sees it')
    .description('Measures by how much the pace of a long replay differs from what was asked for.')
    .addOption(
      checked('--duration <time>', (value, name) => expect.durationS(name, value), 'recorded time').default(
        DEFAULT_DURATION_S,
        '1h',
      ),
    )
    .addOption(checked('--speedup <factor>', finiteSpeedup, 'speed at which it is played', 1))
    .addOption(
      checked(
        '--rate <events>',
        (value, name) => expect.above(name, value, 0),
        'events in a recorded second',
      ).default(DEFAULT_RATE_PER_S),
    )
    .addOption(checked('--timing <mode>', CHECKS.timing, 'timing mode of ours', DEFAULT_TIMING))
    .option('--json', 'print everything as one JSON document')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run({ duration, speedup, rate, timing, json }: Flags): Promise<void> {
  expect.atLeast('--rate times --speedup', rate * speedup, 0, HIGHEST_RATE_PER_S);
  await untilStopped(async (signal) => {
    const result = await drift({
      ...{ durationS: duration, speedup, ratePerS: rate, timing, signal },
      onMake: (path) => tell(`Making ${path}`),
      onStep: (step) => tell(`  ${step}`),
    });
    process.stdout.write(json === true ? `${JSON.stringify(result, undefined, 2)}\n` : driftReport(result));
    if (!result.isKept) process.exitCode = FAILED;
  });
}

function finiteSpeedup(value: string, name: string): number {
  return expect.above(name, value, 0);
}
