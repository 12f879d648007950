/**
 * What is held up on purpose is named, and the policy for late events is obeyed: with real threads, a real database and the
 * real clock. The holds are so long that no other program on the machine is taken for them.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { Tally } from '../../src/measure/tally.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { Pacer } from '../../src/pacing/pacer.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { Player } from '../../src/playback/player.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { systemClock } from '../../src/shared/clock.js';
import { Archive } from '../../src/timeline/archive.js';
import { HOLD, type Hold } from '../support/hold.js';
import { writeEvents } from '../support/stored-event.js';

const EVENTS = 6000;
/** Of the recorded time; played ten times as fast, a batch of 1024 takes a tenth of a second. */
const SPACING_S = 0.001;
const SPEEDUP = 10;
const HELD_MS = 1500;
/** What is read ahead is played meanwhile. */
const LEAST_STALL_S = 1;
/** An event of the second batch; `ALL_READ` has all others in it, so that nothing is left to read then. */
const UNDER_WAY_EVENTS = 2000;
const ALL_READ = { batchEvents: EVENTS };

describe('a replay that is held up', () => {
  let folder: string;
  let database: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-stalls-'));
    database = join(folder, 'night.db');
    const timesS = Array.from({ length: EVENTS }, (_, i) => 1_700_000_000 + i * SPACING_S);
    writeEvents(
      database,
      timesS.map((timeS, i) => ({
        id: BigInt(i + 1),
        topic: 'a.b.c',
        dataTime: timeS,
        attributes: [{ key: '__wire_time', value: `${timeS}`, dataType: 'number' }],
      })),
    );
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Plays the night into nowhere, by threads that are held. */
  async function played(
    hold: Partial<Hold>,
    options: ReplayOptions = {},
    onUnderWay: () => void = () => {},
  ): Promise<{ outcome: ReplayOutcome; events: number }> {
    process.env[HOLD] = JSON.stringify({ eachMs: 0, onceMs: 0, once: 0, ...hold });
    const resolved = resolveOptions({
      databases: database,
      workers: 1,
      readAheadBytes: 1,
      speedup: SPEEDUP,
      cacheFolder: join(folder, 'cache'),
      ...options,
    });
    const workerFile = new URL('../support/held-worker.js', import.meta.url);
    const pool = new DecoderPool(1, { ...resolved, workerFile });
    try {
      const archive = await Archive.open(pool, resolved);
      const pacer = new Pacer(resolved, systemClock, new Waiter(systemClock, resolved));
      const tally = new Tally(systemClock, pacer, resolved);
      const player = new Player(pacer, tally, resolved);
      let events = 0;
      const sink = {
        send(): undefined {
          events += 1;
          if (events === UNDER_WAY_EVENTS) onUnderWay();
        },
      };
      const endedBy = await player.play(archive, sink, archive.pass(resolved));
      return { outcome: tally.outcome(endedBy), events };
    } finally {
      await pool.close();
    }
  }

  /** Holds the event loop for a while, from its next turn on. */
  function holdLoop(): void {
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS), 0);
  }

  it('names a thread that stalls: read-ahead ran dry', async () => {
    const { outcome, events } = await played({ once: 3, onceMs: HELD_MS });
    assert.equal(events, EVENTS);
    assert.equal(outcome.stalls.longest?.cause, 'readAhead');
    assert.ok(outcome.stalls.readAhead.longestS >= LEAST_STALL_S, JSON.stringify(outcome.stalls));
    assert.ok((outcome.lateness?.maxUs ?? 0) >= LEAST_STALL_S * 1e6);
  });

  it('counts the stalls of a disk that is too slow for the pace', async () => {
    const { outcome, events } = await played({ eachMs: 300 });
    assert.equal(events, EVENTS);
    // Each of the batches of 1024 but the first one came late.
    assert.ok(outcome.stalls.readAhead.count >= 4, JSON.stringify(outcome.stalls));
    assert.ok(outcome.stalls.readAhead.totalS >= 0.8);
    assert.equal(outcome.stalls.longest?.cause, 'readAhead');
  });

  it('names an event loop that is held', async () => {
    const { outcome, events } = await played({}, ALL_READ, holdLoop);
    assert.equal(events, EVENTS);
    const { longest, eventLoop, readAhead } = outcome.stalls;
    assert.ok(eventLoop.longestS >= LEAST_STALL_S, JSON.stringify(outcome.stalls));
    // A machine that is very busy may take longer to read.
    assert.equal(longest?.cause, readAhead.longestS > eventLoop.longestS ? 'readAhead' : 'eventLoop');
  });

  for (const [what, hold, options, onUnderWay] of [
    ['a thread that stalls', { once: 3, onceMs: HELD_MS }, {}, () => {}],
    ['an event loop that is held', {}, ALL_READ, holdLoop],
  ] as const) {
    it(`moves the plan for ${what}: shift`, async () => {
      const { outcome, events } = await played(
        hold,
        { ...options, onLate: 'shift', lateAfterMs: 500 },
        onUnderWay,
      );
      assert.equal(events, EVENTS);
      assert.ok(outcome.shifts.count >= 1);
      assert.ok(outcome.shifts.totalS >= LEAST_STALL_S, JSON.stringify(outcome.shifts));
      assert.equal(outcome.dropped, 0);
    });

    it(`does not send what is late by ${what}: drop`, async () => {
      const { outcome, events } = await played(
        hold,
        { ...options, onLate: 'drop', lateAfterMs: 500 },
        onUnderWay,
      );
      assert.ok(outcome.dropped > 0 && events > 0);
      assert.equal(events + outcome.dropped, EVENTS);
      assert.equal(outcome.sent, events);
      assert.ok((outcome.lateness?.maxUs ?? Number.POSITIVE_INFINITY) <= 500_500);
    });

    it(`ends by ${what}: abort`, async () => {
      const { outcome, events } = await played(
        hold,
        { ...options, onLate: 'abort', lateAfterMs: 500 },
        onUnderWay,
      );
      assert.equal(outcome.endedBy, 'late');
      assert.ok(events > 0 && events < EVENTS);
    });
  }
});
