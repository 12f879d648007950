/**
 * A source that is no database goes through the whole pipeline: played, merged with a database, selected, sought and
 * primed, over a real socket.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Tally } from '../../src/measure/tally.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { Pacer } from '../../src/pacing/pacer.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { Playback } from '../../src/playback/playback.js';
import { Player } from '../../src/playback/player.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { systemClock } from '../../src/shared/clock.js';
import { openSources } from '../../src/sources/open-sources.js';
import { inOrderOfTime } from '../../src/sources/source.js';
import { Archive } from '../../src/timeline/archive.js';
import { Publisher } from '../../src/zmq/publisher.js';
import { type ArrayEvent, ArraySource } from '../support/array-source.js';
import { freePort } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { writeEvents } from '../support/stored-event.js';

const START_S = 1_521_854_100;
const TIMEOUT = { timeout: 60_000 };
/** Due times in seconds after the start: events of the two sources alternate, with one gap for both. */
const IN_DATABASE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1009, 1010];
const IN_ARRAY = IN_DATABASE.map((offsetS) => offsetS + 0.5);
/** The order of play. */
const ALL = [...IN_DATABASE, ...IN_ARRAY].sort((a, b) => a - b);

const EVENTS: ArrayEvent[] = IN_ARRAY.map((offsetS) => ({
  topic: offsetS === 7.5 ? 'array.rare' : 'array.event',
  timeS: START_S + offsetS,
  payload: JSON.stringify({ offset: String(offsetS) }),
}));

interface Stage {
  readonly archive: Archive;
  readonly playback: Playback;
  /** What the next `count` messages say: their offsets from the start, in seconds. */
  take(count: number): Promise<number[]>;
  /** Sends the next event, and takes it. */
  step(): Promise<number>;
}

describe('a source of another kind', { concurrency: 4 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-second-source-'));
  const night = join(folder, 'night.db');

  before(() =>
    writeEvents(
      night,
      IN_DATABASE.map((offsetS, i) => ({
        id: BigInt(i + 1),
        topic: 'database.event',
        dataTime: START_S + offsetS,
        attributes: [
          { key: 'offset', value: String(offsetS), dataType: 'string' },
          { key: '__wire_time', value: String(START_S + offsetS), dataType: 'number' },
        ],
      })),
    ),
  );

  after(() => rmSync(folder, { recursive: true }));

  /** The pipeline of a replay, with one more recording; paused at its start. */
  async function staged(context: TestContext, options: ReplayOptions = {}): Promise<Stage> {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    const resolved = resolveOptions({
      databases: night,
      url,
      waitSubscribers: 1,
      workers: 1,
      times: 'original',
      cacheFolder: join(folder, 'cache'),
      ...options,
    });
    const pool = new DecoderPool(1, resolved);
    const opened = await openSources(pool, resolved);
    const isWanted = ({ topic }: ArrayEvent) =>
      options.exclude === undefined || !options.exclude.includes(topic);
    const recordings = inOrderOfTime([...opened.recordings, new ArraySource('in memory', EVENTS, isWanted)]);
    const archive = await Archive.of({ ...opened, recordings }, resolved);
    const publisher = await Publisher.open({ ...resolved, ...resolved.routes[0] });
    assert.ok(await publisher.waitForSubscribers(1, { timeoutMs: TIMEOUT.timeout }));
    const pacer = new Pacer(resolved, systemClock, new Waiter(systemClock, resolved));
    const tally = new Tally(systemClock, pacer, resolved);
    const player = new Player(pacer, tally, resolved);
    player.pause();
    const played = player.play(archive, publisher, archive.pass(resolved));
    const outcome = played.then((endedBy) => tally.outcome(endedBy));
    const playback = new Playback({
      player,
      tally,
      archive: Promise.resolve(archive),
      outcome,
      timezone: undefined,
    });
    context.after(async () => {
      playback.quit();
      await outcome;
      await publisher.close();
      await pool.close();
      receiver.close();
    });
    const take = async (count: number) =>
      (await receiver.take(count)).map((message) => Number(eventOf(message).offset));
    return {
      archive,
      playback,
      take,
      step: async () => {
        assert.notEqual(await playback.step(), undefined);
        return (await take(1))[0];
      },
    };
  }

  it('is played, merged with a database', TIMEOUT, async (context) => {
    const { archive, playback, take } = await staged(context, { speedup: 'max' });
    assert.deepEqual(
      archive.sources.map(({ name }) => name),
      [night, 'in memory'],
    );
    assert.deepEqual(archive.extent, { firstS: START_S, lastS: START_S + 1010.5 });
    playback.resume();
    assert.deepEqual(await take(ALL.length), ALL);
    assert.equal((await playback.outcome).endedBy, 'end');
    assert.equal((await playback.outcome).sent, ALL.length);
  });

  it('is sought: a time, the next event of a topic, the next gap, and back', TIMEOUT, async (context) => {
    const { playback, step } = await staged(context);
    assert.equal(await step(), 0);
    await playback.seek(START_S + 3.2);
    assert.equal(await step(), 3.5);
    assert.equal(await step(), 4);
    assert.equal(await playback.nextEvent('array.rare'), START_S + 7.5);
    assert.equal(await step(), 7.5);
    assert.equal(await playback.nextEvent('array.*'), START_S + 8.5);
    assert.equal(await playback.nextGap(), START_S + 1009);
    assert.equal(await step(), 1009);
    assert.equal(await step(), 1009.5);
    assert.equal(await playback.nextGap(), undefined);
    assert.equal(await playback.nextEvent('array.rare'), undefined);
    await playback.seek(START_S + 0.5);
    assert.equal(await step(), 0.5);
  });

  it(
    'is primed: the last event of each topic of both sources, in order of play',
    TIMEOUT,
    async (context) => {
      const { playback, take, step } = await staged(context, { prime: true });
      assert.equal(await step(), 0);
      await playback.seek(START_S + 9);
      assert.deepEqual(await take(3), [7.5, 8, 8.5]);
      assert.equal(await step(), 9);
    },
  );

  it('is selected by time and topic', TIMEOUT, async (context) => {
    const { archive, playback, take } = await staged(context, {
      start: START_S + 2.2,
      end: START_S + 9.5,
      exclude: ['array.rare'],
      prime: true,
      speedup: 'max',
    });
    const played = ALL.filter((offsetS) => offsetS >= 2.2 && offsetS < 9.5 && offsetS !== 7.5);
    playback.resume();
    assert.deepEqual(await take(2 + played.length), [1.5, 2, ...played]);
    assert.equal((await playback.outcome).endedBy, 'end');
    const { counts } = await archive.overview(1);
    assert.deepEqual(counts, [ALL.filter((offsetS) => offsetS >= 2.2 && offsetS < 9.5).length]);
  });

  it('is left out where nothing of it is selected', TIMEOUT, async (context) => {
    const { archive, step } = await staged(context, { start: START_S + 1009.8, end: START_S + 1010.2 });
    assert.deepEqual(
      archive.sources.map(({ name }) => name),
      [night],
    );
    assert.equal(await step(), 1010);
  });
});
