import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { convert, generate, listen, replay } from '../../src/index.js';
import { freePort } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('JSON lines are what a subscriber gets of the night, and of its copy, with the recorded times', async (context) => {
  const folder = temporaryFolder(context);
  const [night, copy, lines] = ['night.db', 'copy.db', 'night.jsonl'].map((name) => join(folder, name));
  await generate({ path: night, events: 500, topics: 12, attributes: 12, seed: 4, durationS: 60 });
  await convert({ databases: night, output: copy });
  await convert({ databases: copy, output: lines });
  const written = readFileSync(lines, 'utf8');
  for (const database of [night, copy]) {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const received: string[] = [];
    const receiving = (async () => {
      for await (const { topic, payload } of listen({ url, count: 500 })) {
        received.push(`{"topic":${JSON.stringify(topic)},"event":${payload.toString()}}\n`);
      }
    })();
    const { sent } = await replay({
      ...{ databases: database, url, speedup: 'max', times: 'original', waitSetupS: 0, waitSubscribers: 1 },
      ...{ convertNumber: true, convertBool: true },
    });
    await receiving;
    assert.equal(sent, 500);
    assert.equal(received.join(''), written);
  }
});
