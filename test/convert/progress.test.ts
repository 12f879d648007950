import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { convert } from '../../src/convert/convert.js';
import type { ConvertProgress } from '../../src/convert/convert-options.js';
import { generate } from '../../src/generate/generate.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('progress is told from the first batch on, long before the first pass ends', async (context) => {
  const folder = temporaryFolder(context);
  const night = join(folder, 'night.db');
  const events = 30_000;
  await generate({ path: night, events, topics: 20, attributes: 12, seed: 2, durationS: 600 });
  for (const [form, first] of [
    ['parquet', 'write'],
    ['mcap', 'write'],
    ['db', 'write'],
    ['jsonl', 'write'],
  ] as const) {
    const told: ConvertProgress[] = [];
    await convert({
      databases: night,
      output: join(folder, `out.${form}`),
      workers: 1,
      onProgress: (progress) => told.push(progress),
    });
    assert.deepEqual(told[0], { stage: first, events: 0, share: 0 });
    const { stage, events: read, share } = told[1];
    assert.equal(stage, first);
    assert.ok(read > 0 && read < events / 10, `${read} events`);
    assert.ok(share > 0 && share < 0.1, `a share of ${share}`);
    assert.deepEqual(told.at(-1), { stage: 'write', events, share: 1 });
  }
});
