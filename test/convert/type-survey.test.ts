/** What a first pass finds in samples of values is what it finds in the values. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { eventStream } from '../../src/convert/event-stream.js';
import { TypeSurvey } from '../../src/convert/type-survey.js';
import type { EventReader } from '../../src/database/event-reader.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { Archive } from '../../src/timeline/archive.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { TYPED } from '../support/archive-events.js';
import { plainEvent, type Stored, type StoredEvent, writeEvents } from '../support/stored-event.js';

describe('a survey of samples', () => {
  let folder: string;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-survey-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function night(events: readonly StoredEvent[]): string {
    const path = join(folder, `${files++}.db`);
    writeEvents(path, events);
    return path;
  }

  it('finds what one of the values finds, for any events, from pages and by SQLite', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 60 }), fc.boolean(), async (events, isTyped) => {
        const path = night(events);
        const found = await Promise.all(
          (['pages', 'sql'] as const).flatMap((reader) =>
            [true, false].map((isSampled) => surveyOf(path, { reader, isSampled, isTyped })),
          ),
        );
        for (const other of found.slice(1)) assert.deepEqual(other, found[0]);
      }),
      { numRuns: 8 },
    );
  });

  it('tells numbers at the edges of doubles from others', async () => {
    const numbers: [value: Stored, dataType: string][] = [
      ...[0n, -1n, 999_999_999_999_999n, 10n ** 15n, -(10n ** 15n), 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n].map(
        (value): [Stored, string] => [value, 'string'],
      ),
      ...[0.5, -0, 1e300, 5e-324, 123_456_789.5, Number.POSITIVE_INFINITY].map((value): [Stored, string] => [
        value,
        'string',
      ]),
      ...[
        '7',
        '-7',
        '007',
        '1.50',
        '1e5',
        '1e400',
        '1_000',
        'nan',
        'on',
        '9007199254740993',
        '123456789012345',
      ].map((value): [Stored, string] => [value, 'number']),
      ...[`${'1'.repeat(400)}`, `0.${'1'.repeat(400)}`, `${'1'.repeat(310)}.5`].map(
        (value): [Stored, string] => [value, 'number'],
      ),
      ...['true', 'True', '1'].map((value): [Stored, string] => [value, 'boolean']),
      [null, 'number'],
    ];
    for (const [value, dataType] of numbers) {
      const plain = plainEvent(1n);
      const path = night([{ ...plain, attributes: [...plain.attributes, { key: 'k', value, dataType }] }]);
      for (const reader of ['pages', 'sql'] as const) {
        const [sampled, whole] = await Promise.all(
          [true, false].map((isSampled) => surveyOf(path, { reader, isSampled, isTyped: true })),
        );
        assert.deepEqual(sampled, whole, `${value} of type ${dataType}`);
      }
    }
  });
});

async function surveyOf(
  path: string,
  { reader, isSampled, isTyped }: { reader: EventReader; isSampled: boolean; isTyped: boolean },
): Promise<unknown> {
  const resolved = resolveOptions({
    ...{ workers: 0, databases: path, times: 'original', reader },
    ...(isTyped ? TYPED : {}),
  });
  const pool = new DecoderPool(0);
  try {
    const archive = await Archive.open(pool, resolved);
    const survey = new TypeSurvey();
    const topics = new Set<string>();
    for await (const { batch, first, end } of eventStream(archive, {
      prime: false,
      limit: Infinity,
      isSampled,
    })) {
      for (let i = first; i < end; i++) {
        survey.see(batch, i);
        topics.add(batch.topics[batch.topicIdOf(i)]);
      }
    }
    return [...topics].map((topic) => [
      topic,
      survey
        .keysOf(topic)
        .map(({ key, kinds, isWhole, isDouble }) => ({ key, kinds: [...kinds], isWhole, isDouble })),
    ]);
  } finally {
    await pool.close();
  }
}
