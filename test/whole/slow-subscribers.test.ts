/** Subscribers in Python that are slower than a replay: what they get with `--on-full drop` and `block`. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Playback, type ReplayOptions, type ReplayState, startReplay } from '../../src/index.js';
import { readLedger } from '../../src/ledger/read-ledger.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  type SubscriberResult,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { writeEvents } from '../support/stored-event.js';

/** Together more than twice what the system's buffers of a connection hold: 4 MiB at the publisher, and these. */
const [EVENTS, EVENT_BYTES, BUFFER_BYTES] = [700, 16_384, 65_536];
const START_S = 1_521_854_100;
const SLOW = { highWaterMark: 10, eachS: 0.003 };
const HELD = { holdAfter: 1 };
const LINUX = process.platform === 'linux';

const folder = mkdtempSync(join(tmpdir(), 'tcs-slow-'));
const night = join(folder, 'night.db');

describe('a subscriber that is slower than the replay', { skip: skipWithoutPython() }, () => {
  before(() => {
    const filler = 'x'.repeat(EVENT_BYTES);
    writeEvents(
      night,
      Array.from({ length: EVENTS }, (_, i) => ({
        id: BigInt(i + 1),
        topic: 'tracker.drive.position',
        dataTime: START_S + i / 1000,
        attributes: [
          { key: 'number', value: `${i}`, dataType: 'number' },
          { key: 'filler', value: filler, dataType: 'string' },
          { key: '__wire_time', value: `${START_S + i / 1000}`, dataType: 'number' },
        ],
      })),
    );
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('loses events where they are dropped for it', async () => {
    const url = await tcpUrl();
    const slow = await subscriber(url, SLOW);
    const outcome = await playing({ url, speedup: 'max' }).outcome;
    const { received } = await slow.result();
    assert.ok(received < EVENTS, `${received} of ${EVENTS}`);
    assert.deepEqual(
      [outcome.onFull, outcome.sent, outcome.blocked],
      ['drop', EVENTS, { count: 0, totalS: 0, longestS: 0, by: [] }],
    );
  });

  for (const [pace, options] of [
    ['flat out', { speedup: 'max' }],
    ['at a pace', { speedup: 5 }],
  ] as const) {
    it(`gets all events where they wait for it: ${pace}`, async () => {
      const url = await tcpUrl();
      const ledger = join(folder, `${pace}.ledger`);
      const [slow, fast] = [await subscriber(url, SLOW), await subscriber(url)];
      const outcome = await playing({ url, onFull: 'block', ledger, waitSubscribers: 2, ...options }).outcome;
      assertWhole(await slow.result());
      assertWhole(await fast.result());
      assert.deepEqual([outcome.endedBy, outcome.sent], ['end', EVENTS]);
      assert.deepEqual(outcome.undelivered, { subscribers: 0, mostEvents: 0 });
      // An event that was tried more than once was sent once.
      assert.equal((await readLedger(ledger)).events.count, EVENTS);
      const { blocked, stalls, lateness } = outcome;
      assert.ok(blocked.count > 0 && blocked.longestS <= blocked.totalS, JSON.stringify(blocked));
      assert.ok(stalls.send.count > 0, JSON.stringify(stalls));
      // Due times go on: the last event is as late as the waits before it took.
      if (lateness !== undefined)
        assert.ok(lateness.maxUs / 1e6 >= blocked.longestS / 2, JSON.stringify(lateness));
    });
  }

  it('is named, and ends the replay, after --block-timeout', async () => {
    const url = await tcpUrl();
    const held = await subscriber(url, HELD);
    const program = startCli(arguments_(url, '--block-timeout', '1500ms', '--json'));
    const { code, stdout, stderr } = await program.outcome;
    const { endedBy, blocked, sent } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual([code, endedBy], [4, 'blocked']);
    assert.ok(sent < EVENTS && blocked.longestS >= 1.5, JSON.stringify(blocked));
    const who = LINUX ? `127\\.0\\.0\\.1:\\d+ \\(python3(\\.\\d+)?, process ${held.pid}\\)` : 'a subscriber';
    assert.match(stderr, new RegExp(`^Ended after waiting 1\\.5s for ${who} to take events$`, 'm'));
    if (LINUX) assert.match(blocked.by.join(), new RegExp(`^${who}$`));
    held.release();
    assert.equal((await held.result()).lost, 0);
  });

  it('is waited for no longer when it is gone', async () => {
    const url = await tcpUrl();
    const [held, other] = [await subscriber(url, HELD), await subscriber(url)];
    const program = startCli(arguments_(url, '--wait-subscribers', '2'));
    await program.waitForOutput(/^Waiting for .* to take events: the queue of 10 events \(--hwm\) is full/m);
    held.kill();
    assertWhole(await other.result());
    const { code, stdout } = await program.outcome;
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}blocked {5}\d+ times?, .* in all, longest/m);
  });

  it('does not keep SIGINT from ending the replay', async () => {
    const url = await tcpUrl();
    const held = await subscriber(url, HELD);
    const program = startCli(arguments_(url, '--json'));
    await program.waitForOutput(/^Waiting for /m);
    program.kill('SIGINT');
    const { code, stdout } = await program.outcome;
    const { endedBy, blocked, sent, undelivered } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual([code, endedBy, blocked.count > 0], [130, 'abort', true]);
    held.release();
    const { received, lost, outOfOrder } = await held.result();
    assert.deepEqual([lost, outOfOrder], [0, 0]);
    // Null where the machine is too busy to tell in time.
    const { mostEvents } = undelivered;
    if (LINUX && mostEvents !== null) assert.ok(mostEvents >= sent - received, JSON.stringify(undelivered));
  });

  it('does not keep commands from being carried out', async (context) => {
    const url = await tcpUrl();
    const held = await subscriber(url, HELD);
    const playback = playing({ url, onFull: 'block', speedup: 'max' }, context);
    await becomes(playback, 'blocked');
    playback.pause();
    assert.equal(playback.status().state, 'paused');
    const { sent } = playback.status();
    playback.resume();
    await becomes(playback, 'blocked');
    assert.equal(playback.status().sent, sent);
    // A step sends its event when there is room, and it alone.
    const step = playback.step(3);
    held.release();
    await step;
    assert.deepEqual([playback.status().state, playback.status().sent], ['paused', sent + 3]);
    playback.resume();
    assertWhole(await held.result());
    const outcome = await playback.outcome;
    assert.deepEqual([outcome.endedBy, outcome.sent, outcome.pauses.count], ['end', EVENTS, 2]);
    assert.ok(outcome.blocked.count >= 3, JSON.stringify(outcome.blocked));
  });

  it('does not keep a seek from being carried out, nor a quit', async (context) => {
    const url = await tcpUrl();
    const held = await subscriber(url, HELD);
    const playback = playing({ url, onFull: 'block', speedup: 'max' }, context);
    await becomes(playback, 'blocked');
    await playback.seek('+0.1s');
    assert.ok(playback.status().positionS <= START_S + 0.2);
    await becomes(playback, 'blocked');
    playback.quit();
    const { endedBy, seeks } = await playback.outcome;
    assert.deepEqual([endedBy, seeks], ['quit', 1]);
    held.kill();
  });
});

