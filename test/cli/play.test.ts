import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { LARGE_EVENTS, writeLargeNight } from '../support/large-unindexed-night.js';
import { NIGHT_TOPICS, type PlainEvent, writeTopicsNight } from '../support/odd-night.js';
import {
  endAll,
  findPython,
  freePort,
  RunningProgram,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { eventOf, type Message, Receiver } from '../support/receiver.js';
import { zeroEventPage } from '../support/zero-event-page.js';

const RUNS_AT_ONCE = 2;
const EVENTS = 200;
const INTERVAL_S = 0.001;
const LONG_EVENTS = 4000;
const LARGEST_ROUNDING_S = 2e-6;

const folder = mkdtempSync(join(tmpdir(), 'tcs-play-'));
const night = join(folder, 'night.db');
const longNight = join(folder, 'long.db');
const FLAT_OUT = ['-s', 'max'];
/** Options of a replay that begins when its subscriber is there. Threads take longer to start than to decode a night here. */
const AWAITED = ['--workers', '0', '--wait-setup', '0', '--wait-subscribers', '1'];
/** What passes events on to other machines: libzmq's own proxy, in Python. */
const PROXY = `
import sys, zmq
context = zmq.Context()
front, back = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
front.bind(sys.argv[1])
back.bind(sys.argv[2])
print('ready', flush=True)
zmq.proxy(front, back)
`;

describe('playing', { concurrency: RUNS_AT_ONCE }, () => {
  let events: PlainEvent[] = [];

  before(() => {
    events = writeTopicsNight(night, { events: EVENTS, intervalSeconds: INTERVAL_S });
    writeTopicsNight(longNight, { events: LONG_EVENTS });
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('sends every event in order, under its topic', async () => {
    const { messages, outcome } = await play([night, ...FLAT_OUT], EVENTS);
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      events.map(({ topic }) => topic),
    );
    assertSequence(messages, 0);
    assert.equal(outcome.sent, EVENTS);
    const bytes = messages.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0);
    assert.equal(outcome.bytes, bytes);
  });

  it('stops at the limit', async () => {
    const { messages, outcome } = await play([night, ...FLAT_OUT, '--limit', '7'], 7);
    assertSequence(messages, 0);
    assert.deepEqual([outcome.endedBy, outcome.sent], ['limit', 7]);
  });

  it('sends the topics asked for by name or pattern, and counts the others', async () => {
    const wanted = ['tcs', 'lrs2.*', 'tcs.?ome.*'];
    const topics = ['tcs', 'lrs2.hardware.status', 'lrs2.exposure.start', 'tcs.dome.azimuth'];
    const count = (EVENTS * topics.length) / NIGHT_TOPICS.length;
    const { messages, outcome } = await play([night, ...FLAT_OUT, '-t', ...wanted], count);
    assert.deepEqual(new Set(messages.map(({ topic }) => topic)), new Set(topics));
    assert.deepEqual([outcome.sent, outcome.filtered], [count, EVENTS - count]);
  });

  it('counts the events of other topics up to the limit', async () => {
    const { outcome } = await play([night, ...FLAT_OUT, '-t', NIGHT_TOPICS[3], '--limit', '2'], 2);
    assert.equal(outcome.filtered, NIGHT_TOPICS.length + 3 - 1);
  });

  it('serves forever, each pass in time from its own start, until it is interrupted', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const program = startCli([night, '-u', url, '--serve-forever', '--json', ...AWAITED]);
    const messages = await receiver.take(3 * EVENTS);
    program.kill('SIGINT');
    const { code, stdout, stderr } = await program.outcome;
    receiver.close();
    assert.deepEqual({ code, stderr }, { code: 130, stderr: '' });
    const { endedBy, passes, sent } = JSON.parse(stdout) as ReplayOutcome;
    assert.equal(endedBy, 'abort');
    assert(passes >= 3 && sent >= 3 * EVENTS, stdout);

    const passesSeen = [0, 1, 2].map((pass) => messages.slice(pass * EVENTS, (pass + 1) * EVENTS));
    let endOfLast = 0;
    for (const pass of passesSeen) {
      assertSequence(pass, 0);
      const times = pass.map(wireTimeOf);
      assert(times[0] >= endOfLast, 'a pass begins after the one before has ended');
      assertDistances(times, events);
      endOfLast = times[EVENTS - 1];
    }
  });

  it('binds to several addresses, and sends everything to each', async () => {
    const urls = [await freeUrl(), await freeUrl()];
    const receivers = urls.map((url) => Receiver.connected(url));
    const args = [night, ...FLAT_OUT, ...AWAITED.slice(0, -1), '2', ...urls.flatMap((url) => ['-u', url])];
    const program = startCli(args);
    for (const receiver of receivers) assertSequence(await receiver.take(EVENTS), 0);
    const { code } = await program.outcome;
    assert.equal(code, 0);
    for (const receiver of receivers) receiver.close();
  });

  it('connects to a subscriber that is bound', async () => {
    const url = await freeUrl();
    const receiver = await Receiver.bound(url);
    const program = startCli([night, ...FLAT_OUT, '--connect', url, ...AWAITED]);
    assertSequence(await receiver.take(EVENTS), 0);
    const { code } = await program.outcome;
    assert.equal(code, 0);
    receiver.close();
  });

  it("reaches subscribers through a proxy's XSUB", { skip: skipWithoutPython() }, async () => {
    const [toProxy, fromProxy] = [await freeUrl(), await freeUrl()];
    const proxy = new RunningProgram(findPython() as string, ['-c', PROXY, toProxy, fromProxy]);
    await proxy.waitForOutput(/^ready$/m);
    const receiver = Receiver.connected(fromProxy);
    const program = startCli([night, ...FLAT_OUT, ...AWAITED, '--connect', toProxy]);
    assertSequence(await receiver.take(EVENTS), 0);
    assert.equal((await program.outcome).code, 0);
    receiver.close();
    await proxy.end();
  });

  it('leaves times as they were recorded', async () => {
    const { messages } = await play([night, '--times', 'original'], EVENTS);
    assert.deepEqual(
      messages.map((message) => eventOf(message).__wire_time),
      events.map(({ wireTimeS }) => wireTimeS.toFixed(6)),
    );
  });

  it('writes the times of the send', async () => {
    const startedS = Date.now() / 1000;
    const { messages } = await play([night, '--times', 'now', '-s', '10'], EVENTS);
    const times = messages.map(wireTimeOf);
    assert(times.every((timeS, i) => timeS > startedS && timeS >= (times[i - 1] ?? 0)));
    assert(times[EVENTS - 1] < Date.now() / 1000 + 0.01);
  });

  it('moves times to the present, as fast as it plays', async () => {
    const { messages } = await play([night, '-s', '2'], EVENTS);
    assertDistances(messages.map(wireTimeOf), events, 2);
  });

  it('sends MessagePack, which "listen" understands', async () => {
    const url = await freeUrl();
    const count = ['--count', String(EVENTS)];
    const listener = startCli(['listen', url, '--format', 'msgpack', '--json', ...count]);
    const program = startCli([
      night,
      ...FLAT_OUT,
      ...AWAITED,
      '-u',
      url,
      '--format',
      'msgpack',
      '--convert-number',
    ]);
    const { code, stdout } = await listener.outcome;
    assert.equal(code, 0);
    const received = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      received.map(({ topic, event }) => [topic, event.seq, event.name]),
      events.map(({ topic }, i) => [topic, i, 'telescope']),
    );
    assert.equal((await program.outcome).code, 0);
  });

  for (const args of [
    ['--workers', '1'],
    ['--workers', '0', '--batch-events', '7'],
    ['--workers', '3', '--read-ahead', '1MiB'],
    ['--read-ahead', '1', '-S', '__wire_time'],
  ]) {
    it(`sends the same in the same order: ${args.join(' ')}`, async () => {
      const { messages } = await play([longNight, ...FLAT_OUT, ...args], LONG_EVENTS);
      assertSequence(messages, 0);
    });
  }

  it('sends mock events where no database is given', async () => {
    const { messages, outcome } = await play(['--sleep', '0.05', '--limit', '5'], 5);
    assert.deepEqual([outcome.endedBy, outcome.sent], ['limit', 5]);
    for (const message of messages) {
      assert.equal(message.topic, 'lrs2.hardware.status');
      const { __wire_time, __data_time, ...rest } = eventOf(message);
      assert.equal(__wire_time, __data_time);
      assert.deepEqual(rest, { __system: 'lrs2', __source: 'hardware', __key: 'status', __data: 'true' });
    }
    const times = messages.map(wireTimeOf);
    const distances = times.slice(1).map((timeS, i) => Number((timeS - times[i]).toFixed(4)));
    assert.deepEqual(distances, [0.05, 0.05, 0.05, 0.05]);
  });

  it('plays several databases on one time line', async () => {
    const second = join(folder, 'second.db');
    const secondEvents = shifted(
      writeTopicsNight(second, { events: EVENTS, intervalSeconds: INTERVAL_S }),
      0.5,
    );
    shiftTimes(second, 0.5);
    const { messages, outcome } = await play([night, second], 2 * EVENTS);
    assert.equal(outcome.passes, 1);
    assertSequence(messages.slice(0, EVENTS), 0);
    assertSequence(messages.slice(EVENTS), 0);
    assertDistances(messages.map(wireTimeOf), [...events, ...secondEvents]);
  });

  it('plays what can be read of a damaged database, tells what cannot be, and exits with 3', async () => {
    const home = join(folder, 'damaged');
    mkdirSync(home);
    const path = join(home, 'night.db');
    const long = 3000;
    writeTopicsNight(path, { events: long });
    zeroEventPage(path);
    const before = stateOf(home);
    const unheard = [...FLAT_OUT, '--wait-setup', '0', '--json'];

    const { code, stdout } = await runCli([path, ...unheard, '-u', await freeUrl()]);
    const { sent, damage } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual([code, damage.stretches], [3, 1]);
    const [{ path: where, table, firstRow, lastRow, reason }] = damage.places;
    assert.deepEqual([where, table, reason], [path, 'event', 'unreadable rows']);
    // Row ids of this night have gaps: nobody can tell how many events were in between.
    const rows = Number(lastRow) - Number(firstRow) + 1;
    assert.equal(damage.mostFurtherEvents, rows);
    assert(long - sent > 0 && long - sent <= rows, `${long - sent} of ${rows}`);
    assert.deepEqual(stateOf(home), before);

    // In a folder, another night plays although this one cannot be opened at all.
    writeTopicsNight(join(home, 'other.db'), { events: EVENTS });
    writeFileSync(path, readFileSync(path).subarray(0, 50));
    const outcome = await runCli([home, ...unheard, '-u', await freeUrl()]);
    const played = JSON.parse(outcome.stdout) as ReplayOutcome;
    assert.deepEqual([outcome.code, played.sent, played.unreadable[0].path], [3, EVENTS, path]);
    assert.match(outcome.stderr, /night\.db/);
  });

  it('tells of events that it sent before it was known that they lack attributes', async () => {
    const home = join(folder, 'unindexed');
    mkdirSync(home);
    const path = join(home, 'night.db');
    writeLargeNight(path, { lateRow: { of: 1, before: 9440 } });
    const args = [
      path,
      ...FLAT_OUT,
      '--workers',
      '1',
      '--wait-setup',
      '0',
      '--json',
      '--cache',
      join(home, 'cache'),
    ];

    const { code, stdout, stderr } = await runCli([...args, '-u', await freeUrl()]);
    const { sent, damage } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual([code, sent, damage.lostEvents], [3, LARGE_EVENTS, 0]);
    assert.deepEqual(
      damage.places.map(({ table, firstRow, lastRow, reason }) => [table, firstRow, lastRow, reason]),
      [['event', '1', '1', 'doubtful event']],
    );
    assert.match(stderr, /has no index, .* 1 were sent without some of their attributes/);

    const again = await runCli([...args, '-u', await freeUrl()]);
    assert.deepEqual([again.code, (JSON.parse(again.stdout) as ReplayOutcome).sent], [0, LARGE_EVENTS]);
  });

  it('leaves no trace beside the databases, nor among temporary files', async () => {
    const [home, temporary] = [join(folder, 'home'), join(folder, 'temporary')];
    for (const path of [home, temporary]) mkdirSync(path);
    const names = ['plain.db', 'wal.db', 'without-index.db'];
    for (const name of names) writeTopicsNight(join(home, name), { events: EVENTS });
    change(join(home, 'wal.db'), 'PRAGMA journal_mode = WAL; DELETE FROM event WHERE event_id < 0');
    change(join(home, 'without-index.db'), 'DROP INDEX attribute_event_id');
    const before = stateOf(home);
    const paths = names.map((name) => join(home, name));
    await play([...paths, ...FLAT_OUT], names.length * EVENTS, { TMPDIR: temporary });
    assert.deepEqual(stateOf(home), before);
    assert.deepEqual(readdirSync(temporary), []);
  });
});

