import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { type ReplayOptions, type ReplayProgress, replay } from '../../src/index.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, RunningProgram } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';

const RUNS_AT_ONCE = 4;
const EVENTS = 400;
/** Without an answer until then, it hangs. */
const TIMEOUT = { timeout: 60_000 };
/** Several batches, so that most of them are not read yet when the first events are sent. */
const LONG_EVENTS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-test-'));
const night = join(folder, 'night.db');
const gapNight = join(folder, 'gap.db');
const longNight = join(folder, 'long.db');
const temporary = join(folder, 'temporary');
process.env.TMPDIR = temporary;

const NO_DAMAGE = { stretches: 0, lostEvents: 0, mostFurtherEvents: 0, places: [] };

describe('replay()', { concurrency: RUNS_AT_ONCE }, () => {
  before(() => {
    mkdirSync(temporary);
    writeTopicsNight(night, { events: EVENTS });
    writeTopicsNight(gapNight, { events: 2, intervalSeconds: 3600 });
    writeTopicsNight(longNight, { events: LONG_EVENTS });
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('resolves to what it did', async (context) => {
    const { received, outcome } = await played(context, { databases: night, speedup: 4, workers: 1 }, EVENTS);
    const { bytes, durationS, eventsPerS, bytesPerS, lateness, stalls, warnings, addresses, ...more } =
      outcome;
    // On a machine that is held up for seconds, there is a drift.
    const { driftPpm, ...rest } = more;
    assert.ok(durationS > 3 || driftPpm === undefined, `drift: ${driftPpm}`);
    assert.match(addresses[0], /^tcp:/);
    assert.deepEqual(rest, {
      endedBy: 'end',
      relay: undefined,
      routes: [],
      subscribers: { atStart: 1, most: 1 },
      sent: EVENTS,
      filtered: 0,
      primed: 0,
      dropped: 0,
      shifts: { count: 0, totalS: 0 },
      onFull: 'drop',
      blocked: { count: 0, totalS: 0, longestS: 0, by: [] },
      undelivered: { subscribers: 0, mostEvents: 0 },
      seeks: 0,
      pauses: { count: 0, totalS: 0 },
      latenessByTopic: undefined,
      failed: [],
      passed: [],
      selected: undefined,
      unmatchedTopics: [],
      gaps: { count: 0, leftOutS: 0 },
      disorder: { count: 0, mostS: 0, strays: 0, stepsBack: 0 },
      writeFailures: [],
      changes: [],
      damage: NO_DAMAGE,
      unreadable: [],
      recordedFromS: 1_700_000_000,
      recordedToS: 1_700_000_000 + (EVENTS - 1) / 1000,
      passes: 1,
    });
    assert.equal(
      bytes,
      received.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0),
    );
    assert(durationS >= (EVENTS - 1) / 1000 / 4 - 1e-6, `durationS: ${durationS}`);
    assert.deepEqual([eventsPerS, bytesPerS], [EVENTS / durationS, bytes / durationS]);
    assert.deepEqual(Object.keys(lateness ?? {}), [
      'p50Us',
      'p90Us',
      'p99Us',
      'p999Us',
      'p9999Us',
      'maxUs',
      'meanUs',
    ]);
    assert.deepEqual(Object.keys(stalls), ['readAhead', 'eventLoop', 'send', 'longest']);
    assert(Object.values(warnings).every((count) => count === 0));
  });

  it('has no lateness, and the topics it left out, flat out', async (context) => {
    const options = { databases: [night], speedup: Number.POSITIVE_INFINITY, topics: ['lrs2.*'] };
    const { outcome } = await played(context, options, EVENTS / 5);
    assert.equal(outcome.lateness, undefined);
    assert.deepEqual([outcome.sent, outcome.filtered], [EVENTS / 5, (EVENTS * 4) / 5]);
  });

  it('has no rate where only one event was sent', async (context) => {
    const { outcome } = await played(context, { databases: night, limit: 1 }, 1);
    const { endedBy, sent, durationS, eventsPerS, bytesPerS } = outcome;
    assert.deepEqual(
      { endedBy, sent, durationS, eventsPerS, bytesPerS },
      { endedBy: 'limit', sent: 1, durationS: 0, eventsPerS: 0, bytesPerS: 0 },
    );
  });

  it('ends where there is nothing to serve forever', TIMEOUT, async () => {
    const options = { databases: night, topics: ['none'], serveForever: true, speedup: 'max' } as const;
    const { endedBy, sent, filtered } = await replay({ ...options, ...(await unheard()) });
    assert.deepEqual({ endedBy, sent, filtered }, { endedBy: 'end', sent: 0, filtered: EVENTS });
  });

  it('counts over the passes, and stops at a limit in a later one', async (context) => {
    const limit = 2 * EVENTS + 3;
    const options = { databases: night, speedup: 'max', serveForever: true, limit } as const;
    const { received, outcome } = await played(context, options, limit);
    assert.deepEqual([outcome.endedBy, outcome.sent, outcome.passes], ['limit', limit, 3]);
    assert.deepEqual(
      received.map((message) => Number(eventOf(message).seq)),
      received.map((_, i) => i % EVENTS),
    );
  });

  it('sends nothing where its signal is aborted already', TIMEOUT, async () => {
    for (const speedup of [1, 'max'] as const) {
      const options = { databases: night, speedup, ...(await unheard()), waitSetupS: 3600 };
      const { endedBy, sent } = await replay({ ...options, signal: AbortSignal.abort() });
      assert.deepEqual({ endedBy, sent }, { endedBy: 'abort', sent: 0 });
    }
  });

  it('ends at once when its signal is aborted while it waits for subscribers', TIMEOUT, async () => {
    const options = { databases: night, ...(await unheard()), waitSetupS: 3600 };
    const { endedBy, sent } = await replay({ ...options, signal: AbortSignal.timeout(300) });
    assert.deepEqual({ endedBy, sent }, { endedBy: 'abort', sent: 0 });
  });

  it('ends at once when its signal is aborted in a long gap', TIMEOUT, async () => {
    const controller = new AbortController();
    const progress: ReplayProgress[] = [];
    const { endedBy, sent } = await replay({
      databases: gapNight,
      ...(await unheard()),
      signal: controller.signal,
      onProgress: (now) => {
        progress.push(now);
        if (now.sent === 1 && now.nextInS > 0) controller.abort();
      },
    });
    assert.deepEqual({ endedBy, sent }, { endedBy: 'abort', sent: 1 });
    const nextInS = progress.find((now) => now.nextInS > 0)?.nextInS ?? 0;
    assert(nextInS > 3500 && nextInS <= 3600, `nextInS: ${nextInS}`);
  });

  it('ends at once when its signal is aborted between mock events', TIMEOUT, async () => {
    const controller = new AbortController();
    const onProgress = ({ sent }: ReplayProgress) => sent === 1 && controller.abort();
    const { endedBy, sent } = await replay({
      ...(await unheard()),
      sleepS: 3600,
      signal: controller.signal,
      onProgress,
    });
    assert.deepEqual({ endedBy, sent }, { endedBy: 'abort', sent: 1 });
  });

  it('says where it stands, and at last that all is done', async () => {
    const progress: ReplayProgress[] = [];
    const onProgress = (now: ReplayProgress) => progress.push(now);
    const outcome = await replay({ databases: night, ...(await unheard()), onProgress });
    assert(progress.length >= 2, `calls: ${progress.length}`);
    const rising = (key: 'sent' | 'bytes' | 'elapsedS' | 'share' | 'positionS') => {
      const values = progress.map((now) => now[key]).filter((value) => !Number.isNaN(value));
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
        key,
      );
    };
    for (const key of ['sent', 'bytes', 'elapsedS', 'share', 'positionS'] as const) rising(key);
    const last = progress.at(-1);
    assert.deepEqual([last?.sent, last?.bytes, last?.share, last?.pass], [EVENTS, outcome.bytes, 1, 1]);
    assert.equal(last?.positionS, 1_700_000_000 + (EVENTS - 1) / 1000);
  });

  for (const [what, options, code] of [
    ['an unknown order', { sortBy: 'time' }, 'BAD_OPTION'],
    ['a speed below 0', { speedup: -1 }, 'BAD_OPTION'],
    ['a wait below 0', { waitSetupS: -1 }, 'BAD_OPTION'],
    ['a limit of 0', { limit: 0 }, 'BAD_OPTION'],
    ['no room to read ahead', { readAheadBytes: 0 }, 'BAD_OPTION'],
    ['a file that is not there', { databases: join(folder, 'none.db') }, 'NO_SUCH_FILE'],
    ['a second file that is not there', { databases: [night, join(folder, 'none.db')] }, 'NO_SUCH_FILE'],
    ['a file of another kind', { databases: import.meta.filename }, 'NOT_A_DATABASE'],
    ['an address that is none', { url: 'nowhere' }, 'BAD_ADDRESS'],
    ['an address to connect to that is none', { connect: 'nowhere' }, 'BAD_ADDRESS'],
    ['an address twice', { url: ['tcp://127.0.0.1:5999', 'tcp://127.0.0.1:5999'] }, 'ADDRESS_IN_USE'],
  ] as [string, ReplayOptions, string][]) {
    it(`refuses ${what}`, TIMEOUT, async () => {
      const replayed = replay({ databases: night, waitSetupS: 0, limit: 1, ...options });
      await assert.rejects(replayed, { name: 'TcsReplayError', code });
    });
  }

  for (const [what, ruin] of [
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['overwritten', (path: string) => writeFileSync(path, Buffer.alloc(statSync(path).size, 0xa5))],
  ] as const) {
    it(`fails when its database is ${what} while it plays`, TIMEOUT, async () => {
      const path = join(folder, `${what}.db`);
      copyFileSync(longNight, path);
      let isRuined = false;
      const replayed = replay({
        databases: path,
        ...(await unheard()),
        speedup: 2,
        readAheadBytes: 1,
        onProgress: ({ sent }) => {
          if (sent > 0 && !isRuined) ruin(path);
          isRuined = sent > 0;
        },
      });
      await assert.rejects(replayed, { name: 'TcsReplayError', code: 'READ_FAILED' });
    });
  }

  it('plays on with what is left when its database is truncated while it plays', TIMEOUT, async () => {
    const path = join(folder, 'truncated.db');
    copyFileSync(longNight, path);
    const { endedBy, sent } = await replay({
      databases: path,
      ...(await unheard()),
      speedup: 2,
      readAheadBytes: 1,
      onProgress: ({ sent }) => sent > 0 && truncateSync(path, 4096),
    });
    assert.equal(endedBy, 'end');
    assert(sent > 0 && sent < LONG_EVENTS, String(sent));
  });

  // One process does all of these: nothing of any of them may keep it alive.
  it('lets a process end that has played, was stopped, has failed, and has closed what it had opened', async () => {
    const library = new URL('../../src/index.js', import.meta.url).href;
    const options = JSON.stringify(await unheard());
    const program = `import { listen, replay, TCSDBReplay, ZMQServer } from '${library}';
      const options = ${options};
      await replay({ databases: ${JSON.stringify(night)}, ...options, speedup: 'max' });
      await replay({ ...options, signal: AbortSignal.timeout(200) });
      await replay({ databases: 'none.db', ...options }).catch(() => console.log('failed'));
      const events = new TCSDBReplay(${JSON.stringify(night)}, { speedup: 'max' });
      for await (const event of events) break;
      await events.close();
      for await (const _ of listen({ url: options.url, signal: AbortSignal.timeout(200) }));
      const server = await ZMQServer.open(options.url);
      server.close();
      console.log('done');`;
    const run = new RunningProgram(process.execPath, ['--input-type=module', '-e', program]);
    const { code, signal, stdout, stderr } = await run.outcome;
    assert.deepEqual(
      { code, signal, stdout, stderr },
      { code: 0, signal: null, stdout: 'failed\ndone\n', stderr: '' },
    );
  });

  describe('of a database without an index, for which it makes one', { concurrency: 1 }, () => {
    const path = join(folder, 'without-index.db');

    before(() => {
      copyFileSync(longNight, path);
      const db = new Database(path);
      db.exec("DROP INDEX attribute_event_id; INSERT INTO attribute VALUES (1, 'late', '1', 'string')");
      db.close();
    });

    it('leaves nothing among temporary files, however it ends', TIMEOUT, async () => {
      const options = { databases: path, ...(await unheard()), speedup: 'max' } as const;
      await replay(options);
      await replay({ ...options, limit: 1 });
      await replay({ ...options, signal: AbortSignal.abort() });
      await assert.rejects(replay({ ...options, url: 'nowhere' }));
      await assert.rejects(replay({ ...options, databases: [path, join(folder, 'none.db')] }));
      assert.deepEqual(readdirSync(temporary), []);
    });

    it('leaves nothing half made when its signal is aborted meanwhile', TIMEOUT, async () => {
      const cache = join(folder, 'cache', 'tcs-replay');
      mkdirSync(cache, { recursive: true });
      const { XDG_CACHE_HOME } = process.env;
      process.env.XDG_CACHE_HOME = join(folder, 'cache');
      const controller = new AbortController();
      const watcher = watch(cache, () => controller.abort());
      try {
        const options = { databases: path, ...(await unheard()), signal: controller.signal };
        const { endedBy } = await replay(options);
        assert.equal(endedBy, 'abort');
      } finally {
        watcher.close();
        process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
      }
      assert.deepEqual(
        readdirSync(cache).filter((name) => name.startsWith('making-')),
        [],
      );
      assert.deepEqual(readdirSync(temporary), []);
    });
  });
});

/** Options of a replay that nobody listens to. */
async function unheard(): Promise<{ url: string; waitSetupS: number; workers: number }> {
  return { url: `tcp://127.0.0.1:${await freePort()}`, waitSetupS: 0, workers: 0 };
}

/** Plays to a subscriber. */
async function played(context: TestContext, options: ReplayOptions, count: number) {
  const quiet = await unheard();
  const receiver = Receiver.connected(quiet.url);
  context.after(() => receiver.close());
  // A thread takes longer to start than to decode this.
  const outcome = await replay({ ...quiet, ...options, waitSubscribers: 1 });
  return { outcome, received: await receiver.take(count) };
}
