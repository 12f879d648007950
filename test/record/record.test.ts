import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { type RecordOptions, type RecordOutcome, record } from '../../src/record.js';
import { stampText } from '../../src/shared/send-stamp.js';
import { EventStation } from '../support/event-station.js';
import { mcapFaults } from '../support/mcap-doctor.js';
import { endAll, runCli } from '../support/peer.js';
import { recordedMcap } from '../support/recorded-mcap.js';
import { recordedTopics, recordedValues } from '../support/recorded-rows.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

after(endAll);

const EVENTS_AT_ONCE = 500;
const TIME_TO_COME_MS = 1000;

/** A recording that runs, with what it has told. */
class Running {
  readonly outcome: Promise<RecordOutcome>;
  readonly notices: string[] = [];
  readonly progress = { received: 0, written: 0, path: '' };
  private readonly _stop = new AbortController();

  constructor(context: TestContext, options: RecordOptions) {
    context.after(() => this._stop.abort());
    this.outcome = record({
      ...options,
      signal: this._stop.signal,
      onNotice: (notice) => this.notices.push(notice),
      onProgress: (progress) => Object.assign(this.progress, progress),
    });
    this.outcome.catch(() => {});
  }

  async untilWritten(count: number): Promise<void> {
    await until(
      () => this.progress.written,
      (written) => written >= count,
    );
  }

  stop(): Promise<RecordOutcome> {
    this._stop.abort();
    return this.outcome;
  }
}

async function stationOf(context: TestContext, url?: string): Promise<EventStation> {
  const station = await EventStation.open(url);
  context.after(() => station.close());
  return station;
}

