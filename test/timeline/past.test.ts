import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import { inOrderOfTime } from '../../src/sources/source.js';
import { pastOf } from '../../src/timeline/past.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';

const WORKERS = 2;

interface Moment {
  readonly topic: string;
  /** Undefined: no time at all. */
  readonly dueS: number | undefined;
}

const moments = fc.array(
  fc.record({
    topic: fc.constantFrom('a.b.c', 'a.b.d', 'x.y.z', 'é.ü.ß', 'not.wanted'),
    dueS: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 9 }),
  }),
  { maxLength: 60 },
);

describe('the state before a moment', () => {
  let folder: string;
  let pool: DecoderPool;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-prime-'));
    pool = new DecoderPool(WORKERS);
  });

  after(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  /** Names of the events that tell the state, as they would be sent. */
  async function statesOf(nights: readonly (readonly Moment[])[], sortBy: SortBy, beforeS: number) {
    const sources: RecordingSource[] = [];
    for (const [night, recorded] of nights.entries()) {
      const path = join(folder, `${files++}.db`);
      writeEvents(
        path,
        recorded.map((moment, i) => storedEvent(moment, night, i)),
      );
      const rules = { ...PLAIN_RULES, filter: topicFilter({ topics: ['*.?.?'] }) };
      const budget = new ReadAheadBudget(1 << 20);
      const source = await RecordingSource.open(pool, path, {
        sortBy,
        rules,
        budget,
        workers: WORKERS,
        batchEvents: 1024,
      });
      await source.select([{ startS: beforeS, endS: Number.POSITIVE_INFINITY }]);
      sources.push(source);
    }
    const places = inOrderOfTime(sources).map((source) => source.from(Number.NEGATIVE_INFINITY));
    const runs = await pastOf(await Promise.all(places));
    return runs.map(({ batch, first, end }) => {
      assert.equal(end, first + 1);
      const payload = batch.payloads.toString('utf8', batch.startOf(first), batch.endOf(first));
      return (JSON.parse(payload) as { name: string }).name;
    });
  }

  it('is the last event of each wanted topic that was before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        moments,
        fc.integer({ min: -1, max: 42 }),
        fc.constantFrom<SortBy>('none', '__wire_time', '__data_time'),
        async (recorded, beforeS, sortBy) => {
          const events = recorded.map((moment, i) => ({ ...moment, name: `0.${i}` }));
          if (sortBy !== 'none') events.sort((a, b) => (a.dueS ?? -1) - (b.dueS ?? -1));
          // What was before stands before the first event of the time, or is due before.
          const first = events.findIndex(({ dueS }) => dueS !== undefined && dueS >= beforeS);
          const times = events.flatMap(({ dueS }) => dueS ?? []);
          // Events without a time stand where the first one with a time does.
          const end =
            (times[0] ?? Number.NEGATIVE_INFINITY) >= beforeS ? 0 : first === -1 ? events.length : first;
          const past = events.filter(({ dueS }, i) => i < end || (dueS !== undefined && dueS < beforeS));
          const last = new Map<string, (typeof past)[number]>();
          for (const event of past) {
            if (event.topic === 'not.wanted') continue;
            last.delete(event.topic);
            last.set(event.topic, event);
          }
          assert.deepEqual(
            await statesOf([recorded], sortBy, beforeS),
            [...last.values()].map(({ name }) => name),
          );
        },
      ),
      { numRuns: 30, examples: [[[{ topic: 'a.b.c', dueS: undefined }], -1, 'none']] },
    );
  });

  it('is told by the latest of several recordings', async () => {
    const nights = [
      [10, 20, 31].map((dueS) => ({ topic: 'a.b.c', dueS })),
      [5, 21, 40].map((dueS) => ({ topic: 'a.b.c', dueS })),
      [
        { topic: 'x.y.z', dueS: 20 },
        { topic: 'a.b.c', dueS: 20 },
      ],
    ];
    assert.deepEqual(await statesOf(nights, 'none', 30), ['2.0', '1.1']);
    assert.deepEqual(await statesOf(nights, 'none', 21), ['2.0', '2.1']);
    assert.deepEqual(await statesOf(nights, 'none', 10), ['1.0']);
    assert.deepEqual(await statesOf(nights, 'none', 5), []);
  });

  it('is found in a long recording, from its end', async () => {
    const recorded = Array.from({ length: 5000 }, (_, i) => ({
      topic: i === 7 ? 'x.y.z' : `a.b.${i % 5}`,
      dueS: i,
    }));
    assert.deepEqual(await statesOf([recorded], 'none', 4001), [
      '0.7',
      '0.3996',
      '0.3997',
      '0.3998',
      '0.3999',
      '0.4000',
    ]);
    assert.deepEqual(await statesOf([recorded], 'none', 1e9), [
      '0.7',
      '0.4995',
      '0.4996',
      '0.4997',
      '0.4998',
      '0.4999',
    ]);
  });
});

function storedEvent({ topic, dueS }: Moment, night: number, i: number): StoredEvent {
  const name = { key: 'name', value: `${night}.${i}`, dataType: 'string' };
  const wire = dueS === undefined ? [] : [{ key: '__wire_time', value: String(dueS), dataType: 'number' }];
  return { ...plainEvent(BigInt(3 * i + 1)), topic, dataTime: null, attributes: [name, ...wire] };
}
