/**
 * The handle of a replay, on real nights and a real socket. The nights are paused from the start: what is sent follows
 * from the orders alone.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Playback, type ReplayOptions, startReplay } from '../../src/index.js';
import { freePort } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { writeEvents } from '../support/stored-event.js';

const START_S = 1_521_854_100;
const TOPICS = ['a.fast', 'a.fast', 'a.fast', 'b.slow', 'a.fast', 'a.fast', 'c.rare'];
/** Seconds after the start at which events are due: one a second, but for a gap of ten minutes. */
const OFFSETS_S = Array.from({ length: 700 }, (_, i) => (i < 400 ? i : i + 600));
/** It only bounds how long a failure takes. */
const TIMEOUT = { timeout: 180_000 };
/** What goes on while events are searched for, and whatever reads far ahead. Threads take longer to start than all else here. */
const WITH_THREADS = { workers: 1 };

const folder = mkdtempSync(join(tmpdir(), 'tcs-playback-'));
const night = join(folder, 'night.db');
const nextNight = join(folder, 'next.db');

function write(path: string, epochS: number): void {
  writeEvents(
    path,
    OFFSETS_S.map((offsetS, i) => ({
      id: BigInt(i + 1),
      topic: topicOf(i),
      dataTime: epochS + offsetS,
      attributes: [
        { key: 'number', value: `${i}`, dataType: 'string' },
        { key: '__wire_time', value: `${epochS + offsetS}`, dataType: 'number' },
      ],
    })),
  );
}

function topicOf(i: number): string {
  return i === 123 ? 'd.once' : TOPICS[i % TOPICS.length];
}

interface Stage {
  readonly playback: Playback;
  /** The number of the next event that arrives. */
  next(): Promise<number>;
  /** Sends the next event, and takes it. */
  step(): Promise<number>;
}

async function staged(context: TestContext, options: ReplayOptions = {}): Promise<Stage> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  const playback = startReplay({
    databases: night,
    url,
    startPaused: true,
    waitSetupS: 0,
    waitSubscribers: 1,
    workers: 0,
    timing: 'eco',
    cacheFolder: join(folder, 'cache'),
    ...options,
  });
  context.after(async () => {
    playback.quit();
    await playback.outcome;
    receiver.close();
  });
  const next = async () => Number(eventOf(await receiver.next()).number);
  return {
    playback,
    next,
    step: async () => {
      const event = await playback.step();
      assert.notEqual(event, undefined);
      const number = await next();
      assert.equal(event?.topic, topicOf(number));
      return number;
    },
  };
}