describe('a recording', () => {
  it('takes topics by names and patterns, and none that only begin like them', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const running = new Running(t, { path, url: station.url, topics: ['gc1', 'lrs2.*.status'] });
    await station.subscriptions(2);
    const sent = ['gc1', 'gc10', 'lrs2.a.status', 'lrs2.a.statusx', 'gc', 'lrs2.b.c.status', 'gc1'];
    for (const topic of sent) await station.sendPayload(topic, '{}');
    await running.untilWritten(4);
    const { received, written, topics, endedBy } = await running.stop();
    assert.deepEqual([received, written, endedBy], [4, 4, 'signal']);
    assert.deepEqual(recordedTopics(path), ['gc1', 'lrs2.a.status', 'lrs2.b.c.status', 'gc1']);
    assert.deepEqual(topics[0], {
      ...{ topic: 'gc1', received: 2, written: 2, dropped: 0, notEvents: 0, notAscending: 0 },
    });
    assert.deepEqual(readdirSync(join(path, '..')), ['out.db']);
  });

  it('writes what has come when it is stopped, though it has not been read yet', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const running = new Running(t, { path, url: station.url });
    await station.subscriptions(1);
    for (let i = 0; i < EVENTS_AT_ONCE; i++) void station.sendPayload('gc1', '{}');
    // The event loop stands still, and ZeroMQ's own threads do not.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIME_TO_COME_MS);
    const { received, written } = await running.stop();
    assert.deepEqual([received, written], [EVENTS_AT_ONCE, EVENTS_AT_ONCE]);
  });

  it('takes events of two publishers', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const stations = [await stationOf(t), await stationOf(t)];
    const running = new Running(t, { path, url: stations.map(({ url }) => url) });
    for (const station of stations) await station.subscriptions(1);
    for (let i = 0; i < 50; i++)
      for (const [n, station] of stations.entries()) await station.sendPayload(`p${n}`, `{"n":${i}}`);
    await running.untilWritten(100);
    const { publishers } = await running.stop();
    assert.deepEqual(
      publishers.map(({ url, received }) => [url, received]),
      stations.map(({ url }) => [url, 50]),
    );
    for (const name of ['p0', 'p1'])
      assert.equal(recordedTopics(path).filter((topic) => topic === name).length, 50);
  });

  it('goes on with a publisher that restarts, and counts what stamps tell of losses', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const before = await stationOf(t);
    const { url } = before;
    const running = new Running(t, { path, url });
    await before.subscriptions(1);
    const send = (station: EventStation, number: number, sentUs: number) =>
      station.sendPayload('a.b.c', `{"n":${number}}`, stampText({ sentUs, number }));
    for (const number of [5, 6, 9]) await send(before, number, 1e15 + number);
    await running.untilWritten(3);
    before.close();
    // The address is free some time after the socket was closed.
    const again = await until(
      () => stationOf(t, url).catch(() => undefined),
      (station) => station !== undefined,
    );
    assert.ok(again);
    await again.subscriptions(1);
    for (const number of [1, 2]) await send(again, number, 2e15 + number);
    await running.untilWritten(5);
    const { publishers, lost, written } = await running.stop();
    assert.deepEqual([written, lost, publishers[0].disconnects], [5, 2, 1]);
    const told = running.notices.join('\n');
    assert.match(told, /The connection to tcp:\S+ is lost: .*\nConnected to tcp:\S+ again/);
    assert.deepEqual(publishers[0].stamped, { stamped: 5, lost: 2, gaps: 1, outOfOrder: 0, restarts: 1 });
    assert.deepEqual(recordedValues(path, 'n'), ['5', '6', '9', '1', '2']);
  });

  it('tells of wire times that do not ascend, by topic, and knows of no losses without stamps', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const running = new Running(t, { path, url: station.url });
    await station.subscriptions(1);
    const sent = [
      ...([
        ['a', 10],
        ['b', 5],
        ['a', 11],
        ['a', 11],
        ['b', 6],
        ['a', 7],
      ] as const),
      // After a commit as well.
      ...([
        ['a', 8],
        ['b', 6],
      ] as const),
    ];
    for (const [i, [topic, wireUs]] of sent.entries()) {
      if (i === 6) await running.untilWritten(6);
      await station.sendAt(wireUs, topic);
    }
    for (const payload of ['{}', '{"__wire_time":"soon"}', '{"__wire_time":"0.000007"}'])
      await station.sendPayload('b', payload);
    await running.untilWritten(11);
    const { topics, notAscending, lost, publishers } = await running.stop();
    assert.deepEqual(
      topics.map(({ topic, written, notAscending }) => [topic, written, notAscending]),
      [
        ['b', 6, 1],
        ['a', 5, 2],
      ],
    );
    assert.deepEqual([notAscending, lost, publishers[0].stamped], [3, null, undefined]);
  });

  it('counts messages that are no events, and records the others', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const running = new Running(t, { path, url: station.url, limit: 7 });
    await station.subscriptions(1);
    for (const payload of ['[1]', '{"a":', '', 'text', Buffer.from([0xff, 0x00])])
      await station.sendPayload('a.b.c', payload);
    await station.sendPayload('a.b.c', '{"a":1}');
    await station.sendPayload('d', '{"a":NaN,"b":[1, 2],"c":{"d":null},"e":1.50,"f":null,"a":true}');
    const { endedBy, received, written, notEvents, topics } = await running.outcome;
    assert.deepEqual([endedBy, received, written, notEvents], ['limit', 7, 2, 5]);
    assert.deepEqual(topics[0], {
      ...{ topic: 'a.b.c', received: 6, written: 1, dropped: 0, notEvents: 5, notAscending: 0 },
    });
    assert.deepEqual(recordedValues(path, 'a'), ['1', 'NaN', 'true']);
    assert.deepEqual(
      ['b', 'c', 'e', 'f'].flatMap((key) => recordedValues(path, key)),
      ['[1, 2]', '{"d":null}', '1.50', null],
    );
  });

  for (const [form, what, change] of [
    ['db', 'moved', (path: string) => renameSync(path, `${path}.moved`)],
    ['db', 'removed', (path: string) => rmSync(path)],
    ['mcap', 'moved', (path: string) => renameSync(path, `${path}.moved`)],
    ['mcap', 'removed', (path: string) => rmSync(path)],
  ] as const)
    it(`ends with an error where its file is ${what}: out.${form}`, async (t) => {
      const path = join(temporaryFolder(t), `out.${form}`);
      const station = await stationOf(t);
      const running = new Running(t, { path, url: station.url });
      await station.subscriptions(1);
      await station.sendPayload('a', '{}');
      await running.untilWritten(1);
      change(path);
      await station.sendPayload('a', '{}');
      await assert.rejects(running.outcome, {
        code: 'WRITE_FAILED',
        message: /out\.(?:db|mcap) was moved or removed while/,
      });
    });

  it('takes events that are larger than a batch', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const running = new Running(t, { path, url: station.url, limit: 3 });
    await station.subscriptions(1);
    const texts = [10, 3_000_000, 20].map((length) => 'x'.repeat(length));
    for (const text of texts) await station.sendPayload('a', JSON.stringify({ text }));
    assert.equal((await running.outcome).written, 3);
    assert.deepEqual(recordedValues(path, 'text'), texts);
  });

  it('ends after its duration, with a file that is empty where nothing came', async (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const station = await stationOf(t);
    const { endedBy, files } = await record({ path, url: station.url, durationS: 0.2 });
    assert.deepEqual([endedBy, files.length, files[0].events], ['duration', 1, 0]);
    assert.equal((await runCli(['check', path])).code, 0);
  });

  it('never touches a file that exists, and leaves none where an address is wrong', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'out.db');
    await assert.rejects(record({ path, url: 'tcp://nowhere' }), { code: 'BAD_ADDRESS' });
    assert.equal(existsSync(path), false);
    for (const taken of ['out.db', 'out.db-wal']) {
      writeFileSync(join(folder, taken), 'mine');
      const { code, stderr } = await runCli(['record', path]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: .*out\.db.* exists already: choose another name; a recording is never overwritten, nor added to\n$/m,
      );
    }
    await assert.rejects(record({ path: join(folder, 'none/out.db') }), { code: 'NO_SUCH_FILE' });
    await assert.rejects(record({ path: folder }), /got a folder/);
    await assert.rejects(record({ path: '' }), { code: 'BAD_OPTION' });
    await assert.rejects(record({ path, rotate: 'daily' }), /Expected rotate to be night, a time such as 1h/);
    await assert.rejects(record({ path, timezone: 'Mars' }), /Expected timezone to be a time zone/);
  });
});

