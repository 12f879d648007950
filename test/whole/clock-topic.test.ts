/** The clock, which tells subscribers where a replay stands. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unpack } from 'msgpackr/unpack';
import { type ReplayOptions, startReplay } from '../../src/index.js';
import { writeEvenNight } from '../support/even-night.js';
import {
  endAll,
  freePort,
  RunningProgram,
  requirePython,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const START_S = 1_521_854_100;
const TOPIC = 'tcs_replay.clock';
const TCS_EVENT = fileURLToPath(new URL('../../../test/support/python/tcs_event.py', import.meta.url));

interface ClockMessage {
  readonly __wire_time: number;
  readonly __data_time: number;
  readonly state: string;
  readonly positionS: number | null;
  readonly position: string | null;
  readonly speedup: number | 'max';
}

function playing(context: TestContext, { prefix = TOPIC, ...options }: ReplayOptions = {}) {
  const folder = temporaryFolder(context);
  const night = join(folder, 'night.db');
  writeEvenNight(night, { events: 1000, ratePerS: 10, fillBytes: 5 });
  const url = `ipc://${join(folder, 'events')}`;
  const receiver = Receiver.connected(url, { prefix });
  context.after(() => receiver.close());
  const playback = startReplay({
    ...{ databases: night, url, waitSetupS: 0, waitSubscribers: 1, clockIntervalS: '100Hz' },
    ...options,
  });
  context.after(() => playback.quit());
  /** The next message of the clock that is so. */
  const next = async (isRight: (message: ClockMessage) => boolean): Promise<ClockMessage> => {
    for (;;) {
      const message = await receiver.next();
      assert.equal(message.topic, prefix);
      const read = eventOf(message) as unknown as ClockMessage;
      if (isRight(read)) return read;
    }
  };
  return { playback, receiver, next };
}

describe('the clock', () => {
  after(endAll);

  it('tells what is so before the first event, while events are sent, while paused, and at the end', async (context) => {
    const { playback, next } = playing(context, { startPaused: true, delayS: 0.3, speedup: 2 });
    const waiting = await next(({ state }) => state === 'waiting');
    assert.deepEqual([waiting.positionS, waiting.position, waiting.speedup], [null, null, 2]);
    assert.equal((await next(({ state }) => state === 'paused')).positionS, null);
    playback.resume();
    const playingAt = await next(({ state, positionS }) => state === 'playing' && positionS !== null);
    const later = await next(({ positionS }) => (positionS ?? 0) > (playingAt.positionS ?? 0) + 0.2);
    assert.ok((later.positionS ?? 0) >= START_S);
    assert.ok(later.__wire_time > playingAt.__wire_time);
    assert.equal(later.__data_time, later.__wire_time);
    assert.match(later.position ?? '', /^2018-03-24T01:15:/);
    playback.pause();
    const paused = await next(({ state }) => state === 'paused');
    // It goes on, and the position does not.
    for (let i = 0; i < 10; i++) assert.equal((await next(() => true)).positionS, paused.positionS);
    playback.changeSpeed('max');
    assert.equal((await next(({ speedup }) => speedup === 'max')).state, 'paused');
    await playback.seek('+50s');
    assert.equal((await next(({ positionS }) => positionS === START_S + 50)).state, 'paused');
    playback.quit();
    const ended = await next(({ state }) => state === 'ended');
    assert.equal(ended.positionS, START_S + 50);
  });

  it('is no event: neither counted, nor in what may be undelivered, nor renamed', async (context) => {
    const { playback, next, receiver } = playing(context, {
      ...{ prefix: 'a.clock', clockTopic: 'a.clock', rename: '*=b.*', speedup: 'max', topics: 'none' },
    });
    const { speedup } = await next(({ state }) => state === 'ended');
    assert.equal(speedup, 'max');
    const { sent, bytes, undelivered } = await playback.outcome;
    assert.deepEqual([sent, bytes, undelivered], [0, 0, { subscribers: 0, mostEvents: 0 }]);
    receiver.close();
  });

  it('has the form of the events', async (context) => {
    const { playback, receiver } = playing(context, { format: 'msgpack', startPaused: true });
    const { __wire_time, state } = unpack((await receiver.next()).payload) as ClockMessage;
    assert.equal(typeof __wire_time, 'number');
    assert.equal(typeof state, 'string');
    playback.quit();
    await playback.outcome;
  });

  it('reaches all addresses, also those with topics of their own', async (context) => {
    const folder = temporaryFolder(context);
    const night = join(folder, 'night.db');
    writeEvenNight(night, { events: 10, ratePerS: 10, fillBytes: 5 });
    const urls = ['a', 'b'].map((name) => `ipc://${join(folder, name)}`);
    const receivers = urls.map((url) => Receiver.connected(url, { prefix: TOPIC }));
    const playback = startReplay({
      ...{ databases: night, url: urls.map((url, i) => `${url}=${'xy'[i]}`), waitSetupS: 0 },
      ...{ clockIntervalS: 0.01, startPaused: true },
    });
    for (const receiver of receivers) assert.equal((await receiver.next()).topic, TOPIC);
    playback.quit();
    const { routes } = await playback.outcome;
    assert.deepEqual(
      routes.map(({ events }) => events),
      [0, 0],
    );
    for (const receiver of receivers) receiver.close();
  });

  it('is on the command line, and refused where it cannot be', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url, { prefix: 'x' });
    context.after(() => receiver.close());
    const program = startCli(['-u', url, '--sleep', '0.01', '--clock', '50Hz', '--clock-topic', 'x']);
    assert.equal((await receiver.next()).topic, 'x');
    program.kill('SIGINT');
    assert.equal((await program.outcome).code, 130);
    const { code, stderr } = await runCli(['--clock-topic', 'x']);
    assert.deepEqual(
      [code, stderr.trim()],
      [2, 'error: --clock-topic needs --clock: without it there is no clock'],
    );
  });

  it("is read by the HET's subscriber, which takes the times of every event", {
    skip: skipWithoutPython(),
  }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const program = new RunningProgram(requirePython(), [
      ...[TCS_EVENT, url, '--count', '3', '--dates-to-float', '--topics', TOPIC],
    ]);
    await program.waitForOutput(/^ready$/m);
    const replaying = startCli(['-u', url, '--clock', '50Hz']);
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 0, stderr);
    const [, ...lines] = stdout.trimEnd().split('\n');
    for (const line of lines) assert.equal(JSON.parse(line).types.__wire_time, 'float');
    replaying.kill('SIGINT');
    await replaying.outcome;
  });
});
