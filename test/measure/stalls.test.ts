import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type StallCause, Stalls } from '../../src/measure/stalls.js';

const MS = 1e6;
const S = 1e9;

/** Counts and total milliseconds by cause. */
function found(stalls: Stalls): Record<StallCause, [number, number]> {
  const { readAhead, eventLoop, send } = stalls.summary();
  const of = ({ count, totalS }: { count: number; totalS: number }): [number, number] => [
    count,
    Math.round(totalS * 1e6) / 1e3,
  ];
  return { readAhead: of(readAhead), eventLoop: of(eventLoop), send: of(send) };
}

const NONE = { readAhead: [0, 0], eventLoop: [0, 0], send: [0, 0] };

/** A run whose first event, at 10 s, is looked at. */
function begun(isFlatOut = false): Stalls {
  const stalls = new Stalls(isFlatOut);
  stalls.restart(9 * S);
  stalls.read(9.9 * S);
  stalls.reach(10 * S, 10 * S, 1000);
  assert.deepEqual(found(stalls), NONE);
  return stalls;
}

test('a wait that ended too late held the event loop', () => {
  const stalls = begun();
  stalls.waited();
  stalls.reach(10.047 * S, 10.04 * S, 1000.04);
  assert.deepEqual(found(stalls), { ...NONE, eventLoop: [1, 7] });
  const { longest, eventLoop } = stalls.summary();
  assert.ok(Math.abs(eventLoop.longestS - 0.007) < 1e-9);
  assert.equal(longest?.cause, 'eventLoop');
  assert.ok(Math.abs(longest!.atS - 0.04) < 1e-9);
  assert.equal(longest?.recordedS, 1000.04);
});

test('events that were not read yet held up what was due, and only that', () => {
  const stalls = begun();
  stalls.read(10.5 * S);
  stalls.reach(10.5 * S, 10.2 * S, 1000.2);
  assert.deepEqual(found(stalls), { ...NONE, readAhead: [1, 300] });
  // Read long before it is due.
  stalls.read(10.8 * S);
  stalls.waited();
  stalls.reach(11 * S, 11 * S, 1001);
  assert.deepEqual(found(stalls), { ...NONE, readAhead: [1, 300] });
});

test('what passed without a wait was the sending', () => {
  const stalls = begun();
  stalls.reach(10.02 * S, 9.99 * S, 999.99);
  assert.deepEqual(found(stalls), { ...NONE, send: [1, 20] });
});

test('reading and waiting are told apart where both held an event up', () => {
  const stalls = begun();
  stalls.read(10.05 * S);
  stalls.waited();
  stalls.reach(10.07 * S, 10 * S, 1000);
  assert.deepEqual(found(stalls), { readAhead: [1, 50], eventLoop: [1, 20], send: [0, 0] });
  // Reading took its time, but the wait after it was what ended too late.
  stalls.read(10.2 * S);
  stalls.waited();
  stalls.reach(10.404 * S, 10.4 * S, 1000.4);
  assert.deepEqual(found(stalls), { readAhead: [1, 50], eventLoop: [2, 24], send: [0, 0] });
});

test('a stall counts once, however many events it made late', () => {
  const stalls = begun();
  stalls.waited();
  for (let i = 0; i < 200; i++) stalls.reach(10.4 * S + i * 5000, 10 * S + i * 2 * MS, 1000);
  assert.equal(found(stalls).eventLoop[0], 1);
  assert.deepEqual(
    [found(stalls).readAhead, found(stalls).send],
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test('a millisecond is no stall', () => {
  const stalls = begun();
  for (let i = 1; i <= 10; i++) stalls.reach(10 * S + i * MS, 10 * S, 1000);
  assert.deepEqual(found(stalls), NONE);
  assert.equal(stalls.summary().longest, undefined);
});

for (const isFlatOut of [false, true]) {
  test(`what passed until a subscriber had room was the sending${isFlatOut ? ', also flat out' : ''}`, () => {
    const stalls = begun(isFlatOut);
    stalls.waited();
    stalls.blocked();
    stalls.reach(10.5 * S, isFlatOut ? 10.5 * S : 10.2 * S, 1000.2);
    assert.deepEqual(found(stalls), { ...NONE, send: [1, isFlatOut ? 500 : 300] });
    // The next event is one that was not waited for.
    stalls.waited();
    stalls.reach(10.55 * S, isFlatOut ? 10.55 * S : 10.5 * S, 1000.5);
    assert.deepEqual(found(stalls).send, [1, isFlatOut ? 500 : 300]);
  });
}

test('flat out only reading counts', () => {
  const stalls = begun(true);
  stalls.waited();
  stalls.reach(10.1 * S, 10.1 * S, 1000);
  stalls.reach(10.2 * S, 10.2 * S, 1000);
  assert.deepEqual(found(stalls), NONE);
  stalls.read(10.23 * S);
  stalls.waited();
  stalls.reach(10.3 * S, 10.3 * S, 1000);
  assert.deepEqual(found(stalls), { ...NONE, readAhead: [1, 30] });
});

test('neither a change of plan nor the reading that it takes is a stall', () => {
  for (const isFlatOut of [false, true]) {
    const stalls = begun(isFlatOut);
    stalls.restart(3600 * S);
    stalls.read(3602 * S);
    stalls.reach(3602 * S, isFlatOut ? 3602 * S : 3601 * S, 1000);
    assert.deepEqual(found(stalls), NONE);
    // A pause within a batch.
    stalls.restart(7200 * S);
    stalls.reach(7200 * S, 7200 * S, 1000);
    assert.deepEqual(found(stalls), NONE);
  }
});

test('no time counts twice, and none that is not overdue', () => {
  const step = fc.record({
    gapMs: fc.nat(40),
    heldMs: fc.nat(20),
    readMs: fc.option(fc.nat(20), { nil: undefined }),
    waits: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stalls = begun();
      let [lastNs, dueNs, overdueNs] = [10 * S, 10 * S, 0];
      let longestNs = 0;
      for (const { gapMs, heldMs, readMs, waits } of steps) {
        dueNs += gapMs * MS;
        const fromNs = Math.max(lastNs, dueNs);
        const readNs = readMs === undefined ? 0 : lastNs + readMs * MS;
        if (readMs !== undefined) stalls.read(readNs);
        if (waits) stalls.waited();
        const nowNs = Math.max(fromNs, readNs) + heldMs * MS;
        stalls.reach(nowNs, dueNs, 1000);
        for (const partNs of [Math.max(0, readNs - fromNs), heldMs * MS]) {
          if (partNs <= MS) continue;
          overdueNs += partNs;
          longestNs = Math.max(longestNs, partNs);
        }
        lastNs = nowNs;
      }
      const totalMs = Object.values(found(stalls)).reduce((sum, [, ms]) => sum + ms, 0);
      assert.ok(Math.abs(totalMs - overdueNs / MS) < 0.01 * (1 + steps.length));
      assert.ok(Math.abs((stalls.summary().longest?.durationS ?? 0) * S - longestNs) < 1000);
    }),
  );
});