describe('the handle of a replay', { concurrency: 4 }, () => {
  before(() => {
    write(night, START_S);
    write(nextNight, START_S + 86_400);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('steps event by event, and resumes where it stands', TIMEOUT, async (context) => {
    const { playback, next, step } = await staged(context, WITH_THREADS);
    for (let i = 0; i < 5; i++) assert.equal(await step(), i);
    assert.equal(playback.status().state, 'paused');
    assert.equal(playback.status().sent, 5);
    playback.changeSpeed('max');
    playback.resume();
    for (let i = 5; i < OFFSETS_S.length; i++) assert.equal(await next(), i);
    const outcome = await playback.outcome;
    assert.deepEqual([outcome.endedBy, outcome.sent, outcome.pauses.count], ['end', OFFSETS_S.length, 1]);
    assert.equal(playback.status().state, 'ended');
    assert.throws(() => playback.pause(), { code: 'NOT_PLAYING' });
    await assert.rejects(playback.seek('+1m'), { code: 'NOT_PLAYING' });
  });

  it("steps up to a topic's next event, and sends all on the way", TIMEOUT, async (context) => {
    const { playback, next } = await staged(context);
    const event = await playback.step('d.once');
    assert.deepEqual(event, { topic: 'd.once', dueS: START_S + 123 });
    for (let i = 0; i <= 123; i++) assert.equal(await next(), i);
    const before = playback.status().sent;
    await assert.rejects(playback.step('d.onse'), {
      code: 'BAD_OPTION',
      message: /event ahead, got "d\.onse"/,
    });
    await assert.rejects(playback.step('c.rar'), { message: /; did you mean c\.rare\?$/ });
    await assert.rejects(playback.step('d.once'), { code: 'BAD_OPTION' });
    for (const count of [0, -1, 0.5, 1e7, Number.NaN])
      await assert.rejects(playback.step(count), { code: 'BAD_OPTION' });
    assert.deepEqual([playback.status().sent, playback.status().state], [before, 'paused']);
    assert.equal((await playback.step(20))?.dueS, START_S + 143);
    assert.equal(playback.status().sent, before + 20);
    assert.equal((await playback.step('c.*'))?.topic, 'c.rare');
    assert.equal((await playback.step('?.fast'))?.topic, 'a.fast');
  });

  for (const sortBy of ['none', '__wire_time'] as const) {
    it(`goes to times, back and forth: -S ${sortBy}`, TIMEOUT, async (context) => {
      const { playback, step } = await staged(context, { sortBy });
      assert.equal(await playback.seek('+100s'), START_S + 100);
      assert.equal(playback.status().positionS, START_S + 100);
      assert.equal(await step(), 100);
      assert.equal(await step(), 101);
      assert.equal(await playback.seek(START_S + 5.5), START_S + 5.5);
      assert.equal(await step(), 6);
      assert.equal(await playback.seek('2018-03-24T01:16:00Z'), START_S + 60);
      assert.equal(await step(), 60);
      assert.equal(await playback.seekBy(-10.5), START_S + 49.5);
      assert.equal(await step(), 50);
      assert.equal(await playback.seekBy(30), START_S + 80);
      assert.equal(await step(), 80);
      assert.equal(await playback.seek('-0.5s'), START_S + 1298.5);
      assert.equal(await step(), 699);
      assert.equal(await playback.seek(0), START_S, 'times before the first event count as its time');
      assert.equal(await step(), 0);
      await playback.seek('+9h');
      assert.equal(await playback.step(), undefined);
      assert.equal(await playback.seek('+3s'), START_S + 3);
      assert.equal(await step(), 3);
      for (const to of ['tomorrow', '', Number.NaN])
        await assert.rejects(playback.seek(to), { code: 'BAD_OPTION' });
      assert.equal(await step(), 4);
    });
  }

  it('tells the state of all topics at a jump', TIMEOUT, async (context) => {
    const { playback, next, step } = await staged(context, { prime: true });
    await playback.seek('+200s');
    const primed = [await next(), await next(), await next(), await next()];
    assert.deepEqual(primed, [123, 195, 198, 199]);
    assert.equal(await step(), 200);
    playback.quit();
    const { primed: count, sent, seeks, endedBy } = await playback.outcome;
    assert.deepEqual([count, sent, seeks, endedBy], [4, 1, 1, 'quit']);
  });

  it('goes to the next event of a topic, and past it', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context, { databases: [night, nextNight] });
    assert.equal(await playback.nextEvent('c.rare'), START_S + 6);
    assert.equal(await step(), 6);
    assert.equal(await playback.nextEvent('c.*'), START_S + 13);
    assert.equal(await playback.nextEvent('c.rare'), START_S + 20);
    assert.equal(await step(), 20);
    assert.equal(await playback.nextEvent('d.?nce'), START_S + 123);
    assert.equal(await playback.nextEvent('d.once'), START_S + 86_400 + 123);
    assert.equal(await step(), 123);
    assert.equal(await playback.nextEvent('d.once'), undefined);
    assert.equal(await step(), 124);
  });

  it('goes to no event of a topic that is not sent', TIMEOUT, async (context) => {
    const chosen = await staged(context, { topics: ['a.*', 'b.slow'], exclude: ['b.*'] });
    assert.equal(await chosen.playback.nextEvent('c.rare'), undefined);
    assert.equal(await chosen.playback.nextEvent('b.slow'), undefined);
    assert.equal(await chosen.playback.nextEvent('*'), START_S);
    const expressed = await staged(context, { topicsRegex: '^c' });
    assert.equal(await expressed.playback.nextEvent('*'), START_S + 6);
  });

  it('goes to the end of the next silence', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context, { ...WITH_THREADS, databases: [night, nextNight] });
    assert.equal(await playback.nextGap(), START_S + 1000);
    assert.equal(await step(), 400);
    assert.equal(await playback.nextGap(), START_S + 86_400);
    assert.equal(await step(), 0);
    assert.equal(await playback.nextGap(3600), undefined);
    assert.equal(await playback.nextGap(30), START_S + 87_400);
    assert.equal(await playback.nextGap(), undefined);
    await assert.rejects(playback.nextGap(0), { code: 'BAD_OPTION' });
  });

  it('ends a search ahead at the next command, and tells what it searches for', TIMEOUT, async (context) => {
    const { playback } = await staged(context, WITH_THREADS);
    const searches = [() => playback.nextEvent('d.*'), () => playback.nextGap(), () => playback.step('d.*')];
    const commands = [
      () => playback.pause(),
      () => playback.step(),
      () => playback.seekBy(0),
      () => playback.nextEvent('c.rare'),
    ];
    for (const search of searches) {
      for (const command of commands) {
        await playback.seek('+0s');
        const searching = search();
        assert.match(playback.status().search?.what ?? '', /^(d\.\*|a silence)$/);
        const ended = assert.rejects(searching, {
          code: 'GIVEN_UP',
          message: /^Stopped searching for (d\.\*|a silence): another command came meanwhile$/,
        });
        await Promise.all([command(), ended]);
        assert.equal(playback.status().search, undefined);
      }
    }
    const searching = playback.nextEvent('d.*');
    playback.quit();
    await assert.rejects(searching, { code: 'NOT_PLAYING' });
  });

  it('knows the time left where silences are cut, and the share of it', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context, {
      ...WITH_THREADS,
      databases: [night, nextNight],
      maxGapS: 60,
    });
    const leftS = async () => {
      while (Number.isNaN(playback.status().leftS)) await delay(5);
      return playback.status().leftS;
    };
    // Each night is 399 s, a gap of 601 s, and 299 s; between the nights there is one of almost a day.
    const nightS = 399 + 60 + 299;
    await step();
    assert.equal(await leftS(), nightS + 60 + nightS);
    await playback.seek('+399s');
    await step();
    assert.equal(await leftS(), nightS + 60 + nightS - 399);
    await playback.seek('+999s');
    assert.equal(await leftS(), 1 + 299 + 60 + nightS);
    await playback.seek('-299s');
    assert.equal(await leftS(), 299);
    assert.ok(Math.abs(playback.status().share - (1 - 299 / (2 * nightS + 60))) < 1e-9);
  });

  it('counts the share by recorded time, whatever is read of other topics', TIMEOUT, async (context) => {
    const { playback } = await staged(context, { topics: ['c.rare'] });
    await playback.step();
    assert.ok(Math.abs(playback.status().share - 6 / 1299) < 1e-9);
  });

  it('stays within what was selected', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context, { start: '+50s', end: '+60s' });
    await playback.seek('+10s');
    assert.equal(await step(), 50);
    await playback.seek('+59s');
    assert.equal(await step(), 59);
    assert.equal(await playback.step(), undefined);
    await playback.seek('+55s');
    assert.equal(await step(), 55);
  });

  it('takes orders while the databases are being opened', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context);
    assert.equal(playback.status().state, 'opening');
    assert.equal(await playback.seek('+10s'), START_S + 10);
    assert.equal(await step(), 10);
  });

  it('has no times to go to without a database', TIMEOUT, async (context) => {
    const { playback } = await staged(context, { databases: [] });
    await assert.rejects(playback.seek(0), { code: 'NOT_PLAYING' });
    playback.quit();
    assert.equal((await playback.outcome).endedBy, 'quit');
  });
});
