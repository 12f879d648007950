/**
 * Runs tests: `node … run.js [--quick] [file or folder below test/] …`. Fails where a test fails and, in continuous
 * integration, where one is skipped: there, everything is installed that a test takes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { failedSeeds, keepSeed } from './failed-seeds.js';
import { nameOf, testFiles } from './test-files.js';
import { processesOf } from './test-processes.js';

/** Twice as many as there are cores: half of the time of most files is spent in waits. */
const CONCURRENCY = 2 * availableParallelism();
/** Of a process: one that hangs is ended. */
const TIMEOUT_MS = 15 * 60_000;
const IS_CI = process.env.CI === 'true';
/** Of property tests. Elsewhere it is another one each time; here, a failure is one of the current change. */
const CI_SEED = 20_180_323;
/** Files with failures that are run again at most. */
const MOST_ALONE = 3;

interface Failure {
  /** Below `test/`, without its ending. */
  readonly file: string;
  readonly name: string;
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const files = testFiles(positionals, values.quick);
if (files.length === 0) {
  console.error(
    `Expected names of test files or folders below test/, found none of ${positionals.join(', ')}`,
  );
  process.exit(2);
}

let isSkipped = false;
/** For what only this run needs. */
const folder = mkdtempSync(join(tmpdir(), 'tcs-run-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

// First, so that the last lines are those of the whole run: they name each test that failed.
const ownSeed = process.env.TEST_SEED;
for (const { file, seed } of failedSeeds()) {
  const named = files.filter((each) => nameOf(each) === file);
  if (named.length === 0) continue;
  process.env.TEST_SEED = seed;
  console.log(`\nAgain with the seed ${seed}, which has failed: ${file}`);
  if ((await runFiles(named, CONCURRENCY)).length > 0) process.exitCode = 1;
}
// One seed for all: a property that has failed fails again where its file is run alone.
process.env.TEST_SEED = ownSeed ?? String(IS_CI ? CI_SEED : Math.trunc(Math.random() * 2 ** 31));
console.log(`\nThe seed of property tests is ${process.env.TEST_SEED}`);
const failures = await runFiles(processesOf(files, folder), CONCURRENCY);
if (failures.length > 0) await runAlone(failures);

/**
 * Runs files with failures once more, one after the other: a failure that was due to what ran beside it is told, but fails
 * nothing. At most `MOST_ALONE` files: more are no accident.
 */
async function runAlone(failures: readonly Failure[]): Promise<void> {
  const names = new Set(failures.map(({ file }) => file));
  const alone = files.filter((file) => names.has(nameOf(file)));
  process.exitCode = 1;
  // Of a process that ended early, it is not known which of its files is to blame.
  if (alone.length < names.size || alone.length > MOST_ALONE) return;
  console.log(`\nAgain, alone: ${[...names].join(', ')}`);
  if ((await runFiles(alone, 1)).length > 0) return;
  process.exitCode = isSkipped ? 1 : 0;
  console.log('\nFailed beside other tests, and passed alone:');
  for (const { file, name } of failures) console.log(`  ${file}: ${name}`);
}

/** @returns the tests that failed */
async function runFiles(paths: string[], concurrency: number): Promise<Failure[]> {
  const failures: Failure[] = [];
  const tests = run({ files: paths, concurrency, timeout: TIMEOUT_MS });
  tests.on('test:fail', ({ name, file, todo, details: { error } }) => {
    if (todo !== undefined) return;
    failures.push({ file: nameOf(file ?? name), name });
    keepSeed(nameOf(file ?? name), String(error.cause ?? error.message));
  });
  tests.on('test:pass', ({ name, skip }) => {
    if (!IS_CI || skip === undefined) return;
    process.exitCode = 1;
    isSkipped = true;
    console.error(`Skipped in continuous integration: ${name}: ${skip}`);
  });
  for await (const text of tests.compose(new spec())) process.stdout.write(text);
  return failures;
}
