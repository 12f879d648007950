import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/generate-fixture.js';
import { runCli, startCli } from '../support/peer.js';

/** Runs the command and gives what it wrote to stdout. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['generate', ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('says in two lines what it wrote', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const printed = await run(path, '--events', '1000', '--attributes', '10');
  assert.match(
    printed,
    /^[^\n]*night\.db: 1,000 events of 50 topics, 10,000 attributes, [^\n]*\n {2}\S[^\n]*\n$/,
  );
});

test('prints one JSON document on request', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const printed = await run(path, '--json', '--quiet', '--duration', '0.1m', '--rate', '50');
  const { events, nights, topics, path: written } = JSON.parse(printed);
  assert.deepEqual(
    { events, nights, topics, written },
    { events: 300, nights: 1, topics: 50, written: path },
  );
});

test('prints nothing when it is to be quiet', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  assert.equal(await run(path, '-q', '--events', '10'), '');
});

test('refuses to overwrite a file, unless it is forced to', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  await run(path, '--events', '10');
  const { code, stdout, stderr } = await runCli(['generate', path, '--events', '10']);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: [^\n]*night\.db exists already: [^\n]* allow overwriting by --force\n$/);
  await run(path, '--events', '10', '--force');
});

const BAD_ARGUMENTS: [string, string, RegExp][] = [
  ['--events', 'many', /^error: Expected --events to be a whole number, 1 or more, got "many"\n$/],
  ['--events', '0', /1 or more, got "0"\n$/],
  ['--attributes', '5', /6 or more, got "5"\n$/],
  ['--duration', '5y', /Expected --duration to be a time above 0 such as 90, 90s, 10m or 2h, got "5y"\n$/],
  ['--duration', '0s', /got "0s"\n$/],
  ['--rate', '-3', /above 0, got "-3"\n$/],
  ['--seed', '1.5', /0 or more, got "1.5"\n$/],
];

for (const [option, value, message] of BAD_ARGUMENTS) {
  test(`rejects ${option} ${value}`, async (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    const { code, stderr } = await runCli(['generate', path, `${option}=${value}`]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`removes what it has written so far on ${signal}, and exits with ${exitCode}`, async (context) => {
    const folder = temporaryFolder(context);
    const program = startCli(['generate', join(folder, 'night.db'), '--events', '100000000']);
    context.after(() => program.end());
    for await (const _ of watch(folder, { signal: AbortSignal.timeout(60_000) })) break;
    program.kill(signal);
    const { code, stdout, stderr } = await program.outcome;
    assert.deepEqual({ code, stdout, stderr }, { code: exitCode, stdout: '', stderr: '' });
    assert.deepEqual(readdirSync(folder), []);
  });
}
