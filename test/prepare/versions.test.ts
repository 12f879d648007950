/**
 * What is kept of one version of the program must not be used by another that would make it otherwise. So what these versions
 * stand for is pinned here: who changes the bytes raises the version, and notes the new digest beside it.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BATCH_VERSION, Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import type { ReadRules } from '../../src/database/recording.js';
import { ENCODER_VERSION } from '../../src/encode/encoder-version.js';
import { PreparedFileWriter } from '../../src/prepare/prepared-file-writer.js';
import { HEAD_BYTES, LAYOUT_VERSION } from '../../src/prepare/prepared-head.js';
import { batchesOf, decodedEvents, PLAIN_RULES } from '../support/decoded-event.js';
import { writeOddNight, writeWildTimesNight } from '../support/odd-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ENCODED = {
  version: 2,
  digest: '75a52be455fac7e350bd5b7a4dc07291dfd3e5767c4b0de6cd04cce67c8aec31',
};
const WRITTEN = {
  layout: 3,
  batch: 1,
  digest: 'dfe99f541db0e26ebb1f8fe47730080ccf51729390c527f8a7632a8b9f3a3935',
};

const SHAPES: readonly Partial<ReadRules>[] = [
  {},
  { convertNumber: true, convertBool: true, timeSlots: true },
  { convertNumber: true, timeSlots: true, keyTime: 'data' },
  { convertBool: true, format: 'msgpack' },
  { timeSlots: true, format: 'msgpack', keyTime: 'data' },
];

test('what the encoder makes of odd nights is what its version says', (context) => {
  const folder = temporaryFolder(context);
  const hash = createHash('sha256');
  for (const [i, write] of [writeOddNight, writeWildTimesNight].entries()) {
    const path = join(folder, `${i}.db`);
    write(path);
    for (const shape of SHAPES)
      for (const batch of batchesOf(path, { ...PLAIN_RULES, ...shape })) hash.update(textOf(batch));
  }
  assert.deepEqual(
    { version: ENCODER_VERSION, digest: hash.digest('hex') },
    ENCODED,
    'The encoder makes other bytes, times or warnings of a database than before, or its version was raised. Prepared files of ' +
      'before must not be used then: raise ENCODER_VERSION in src/encode/encoder-version.ts, if that is not done yet, and write ' +
      'the new version and digest into ENCODED of this test',
  );
});

test('the bytes of a prepared file are what its versions say', async (context) => {
  const path = join(temporaryFolder(context), 'data');
  const writer = await PreparedFileWriter.create(path, false);
  const builder = new BatchBuilder();
  for (const topic of ['a.b.c', 'x.y']) {
    for (const i of [1, 2]) {
      const payload = `{"t":00000000000000000,"n":${i}}`;
      builder.reserve(payload.length);
      builder.bytes.set(Buffer.from(payload), builder.length);
      const start = builder.length;
      builder.add(start + payload.length, 0, 10 * i, 5 * i, i === 1 ? start + 5 : NO_SLOT, NO_SLOT, 10 * i);
    }
    builder.skipped = 3;
    const batch = new Batch(builder.pack({ topics: [topic], oddities: [], format: 'json' }));
    await writer.add(batch, 7n);
  }
  const recording = { path: '/night.db', readPath: '/night.db', sizeBytes: 4096 } as never;
  const glance = { events: 0, isComplete: true, topics: [], times: {}, stepsBack: 0 };
  const facts = { recording, isSnapshot: false, dataTimes: { firstS: 1, lastS: 2 }, firstKeyS: 1, glance };
  await writer.finish({ ...facts, arrangement: 'log', format: 'json' }, 9n);
  await writer.close();
  const body = readFileSync(path).subarray(HEAD_BYTES);
  assert.deepEqual(
    {
      layout: LAYOUT_VERSION,
      batch: BATCH_VERSION,
      digest: createHash('sha256').update(body).digest('hex'),
    },
    WRITTEN,
    'A prepared file has other bytes than before, or a version was raised. Files of before must not be read as new ones: raise ' +
      'BATCH_VERSION in src/batch/batch.ts where a batch has changed, otherwise LAYOUT_VERSION in src/prepare/prepared-head.ts, ' +
      'if that is not done yet, and write the new versions and digest into WRITTEN of this test',
  );
});

/** All that a batch says. */
function textOf(batch: Batch): string {
  const events = decodedEvents(batch).map(({ payload, dueS, dataS, dataSlot, ...event }, i) => ({
    ...event,
    dataSlot,
    payload: payload.toString('latin1'),
    // JSON has no words for the times that are no numbers.
    times: [dueS, dataSlot === undefined ? 0 : dataS, batch.keyS[i]].map(String),
  }));
  return JSON.stringify([batch.format, events, batch.oddities, batch.skippedAtEnd]);
}
