import type { Command } from 'commander';
import { checked } from '../src/cli/checked-option.js';
import * as expect from '../src/expect.js';
import { CHECKS } from '../src/options.js';
import { findPython } from '../test/peer.js';
import { cachePath, removeCache } from './cache.js';
import { FAILED, NO_PEER, tell, untilStopped, wholeFrom } from './command-line.js';
import { type EndToEndResult, endToEnd } from './end-to-end.js';
import { FEWEST_ATTRIBUTES } from './night.js';
import { PUBLISHERS, type PublisherName } from './publisher.js';
import { report, trialLine } from './report.js';

interface Flags {
  readonly runs: number;
  readonly events: number;
  readonly attributes: number;
  readonly workers?: number;
  readonly hwm?: number;
  readonly only?: PublisherName;
  readonly cold?: boolean;
  readonly large?: boolean;
  readonly json?: boolean;
  readonly clean?: boolean;
}

const NOTES = `
ours is this project, with its defaults; the peer is bench/peer/tcs_model.py, a model of the reference that was
written from its documentation, with its high-water mark off. They take turns: peer, ours, peer, ours, ...
Rates count from the first message to the last, by the subscriber's clock. A trial in which an event is missing or
out of order is INVALID and part of no average.

Memory and CPU time are read from /proc, on Linux alone. The time to the first event is that from the start of the
process to its end when it is to send one: an upper bound.

Databases are made once, always the same ones, and kept in ${cachePath()}

Examples:
  npm run bench                                     all of it, in a minute or so
  npm run bench -- --runs 5 --large --cold          for publication, on a machine that does nothing else
  npm run bench -- --only ours --events 20000       a quick look
  npm run bench -- --json > result.json             every trial, for programs
  npm run bench -- --only ours --hwm 1              shows that lost events are noticed
  npm run bench -- archive --help                   large databases
  npm run bench -- pacing --help                    lateness at the recorded pace
  npm run bench -- drift --help                     whether the pace is kept for an hour

Exit codes: 0 done, 1 failed or a trial was invalid, 2 wrong usage, 130 or 143 stopped by SIGINT or SIGTERM.`;

/** Gives a command the options of the end-to-end scenario, and has it run that. */
export function addEndToEnd(program: Command): Command {
  return program
    .addOption(checked('--runs <N>', wholeFrom(1), 'trials of each publisher', 3))
    .addOption(checked('--events <N>', wholeFrom(2), 'events of the night', 200_000))
    .addOption(checked('--attributes <N>', wholeFrom(FEWEST_ATTRIBUTES), 'attributes of each event', 16))
    .addOption(
      checked('--workers <threads>', CHECKS.workers, 'threads of ours that decode (default: its own)'),
    )
    .addOption(
      checked('--hwm <messages>', CHECKS.highWaterMark, 'high-water mark of ours (default: its own)'),
    )
    .addOption(
      checked('--only <publisher>', (value, name) => expect.oneOf(name, value, PUBLISHERS), 'ours or peer'),
    )
    .option('--large', 'measure a night ten times as large too, once')
    .option('--cold', 'have the database read from the disk in every trial')
    .option('--json', 'print everything as one JSON document')
    .option('--clean', 'remove what is kept from run to run, and do nothing else')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  if (flags.clean === true) {
    removeCache();
    tell(`Removed ${cachePath()}`);
    return;
  }
  await untilStopped(async (signal) => {
    const result = await endToEnd({
      runs: flags.runs,
      events: flags.events,
      attributes: flags.attributes,
      workers: flags.workers,
      highWaterMark: flags.hwm,
      publishers: publishersFor(flags.only),
      isCold: flags.cold === true,
      isLarge: flags.large === true,
      signal,
      onMake: (path) => tell(`Making ${path}`),
      onTrial: (trial, night) => tell(trialLine(trial, night)),
    });
    process.stdout.write(flags.json === true ? `${JSON.stringify(result, undefined, 2)}\n` : report(result));
    if (hasInvalidTrial(result)) process.exitCode = FAILED;
  });
}

/** @throws Error where the peer alone is asked for and cannot run */
function publishersFor(only: PublisherName | undefined): readonly PublisherName[] {
  if (only === 'ours' || findPython() !== undefined) return only === undefined ? PUBLISHERS : [only];
  if (only === 'peer') throw new Error(`The peer cannot run: ${NO_PEER}`);
  tell(`Without the peer: ${NO_PEER}`);
  return ['ours'];
}

function hasInvalidTrial({ trials, large }: EndToEndResult): boolean {
  return [...trials, ...(large?.trials ?? [])].some(({ state }) => state === 'invalid');
}
