import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Interval, WhatGaveWay } from '../../src/loadtest/what-gave-way.js';

const ASLEEP = { runShare: 0.1, waitShare: 0, state: 'S', waitsForDisk: false, isStopped: false };
const HELD_UP: Interval = {
  elapsedMs: 250,
  isHeldUp: true,
  busyShare: 1,
  deliveryBitsPerS: 80_000,
  retransmissions: 0,
  isBehind: true,
  peerReceiveQueueBytes: 5000,
  isProcessKnown: true,
  threads: ASLEEP,
};

describe('WhatGaveWay', () => {
  const CASES: { what: string; intervals: Partial<Interval>[]; verdict: string | undefined; says: RegExp }[] =
    [
      {
        what: 'nothing, where the subscriber read what was there for it',
        intervals: [
          { isHeldUp: false, isBehind: false },
          { isHeldUp: false, busyShare: 0 },
        ],
        verdict: undefined,
        says: /^$/,
      },
      {
        what: 'a thread that runs all the time',
        intervals: [{ threads: { ...ASLEEP, runShare: 0.97, waitShare: 0.02 } }],
        verdict: 'cpu-bound',
        says: /^its busiest thread ran 97% of the time$/,
      },
      {
        what: 'a thread that waits for a processor, even if it runs for the rest',
        intervals: [{ threads: { ...ASLEEP, runShare: 0.6, waitShare: 0.4 } }],
        verdict: 'starved',
        says: /^its busiest thread ran 60% of the time and waited for a processor 40% of it$/,
      },
      {
        what: 'a thread that sleeps for the most, and waits for a processor whenever it wakes',
        intervals: [{ threads: { ...ASLEEP, runShare: 0.03, waitShare: 0.21 } }],
        verdict: 'waiting',
        says: /^its busiest thread ran 3% of the time and waited for something else/,
      },
      {
        what: 'a thread that runs whenever it can',
        intervals: [{ threads: { ...ASLEEP, runShare: 0.8, waitShare: 0.15 } }],
        verdict: 'cpu-bound',
        says: /^its busiest thread ran 80% of the time$/,
      },
      {
        what: 'a thread that sleeps',
        intervals: [{}],
        verdict: 'waiting',
        says: /^its busiest thread ran 10% .* something else, .* for the rest, while 5 kB waited for it$/,
      },
      {
        what: 'a disk',
        intervals: [{ threads: { ...ASLEEP, waitsForDisk: true } }, {}],
        verdict: 'waiting',
        says: /^it waited for a disk at 50% of the looks, while 5 kB waited for it$/,
      },
      {
        what: 'a process that is stopped',
        intervals: [{ threads: { ...ASLEEP, isStopped: true } }],
        verdict: 'waiting',
        says: /^its process is stopped, while 5 kB waited for it$/,
      },
      {
        what: 'a process that was looked at once only',
        intervals: [{ threads: undefined }],
        verdict: 'unknown',
        says: /what its process did meanwhile is not known$/,
      },
      {
        what: 'a process of another user',
        intervals: [{ threads: undefined, isProcessKnown: false }],
        verdict: 'unknown',
        says: /cannot be seen by this user$/,
      },
      {
        what: 'a process of another machine',
        intervals: [{ threads: undefined, isProcessKnown: false, peerReceiveQueueBytes: null }],
        verdict: 'unknown',
        says: /not on this machine, or in another network namespace$/,
      },
      {
        what: 'the network, where segments were sent again and there was room for more',
        intervals: [
          { isHeldUp: false, retransmissions: 3 },
          { isHeldUp: false, retransmissions: 2 },
        ],
        verdict: 'network',
        says: /^it had room for more, and 5 segments had to be sent again$/,
      },
      {
        what: 'the network, where it was full and there was room for more',
        intervals: [{ isHeldUp: false, peerReceiveQueueBytes: null }],
        verdict: 'network',
        says: /^it had room for more, and no more than 10 kB\/s went through$/,
      },
      {
        what: 'nothing, where bytes are always under way in a network, and do not lag',
        intervals: [{ isHeldUp: false, peerReceiveQueueBytes: null, isBehind: false }],
        verdict: undefined,
        says: /^$/,
      },
      {
        what: 'nothing, where a segment was sent again once',
        intervals: [{ isHeldUp: false, retransmissions: 1 }, { isHeldUp: false }, { isHeldUp: false }],
        verdict: undefined,
        says: /^$/,
      },
      {
        what: 'what the process did while it was held up, whatever it did before',
        intervals: [
          { isHeldUp: false, isBehind: false, threads: { ...ASLEEP, runShare: 0 } },
          { threads: undefined },
          { threads: { ...ASLEEP, runShare: 1 } },
        ],
        verdict: 'cpu-bound',
        says: /ran 100%/,
      },
    ];
  for (const { what, intervals, verdict, says } of CASES) {
    it(`finds ${what}`, () => {
      const sum = new WhatGaveWay();
      for (const interval of intervals) sum.add({ ...HELD_UP, ...interval });
      assert.equal(sum.verdict?.verdict, verdict);
      assert.match(sum.verdict?.evidence ?? '', says);
    });
  }
});
