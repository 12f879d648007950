import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateCommand } from '../src/cli/generate-command.js';
import { temporaryFolder } from './generate-fixture.js';

/** Runs the command and gives what it wrote to stdout. */
async function run(...args: string[]): Promise<string> {
  let printed = '';
  const writeOut = (text: string): void => {
    printed += text;
  };
  const command = generateCommand()
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return printed;
}

test('says in one line what it wrote', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const printed = await run(path, '--events', '1000', '--attributes', '10');
  assert.match(printed, /^[^\n]*night\.db: 1,000 events of 50 topics, 10,000 attributes, [^\n]*\n$/);
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

test('throws what went wrong, and overwrites by force', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  await run(path, '--events', '10');
  await assert.rejects(run(path, '--events', '10'), { code: 'WRITE_FAILED' });
  await run(path, '--events', '10', '--force');
});

const BAD_ARGUMENTS: [string, string, RegExp][] = [
  ['--events', 'many', /Expected a whole number of at least 1, got "many"/],
  ['--events', '0', /at least 1, got "0"/],
  ['--attributes', '5', /at least 6, got "5"/],
  ['--duration', '5d', /Expected a time greater than 0 such as 90, 90s, 10m or 2h, got "5d"/],
  ['--duration', '0s', /got "0s"/],
  ['--rate', '-3', /greater than 0, got "-3"/],
  ['--seed', '1.5', /at least 0, got "1.5"/],
];

for (const [option, value, message] of BAD_ARGUMENTS) {
  test(`rejects ${option} ${value}`, async (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    await assert.rejects(run(path, `${option}=${value}`), {
      code: 'commander.invalidArgument',
      message,
    });
  });
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`removes what it has written so far on ${signal}, and exits with ${exitCode}`, async (context) => {
    const folder = temporaryFolder(context);
    const module = new URL('../src/cli/generate-command.js', import.meta.url);
    const args = [join(folder, 'night.db'), '--events', '100000000'];
    const script = `const { generateCommand } = await import(${JSON.stringify(module.href)});
      await generateCommand().parseAsync(${JSON.stringify(args)}, { from: 'user' });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'pipe' });
    context.after(() => child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    for await (const _ of watch(folder, { signal: AbortSignal.timeout(10_000) })) break;
    child.kill(signal);
    assert.deepEqual(await exit, [exitCode, null]);
    assert.equal(child.stdout.read(), null);
    assert.equal(child.stderr.read(), null);
    assert.deepEqual(readdirSync(folder), []);
  });
}
