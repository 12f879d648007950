import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { convert } from '../../src/convert/convert.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { archiveEvents, frames, TYPED } from '../support/archive-events.js';
import { plainEvent, type StoredAttribute, type StoredEvent, writeEvents } from '../support/stored-event.js';

describe('a database', () => {
  let folder: string;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-copy-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function night(events: readonly StoredEvent[]): string {
    const path = join(folder, `${files++}.db`);
    writeEvents(path, events);
    return path;
  }

  it('plays as its source does, with all conversions, event for event and byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 60 }), async (given) => {
        const path = night(given.map(withoutTimesInBlobs));
        const output = join(folder, `${files++}.db`);
        const outcome = await convert({ databases: path, output, workers: 0 });
        for (const options of [{}, TYPED, { convertNumber: true }, { convertBool: true }]) {
          const [source, copy] = await Promise.all([
            archiveEvents(path, options),
            archiveEvents(output, options),
          ]);
          assert.deepEqual(copy, source);
          assert.equal(outcome.events, source.length);
        }
        const database = new Database(output, { readonly: true });
        assert.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
        database.close();
      }),
      { numRuns: 6 },
    );
  });

  it('keeps texts, types and storage classes, and is indexed', async () => {
    const values = ['1.50', 5n, 5, 0.1, null, 'text', 'true', 2n ** 62n, '1_000'];
    const types = ['number', 'string', 'string', 'string', 'string', 'string', 'boolean', 'string', 'number'];
    const attributes = values.map((value, i) => ({ key: `k${i}`, value, dataType: types[i] }));
    const [wireTime] = plainEvent(1n).attributes;
    const path = night([{ id: 7n, topic: 'a.b.c', dataTime: null, attributes: [wireTime, ...attributes] }]);
    const output = join(folder, `${files++}.db`);
    const { changedValues } = await convert({ databases: path, output, workers: 0 });
    assert.equal(changedValues, 0);
    const database = new Database(output, { readonly: true });
    database.defaultSafeIntegers();
    const rows = database
      .prepare('SELECT event_id, key, value, typeof(value), data_type FROM attribute')
      .raw()
      .all();
    assert.deepEqual(rows.slice(1), [
      [1n, 'k0', '1.50', 'text', 'number'],
      [1n, 'k1', 5n, 'integer', 'number'],
      [1n, 'k2', 5, 'real', 'number'],
      [1n, 'k3', 0.1, 'real', 'number'],
      [1n, 'k4', null, 'null', 'string'],
      [1n, 'k5', 'text', 'text', 'string'],
      [1n, 'k6', 'true', 'text', 'boolean'],
      [1n, 'k7', 2n ** 62n, 'integer', 'number'],
      [1n, 'k8', '1_000', 'text', 'number'],
    ]);
    const plan = database
      .prepare('EXPLAIN QUERY PLAN SELECT * FROM attribute WHERE event_id = 1')
      .raw()
      .get();
    assert.match(String(plan), /attribute_event_id/);
    database.close();
  });

  it('is a slice of several recordings, merged, with the state before it', async () => {
    const paths = [0, 1].map((part) =>
      night(
        Array.from({ length: 400 }, (_, i) => ({
          ...plainEvent(BigInt(2 * i + part), `t.k.${i % 7}`, { i: String(i) }),
          id: BigInt(i + 1),
        })),
      ),
    );
    const output = join(folder, `${files++}.db`);
    const options = { start: '+100s', duration: '5m', prime: true };
    const { events, primed } = await convert({ databases: paths, output, ...options, workers: 1 });
    const sent = await archiveEvents(paths, options);
    assert.deepEqual(frames(await archiveEvents(output)), frames(sent));
    assert.deepEqual([events, primed], [sent.length, 7]);
  });

  it('with many attributes, odd keys and odd texts is written in several statements', async () => {
    const attributes = Array.from({ length: 1203 }, (_, i) => ({
      key: `it's ${i} "\0"`,
      value: `'${i}\0`,
      dataType: 'string',
    }));
    const path = night([{ id: 1n, topic: "a'b", dataTime: 1_500_000_000.5, attributes }]);
    const output = join(folder, `${files++}.db`);
    await convert({ databases: path, output, workers: 0 });
    assert.deepEqual(await archiveEvents(output), await archiveEvents(path));
  });
});

/** A time in a BLOB is none, and in the text that the BLOB becomes it is one. */
function withoutTimesInBlobs(event: StoredEvent): StoredEvent {
  const isTimeInBlob = ({ key, value }: StoredAttribute) =>
    value instanceof Uint8Array && (key === '__wire_time' || key === '__data_time');
  return { ...event, attributes: event.attributes.filter((attribute) => !isTimeInBlob(attribute)) };
}
