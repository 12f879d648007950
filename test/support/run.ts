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
  await runFiles(named);
}
if (ownSeed === undefined) delete process.env.TEST_SEED;
else process.env.TEST_SEED = ownSeed;
await runFiles(processesOf(files, folder));

async function runFiles(paths: string[]): Promise<void> {
  const tests = run({ files: paths, concurrency: CONCURRENCY, timeout: TIMEOUT_MS });
  tests.on('test:fail', ({ name, file, todo, details: { error } }) => {
    if (todo !== undefined) return;
    process.exitCode = 1;
    keepSeed(nameOf(file ?? name), String(error.cause ?? error.message));
  });
  tests.on('test:pass', ({ name, skip }) => {
    if (!IS_CI || skip === undefined) return;
    process.exitCode = 1;
    console.error(`Skipped in continuous integration: ${name}: ${skip}`);
  });
  for await (const text of tests.compose(new spec())) process.stdout.write(text);
}
