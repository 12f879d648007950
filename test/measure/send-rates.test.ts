import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendRates } from '../../src/measure/send-rates.js';

const BEGAN_NS = 7e9;
const MS = 1e6;
const CELL_NS = 100 * MS;
const NOTHING = { eventsPerS: 0, bytesPerS: 0 };

interface Sent {
  readonly atNs: number;
  readonly sizeBytes: number;
}

/** Events by the gaps between them. */
const nights = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 1000 })), { minLength: 1 })
  .map((gaps) => {
    let atNs = BEGAN_NS;
    return gaps.map(([gapMs, sizeBytes], i): Sent => {
      // Now and then a long silence.
      if (i > 0) atNs += gapMs * (gapMs > 380 ? 20 : 1) * MS;
      return { atNs, sizeBytes };
    });
  });

class Counted {
  readonly rates = new SendRates();
  private _sent = 0;
  private _bytes = 0;

  send({ atNs, sizeBytes }: Sent): void {
    if (this._sent === 0) this.rates.begin(atNs, sizeBytes);
    else this.rates.reach(atNs, this._sent, this._bytes);
    this._sent += 1;
    this._bytes += sizeBytes;
  }

  at(nowNs: number) {
    return this.rates.at(nowNs, this._sent, this._bytes);
  }
}

/** The events since the beginning of the tenth of a second that is ten before the current one; without the first. */
function expected(events: readonly Sent[], nowNs: number) {
  const cell = Math.floor((nowNs - BEGAN_NS) / CELL_NS);
  if (cell === 0) return NOTHING;
  const fromNs = BEGAN_NS + Math.max(0, cell - 10) * CELL_NS;
  const counted = events.filter(({ atNs }, i) => i > 0 && atNs >= fromNs && atNs <= nowNs);
  const spanS = (nowNs - fromNs) / 1e9;
  const bytes = counted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { eventsPerS: counted.length / spanS, bytesPerS: bytes / spanS };
}

test('rates are of about the last second, whoever reads them and how often', () => {
  fc.assert(
    fc.property(nights, fc.array(fc.integer({ min: 0, max: 2000 })), (events, delaysMs) => {
      const [unread, read] = [new Counted(), new Counted()];
      for (const [i, event] of events.entries()) {
        for (const counted of [unread, read]) counted.send(event);
        const nextNs = events[i + 1]?.atNs ?? Number.POSITIVE_INFINITY;
        for (const delayMs of delaysMs) {
          const nowNs = event.atNs + delayMs * MS;
          if (nowNs < nextNs) assert.deepEqual(read.at(nowNs), expected(events.slice(0, i + 1), nowNs));
        }
      }
      const endNs = (events.at(-1)?.atNs ?? 0) + 50 * MS;
      assert.deepEqual(unread.at(endNs), read.at(endNs));
      assert.deepEqual(read.at(endNs), read.at(endNs));
    }),
  );
});

test('an even stream has its rate from the first tenth of a second on', () => {
  const counted = new Counted();
  for (let i = 0; i < 1000; i++) {
    counted.send({ atNs: BEGAN_NS + i * 5 * MS, sizeBytes: 40 });
    const { eventsPerS, bytesPerS } = counted.at(BEGAN_NS + i * 5 * MS);
    if (i < 20) assert.deepEqual([eventsPerS, bytesPerS], [0, 0]);
    // The event at the beginning of the span is one too many.
    else {
      assert.ok(eventsPerS > 199.99 && eventsPerS <= 201, `${eventsPerS}`);
      assert.ok(Math.abs(bytesPerS - 40 * eventsPerS) < 1e-6);
    }
  }
});

test('rates fall to nothing when nothing is sent', () => {
  const counted = new Counted();
  assert.deepEqual(counted.at(BEGAN_NS), NOTHING);
  for (let i = 0; i <= 100; i++) counted.send({ atNs: BEGAN_NS + i * 10 * MS, sizeBytes: 1 });
  assert.equal(counted.at(BEGAN_NS + 1500 * MS).eventsPerS, 51);
  assert.deepEqual(counted.at(BEGAN_NS + 2100 * MS), NOTHING);
  assert.deepEqual(counted.at(BEGAN_NS + 3600e9), NOTHING);
});
