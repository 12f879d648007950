import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { replay, type SortBy, TCSDBReplay, type TCSDBReplayOptions } from '../../src/index.js';
import { type OddEvent, type PlainEvent, writeOddNight, writeTopicsNight } from '../support/odd-night.js';
import { freePort } from '../support/peer.js';
import { Receiver } from '../support/receiver.js';

const RUNS_AT_ONCE = 4;
const EVENTS = 3000;
const TIMEOUT = { timeout: 60_000 };
const SORT_ORDERS: SortBy[] = ['none', '__data_time', '__wire_time'];

type Yielded = [topic: string, json: string] | null;

const folder = mkdtempSync(join(tmpdir(), 'tcs-db-replay-'));
const night = join(folder, 'night.db');
const oddNight = join(folder, 'odd.db');
const gapNight = join(folder, 'gap.db');
/** Seen by decoding threads too, which begin with what this one has. */
const temporary = join(folder, 'temporary');
process.env.TMPDIR = temporary;

describe('TCSDBReplay', { concurrency: RUNS_AT_ONCE }, () => {
  let events: PlainEvent[] = [];
  let oddEvents: OddEvent[] = [];

  before(() => {
    mkdirSync(temporary);
    events = writeTopicsNight(night, { events: EVENTS });
    oddEvents = writeOddNight(oddNight);
    writeTopicsNight(gapNight, { events: 2, intervalSeconds: 3600 });
  });

  after(() => rmSync(folder, { recursive: true }));

  it('yields each event as its topic and its JSON, in order', async (context) => {
    const yielded = await all(opened(context, night, { speedup: 'max', workers: 1 }));
    assert.deepEqual(
      yielded.map((event) => [event?.[0], sequenceOf(event)]),
      events.map(({ topic }, i) => [topic, i]),
    );
  });

  it('yields null for each event of another topic, in its place', async (context) => {
    const topics = ['tcs.dome.azimuth', 'lrs2.*'];
    const yielded = await all(opened(context, night, { speedup: 'max', topics }));
    const wanted = /^(tcs\.dome\.azimuth|lrs2\..*)$/;
    assert.deepEqual(
      yielded.map((event) => event && sequenceOf(event)),
      events.map(({ topic }, i) => (wanted.test(topic) ? i : null)),
    );
  });

  it('yields null for every event where no topic is wanted', async (context) => {
    const yielded = await all(opened(context, night, { speedup: 'max', topics: ['none.*'] }));
    assert.deepEqual(yielded, new Array(EVENTS).fill(null));
  });

  it('begins anew with each iteration', async (context) => {
    const events = opened(context, night, { speedup: 'max', times: 'original' });
    const first = await all(events);
    for await (const _ of events) break;
    assert.deepEqual(await all(events), first);
  });

  for (const sortBy of SORT_ORDERS) {
    it(`has the ids of all events in the order in which they are played: ${sortBy}`, async (context) => {
      const options = { speedup: 'max', sortBy, times: 'original' } as const;
      const events = opened(context, oddNight, { ...options, topics: ['odd.plain.*'] });
      const ids = await all(events.eventIds);
      assert.equal(ids.length, oddEvents.length);
      const idOf = new Map(oddEvents.map(({ eventId, what }) => [what, eventId]));
      const played = await all(opened(context, oddNight, options));
      for (const [i, event] of played.entries()) {
        const { what } = JSON.parse(event?.[1] ?? '{}');
        const expected = idOf.get(what);
        // Events without attributes do not say who they are; ids beyond are the business of the next test.
        if (isSafe(expected)) assert.equal(ids[i], Number(expected), what);
      }
    });
  }

  it('has event ids beyond what a number can hold', async (context) => {
    const ids = await all(opened(context, oddNight).eventIds);
    assert.deepEqual(
      ids.map((id) => BigInt(id as bigint)),
      oddEvents.map(({ eventId }) => eventId),
    );
  });

  it('has event ids that are texts', async (context) => {
    const path = join(folder, 'text-ids.db');
    writeTextIds(path, ['b', 'a', 'c']);
    assert.deepEqual(await all(opened(context, path).eventIds), ['b', 'a', 'c']);
  });

  it('knows when a pass began, in recorded time and by the clock', async (context) => {
    const replayed = opened(context, night, { speedup: 10, workers: 1 });
    assert.deepEqual([replayed.startWireTime, replayed.startIterTime], [undefined, undefined]);
    const startedS = Date.now() / 1000;
    for await (const event of replayed) {
      assert.equal(replayed.startWireTime, events[0].wireTimeS);
      assert.equal(replayed.startIterTime, JSON.parse(event?.[1] ?? '').__wire_time);
      break;
    }
    const first = replayed.startIterTime ?? Number.NaN;
    assert(first >= startedS - 0.005 && first <= Date.now() / 1000 + 0.005, `startIterTime: ${first}`);
    for await (const _ of replayed) break;
    assert((replayed.startIterTime ?? Number.NaN) > first);
  });

  it('yields each event when it is due, with its times moved to the present', async (context) => {
    const speedup = 20;
    let count = 0;
    for await (const event of opened(context, night, { speedup })) {
      const { __wire_time: time } = JSON.parse(event?.[1] ?? '');
      assert(Date.now() / 1000 > time - 0.005, 'not before it is due');
      count += 1;
    }
    assert.equal(count, EVENTS);
  });

  for (const sortBy of SORT_ORDERS) {
    it(`yields the same events as replay() sends: odd night, order ${sortBy}`, async (context) => {
      const options = {
        speedup: 'max',
        times: 'original',
        sortBy,
        convertNumber: true,
        convertBool: true,
      } as const;
      const yielded = await all(opened(context, oddNight, options));
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const receiver = Receiver.connected(url);
      context.after(() => receiver.close());
      const { sent } = await replay({
        ...options,
        databases: oddNight,
        url,
        waitSetupS: 0,
        waitSubscribers: 1,
        workers: 0,
      });
      assert.equal(sent, yielded.length);
      const received = (await receiver.take(sent)).map(({ topic, payload }) => [topic, payload.toString()]);
      assert.deepEqual(yielded, received);
    });
  }

  it('says that its database has changed', async (context) => {
    const path = join(folder, 'changing.db');
    writeTopicsNight(path, { events: 2000 });
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const replaying = new TCSDBReplay(path, {
      speedup: 'max',
      workers: 1,
      readAheadBytes: 1,
      onNotice,
    });
    context.after(() => replaying.close());
    let yielded = 0;
    for await (const _event of replaying) {
      if (yielded++ === 0) new Database(path).exec("UPDATE event SET topic = 'x.y.z'").close();
    }
    assert.deepEqual([notices.length, yielded], [1, 2000]);
    assert.match(
      notices[0],
      /changing\.db has changed while it was read: the event in row \d+ is another one/,
    );
  });

  it('takes the names of columns that its error asks for', async (context) => {
    const path = join(folder, 'readings.db');
    const db = new Database(path);
    db.exec(`CREATE TABLE event (id, topic); CREATE TABLE attribute (id, key, reading);
      INSERT INTO event VALUES (1, 'a.b.c'); INSERT INTO attribute VALUES (1, 'k', 'v')`).close();
    await assert.rejects(all(opened(context, path, {})), {
      message: /give schema: 'attribute\.value=reading'$/,
    });
    const options = { schema: 'attribute.value=reading', times: 'original' } as const;
    assert.deepEqual(await all(opened(context, path, options)), [['a.b.c', '{"k":"v"}']]);
  });

  it('ends when its signal is aborted in a long gap', TIMEOUT, async (context) => {
    const controller = new AbortController();
    const yielded: Yielded[] = [];
    for await (const event of opened(context, gapNight, { signal: controller.signal, workers: 1 })) {
      yielded.push(event);
      setImmediate(() => controller.abort());
    }
    assert.equal(yielded.length, 1);
  });

  it('yields nothing where its signal is aborted already', async (context) => {
    for (const options of [{}, { speedup: 'max' }, { topics: ['none'] }] as const) {
      const aborted = opened(context, night, { ...options, signal: AbortSignal.abort() });
      assert.deepEqual(await all(aborted), []);
    }
  });

  for (const [what, options] of Object.entries<Record<string, unknown>>({
    'an unknown order': { sortBy: 'time' },
    'a speed of 0': { speedup: 0 },
    'no threads': { workers: -1 },
    'an unknown kind of times': { times: 'later' },
  })) {
    it(`refuses ${what} when it is made, before anything is opened`, () => {
      const make = () => new TCSDBReplay(join(folder, 'none.db'), options as TCSDBReplayOptions);
      assert.throws(make, { name: 'TcsReplayError', code: 'BAD_OPTION' });
    });
  }

  it('says what is wrong with its database when it is iterated, each time', async (context) => {
    const events = opened(context, join(folder, 'none.db'));
    for (let time = 0; time < 2; time++) {
      await assert.rejects(all(events), { name: 'TcsReplayError', code: 'NO_SUCH_FILE' });
    }
    await assert.rejects(all(events.eventIds), { code: 'NO_SUCH_FILE' });
  });

  it('can be closed at any time, and opens again when it is iterated', TIMEOUT, async (context) => {
    const events = opened(context, night, { speedup: 'max', workers: 1 });
    await events.close();
    for await (const _ of events) break;
    await events.close();
    await events.close();
    assert.equal((await all(events)).length, EVENTS);
  });

  it('removes what it made to read a database when it is closed', async () => {
    const path = join(folder, 'log.db');
    writeTopicsNight(path, { events: 10 });
    change(path, 'PRAGMA journal_mode = WAL');
    const before = readdirSync(temporary);
    const events = new TCSDBReplay(path, { speedup: 'max', workers: 1 });
    await all(events);
    assert.equal(readdirSync(temporary).length, before.length + 1);
    await events.close();
    assert.deepEqual(readdirSync(temporary), before);
  });

  it('ends an iteration with an error when it is closed in the middle of it', {
    ...TIMEOUT,
  }, async (context) => {
    const events = opened(context, night, { speedup: 'max', readAheadBytes: 1, workers: 1 });
    let count = 0;
    const iterated = (async () => {
      for await (const _ of events) {
        count += 1;
        if (count === 1) await events.close();
      }
    })();
    await assert.rejects(iterated, { name: 'TcsReplayError', code: 'WORKER_FAILED' });
    assert(count < EVENTS);
  });
});

function isSafe(id: bigint | undefined): boolean {
  return id !== undefined && Number.isSafeInteger(Number(id));
}

async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of sequence) values.push(value);
  return values;
}

function sequenceOf(event: Yielded): number {
  return Number(JSON.parse(event?.[1] ?? '').seq);
}

function writeTextIds(path: string, ids: readonly string[]): void {
  const rows = ids.map((id) => `INSERT INTO event VALUES ('${id}', 'a.b.c', 1700000000);`);
  change(
    path,
    `CREATE TABLE event (event_id TEXT, topic TEXT, data_time REAL);
     CREATE TABLE attribute (event_id TEXT, key TEXT, value TEXT, data_type TEXT);
     CREATE INDEX attribute_event_id ON attribute (event_id);
     ${rows.join('\n')}`,
  );
}

function change(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

function opened(context: TestContext, path: string, options: TCSDBReplayOptions = {}): TCSDBReplay {
  // Threads take longer to start than to decode these nights.
  const events = new TCSDBReplay(path, { workers: 0, ...options });
  context.after(() => events.close());
  return events;
}
