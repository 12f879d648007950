import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type GenerateOptions, generate } from '../../src/generate/generate.js';
import { temporaryFolder } from '../support/generate-fixture.js';

const BAD: [Omit<GenerateOptions, 'path'>, RegExp][] = [
  [{ events: 0 }, /Expected events to be a whole number, 1 or more, got 0$/],
  [{ events: 2, nights: 3 }, /events .* 3 or more, got 2/],
  [{ events: 1.5 }, /events.*got 1.5/],
  [{ durationS: 0 }, /durationS to be a number above 0, at most 10000000, got 0/],
  [{ durationS: Number.POSITIVE_INFINITY }, /durationS.*got Infinity/],
  [{ rateHz: Number.NaN }, /rateHz.*got NaN/],
  [{ rateHz: 1e9 }, /rateHz.*at most 100000/],
  [{ events: 1000, durationS: 1e-6 }, /events \/ durationS/],
  [{ events: 10, durationS: 10, rateHz: 1 }, /do not go together/],
  [{ nights: 0 }, /nights/],
  [{ nights: 2, durationS: 86_400 }, /at most 23h/],
  [{ nights: 2, events: 100_000_000 }, /at most 23h/],
  [{ topics: 0 }, /topics/],
  [{ attributes: 5 }, /attributes to be a whole number, 6 to 10000/],
  [{ seed: -1 }, /seed/],
  [{ startUnixS: -1 }, /startUnixS/],
];

for (const [options, message] of BAD) {
  test(`rejects ${inspect(options)}`, async (context) => {
    const folder = temporaryFolder(context);
    const running = generate({ ...options, path: join(folder, 'night.db') });
    await assert.rejects(running, { name: 'TcsReplayError', code: 'BAD_OPTION', message });
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('refuses to overwrite, and overwrites when told to', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeFileSync(path, 'precious');
  await assert.rejects(generate({ path, events: 10 }), {
    code: 'WRITE_FAILED',
    message: /exists already: choose another name, or allow overwriting by overwrite$/,
  });
  assert.equal(readFileSync(path, 'utf8'), 'precious');
  await generate({ path, events: 10, overwrite: true });
  assert.match(readFileSync(path, 'latin1'), /^SQLite format 3/);
});

test('names the folder that is missing', async (context) => {
  const folder = join(temporaryFolder(context), 'missing');
  const running = generate({ path: join(folder, 'night.db'), events: 10 });
  await assert.rejects(running, { code: 'NO_SUCH_FILE', message: /no folder .*missing$/ });
  assert.ok(!existsSync(folder));
});