/** Plays to a subscriber until `count` messages have come. */
async function play(
  args: readonly string[],
  count: number,
  env?: Record<string, string>,
): Promise<{ messages: Message[]; outcome: ReplayOutcome }> {
  const url = await freeUrl();
  const receiver = Receiver.connected(url);
  // What the case is about may be its threads: its own arguments come last.
  const played = runCli([...AWAITED, '--json', '-u', url, ...args], { env });
  try {
    const [messages, { code, stdout, stderr }] = await Promise.all([receiver.take(count), played]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return { messages, outcome: JSON.parse(stdout) as ReplayOutcome };
  } finally {
    receiver.close();
  }
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

function wireTimeOf(message: Message): number {
  const { __wire_time: time } = eventOf(message);
  assert(typeof time === 'number', String(time));
  return time;
}

function assertSequence(messages: readonly Message[], first: number): void {
  for (const [i, message] of messages.entries()) assert.equal(Number(eventOf(message).seq), first + i);
}

/** Asserts that times lie as far from each other as those recorded. */
function assertDistances(times: readonly number[], recorded: readonly PlainEvent[], speedup = 1): void {
  assert.equal(times.length, recorded.length);
  for (const [i, timeS] of times.entries()) {
    const dueS = (recorded[i].wireTimeS - recorded[0].wireTimeS) / speedup;
    assert(Math.abs(timeS - times[0] - dueS) <= LARGEST_ROUNDING_S, `${i}: ${timeS - times[0]}, not ${dueS}`);
  }
}

function shifted(events: readonly PlainEvent[], byS: number): PlainEvent[] {
  return events.map(({ topic, wireTimeS }) => ({ topic, wireTimeS: wireTimeS + byS }));
}

function shiftTimes(path: string, byS: number): void {
  change(
    path,
    `UPDATE attribute SET value = printf('%.6f', CAST(value AS REAL) + ${byS}) WHERE key IN ('__wire_time', '__data_time')`,
  );
}

function change(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** The files of a folder, with the checksum of what is in each. */
function stateOf(path: string): [name: string, checksum: string][] {
  return readdirSync(path).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(path, name)))
      .digest('hex'),
  ]);
}