describe('a recording in several files', () => {
  it('loses nothing at a seam, and each file begins with the state of all topics', async (t) => {
    const folder = temporaryFolder(t);
    const station = await stationOf(t);
    const running = new Running(t, { path: join(folder, 'out.db'), url: station.url, rotate: '200kB' });
    await station.subscriptions(1);
    let sent = 0;
    const send = async (count: number) => {
      for (const end = sent + count; sent < end; sent++)
        await station.sendPayload(`t${sent % 7}`, JSON.stringify({ n: sent, text: 'x'.repeat(200) }));
    };
    await station.sendPayload('once', '{"n":-1,"text":"only in the first file"}');
    for (let file = 2; file <= 4; file++) {
      while (!running.progress.path.endsWith(`-000${file}.db`)) {
        await send(100);
        await running.untilWritten(sent);
      }
    }
    await send(50);
    await running.untilWritten(sent + 1);
    const { files, written } = await running.stop();
    assert.equal(written, sent + 1);
    assert.deepEqual(
      files.map(({ path }) => path),
      files.map((_, i) => join(folder, `out-000${i + 1}.db`)),
    );
    assert.deepEqual(
      files.flatMap(({ path }) => recordedValues(path, 'n')).map(Number),
      [...Array(sent + 1).keys()].map((n) => n - 1),
    );
    assert.equal(files[0].stateTopics, 0);
    for (let i = 1; i < files.length; i++) {
      // The last event of each topic before the file, in their order.
      const before = files.slice(0, i).flatMap(({ path }) => recordedValues(path, 'n'));
      const last = before.slice(before.length - 7);
      assert.deepEqual(recordedValues(files[i].path, 'n', 'state_'), ['-1', ...last]);
      assert.equal(files[i].stateTopics, 8);
    }
    assert.deepEqual(
      readdirSync(folder).sort(),
      files.map(({ path }) => path.slice(folder.length + 1)),
    );
    const played = await runCli([
      ...['-s', 'max', '--json', '--wait-setup', '0', '-u', 'tcp://127.0.0.1:*', '--prime'],
      files[1].path,
    ]);
    const { primed, sent: ofFile } = JSON.parse(played.stdout) as { primed: number; sent: number };
    assert.deepEqual([primed, ofFile], [8, files[1].events], played.stderr);
  });

  it('loses nothing at a seam of MCAP files either, which have the state as an attachment', async (t) => {
    const folder = temporaryFolder(t);
    const station = await stationOf(t);
    const running = new Running(t, { path: join(folder, 'out.mcap'), url: station.url, rotate: '20kB' });
    await station.subscriptions(1);
    let sent = 0;
    const send = async (count: number) => {
      for (const end = sent + count; sent < end; sent++)
        await station.sendPayload(`t${sent % 7}`, JSON.stringify({ n: sent, text: `${Math.random()}` }));
    };
    await station.sendPayload('once', '{"n": -1,\n"text":"only in the first file"}');
    for (let file = 2; file <= 4; file++) {
      while (!running.progress.path.endsWith(`-000${file}.mcap`)) {
        await send(100);
        await running.untilWritten(sent);
      }
    }
    await send(50);
    await running.untilWritten(sent + 1);
    const { files, written } = await running.stop();
    assert.equal(written, sent + 1);
    const found = await Promise.all(files.map(({ path }) => recordedMcap(path)));
    for (const { path, sizeBytes } of files) {
      assert.deepEqual(await mcapFaults(readFileSync(path)), []);
      assert.equal(readFileSync(path).length, sizeBytes);
    }
    const numbers = found.map(({ messages }) =>
      messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n),
    );
    assert.deepEqual(
      numbers.flat(),
      [...Array(sent + 1).keys()].map((n) => n - 1),
    );
    assert.deepEqual([files[0].stateTopics, found[0].attachments.length], [0, 0]);
    for (let i = 1; i < files.length; i++) {
      const before = numbers.slice(0, i).flat();
      const [{ name, data }] = found[i].attachments;
      assert.equal(name, 'state.jsonl');
      const events = Buffer.from(data)
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { topic: string; event: { n: number } });
      const last = [-1, ...before.slice(before.length - 7)];
      assert.deepEqual(
        events.map(({ topic, event }) => [topic, event.n]),
        last.map((n) => [n === -1 ? 'once' : `t${n % 7}`, n]),
      );
      assert.equal(files[i].stateTopics, 8);
    }
    const state = join(folder, 'state.jsonl');
    writeFileSync(state, found[1].attachments[0].data);
    const played = await runCli([
      '-s',
      'max',
      '--json',
      '--wait-setup',
      '0',
      '-u',
      'tcp://127.0.0.1:*',
      state,
    ]);
    assert.equal((JSON.parse(played.stdout) as { sent: number }).sent, 8, played.stderr);
    rmSync(state);
    assert.deepEqual(
      readdirSync(folder).sort(),
      files.map(({ path }) => path.slice(folder.length + 1)),
    );
  });
});