function arguments_(url: string, ...more: string[]): string[] {
  const block = ['--on-full', 'block', '--hwm', '10', '--linger', '0'];
  return [night, '-u', url, '-s', 'max', '--wait-subscribers', '1', '--wait-setup', '0', ...block, ...more];
}

function playing(options: ReplayOptions, context?: TestContext): Playback {
  const playback = startReplay({
    databases: night,
    waitSetupS: 0,
    waitSubscribers: 1,
    workers: 1,
    highWaterMark: 10,
    lingerMs: context === undefined ? -1 : 0,
    cacheFolder: join(folder, 'cache'),
    ...options,
  });
  context?.after(async () => {
    playback.quit();
    await playback.outcome;
  });
  return playback;
}

function subscriber(url: string, options = {}): Promise<PythonSubscriber> {
  return PythonSubscriber.start(url, {
    ...{ highWaterMark: 10, receiveBufferBytes: BUFFER_BYTES, sequence: 'number' },
    ...options,
  });
}

function assertWhole(result: SubscriberResult): void {
  const { received, lost, outOfOrder, firstSequence, lastSequence } = result;
  assert.deepEqual(
    { received, lost, outOfOrder, firstSequence, lastSequence },
    { received: EVENTS, lost: 0, outOfOrder: 0, firstSequence: 0, lastSequence: EVENTS - 1 },
  );
}

/** Resolves once the replay is in a state: it tells of none. */
async function becomes(playback: Playback, state: ReplayState): Promise<void> {
  while (playback.status().state !== state) await delay(10);
}

async function tcpUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}
