import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from '../../src/pacing/pacer.js';
import { RelayPace } from '../../src/pacing/relay-pace.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { SimulatedTime } from '../support/simulated-time.js';

const PACE = {
  speedup: 1,
  times: 'now',
  maxGapS: Number.POSITIVE_INFINITY,
  rate: undefined,
  burst: 1,
} as const;
/** What a double resolves of a time in this century, and more. */
const RESOLUTION_NS = 1000;

function relayOf(behindS: number) {
  const time = new SimulatedTime();
  const ownPace = new RelayPace(behindS, time);
  const waiter = new Waiter(time, { timing: 'balanced', timers: time, sleeper: time });
  return { time, pace: ownPace, pacer: new Pacer({ ...PACE, ownPace }, time, waiter) };
}

function assertNear(actualNs: number, expectedNs: number): void {
  assert.ok(Math.abs(actualNs - expectedNs) < RESOLUTION_NS, `${actualNs} is not near ${expectedNs}`);
}

test('an event is due a fixed time after its time at the publisher, whatever came between', () => {
  const { time, pace, pacer } = relayOf(10);
  const startS = pace.nowS();
  for (const afterS of [0, 0.5, 0.5, 300, 301]) {
    pacer.turnTo(startS + afterS);
    assertNear(pacer.dueNs, 5e9 + (afterS + 10) * 1e9);
    time.ns += 1e9;
    pacer.sent(100);
  }
});

test('a pause moves no event that is due after it, and makes the others due when it ends', () => {
  const { time, pace, pacer } = relayOf(10);
  const startS = pace.nowS();
  pacer.pause();
  time.ns += 60e9;
  pacer.resume();
  pacer.turnTo(startS + 1);
  assertNear(pacer.dueNs, 5e9 + 60e9);
  assert.ok(pacer.latenessNs >= 0);
  pacer.turnTo(startS + 55);
  assertNear(pacer.dueNs, 5e9 + 65e9);
});

test('a step makes its event due at once, and no other', () => {
  const { pace, pacer } = relayOf(10);
  const startS = pace.nowS();
  pacer.pause();
  pacer.begin(startS);
  pacer.turnTo(startS);
  assert.ok(pacer.latenessNs >= 0);
  pacer.sent(100);
  pacer.turnTo(startS);
  assertNear(pacer.dueNs, 5e9 + 10e9);
});

test('setting the clock of the system changes nothing', () => {
  const { time, pace, pacer } = relayOf(10);
  const startS = pace.nowS();
  time.dayUs += 3600e6;
  assert.equal(pace.nowS(), startS);
  pacer.turnTo(startS);
  assertNear(pacer.dueNs, 5e9 + 10e9);
});
