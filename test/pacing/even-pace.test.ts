import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EvenPace } from '../../src/pacing/even-pace.js';

const NOW_NS = 987_654_321_000;

test('is due by how much was sent before, in events or bytes, whatever the burst', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom<'events' | 'bytes'>('events', 'bytes'),
      fc.double({ min: 0.01, max: 1e9, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (sizes, unit, perS, burst) => {
        const pace = new EvenPace({ perS, unit }, burst);
        pace.anchor(NOW_NS);
        for (const [i, sizeBytes] of sizes.entries()) {
          // All of a burst are due with its first event.
          const before = sizes.slice(0, i - (i % burst));
          const amount = unit === 'events' ? before.length : before.reduce((sum, size) => sum + size, 0);
          const dueNs = NOW_NS + (amount * 1e9) / perS;
          assert.ok(Math.abs(pace.dueNs - dueNs) <= 1e-9 * dueNs, `event ${i}`);
          pace.sent(sizeBytes);
        }
      },
    ),
  );
});

test('does not drift over a million events', () => {
  const pace = new EvenPace({ perS: 3000, unit: 'events' }, 1000);
  pace.anchor(NOW_NS);
  for (let i = 0; i < 1_000_000; i++) pace.sent(0);
  assert.equal(pace.dueNs, NOW_NS + (1_000_000 / 3000) * 1e9);
});

test('goes on from the present where its speed changes, and later where it is delayed', () => {
  const pace = new EvenPace({ perS: 1000, unit: 'events' }, 1);
  pace.anchor(NOW_NS);
  for (let i = 0; i < 5; i++) pace.sent(1);
  pace.delay(7);
  assert.equal(pace.dueNs, NOW_NS + 5e6 + 7);
  pace.changeSpeed(2, NOW_NS + 5e6);
  assert.equal(pace.dueNs, NOW_NS + 5e6);
  pace.sent(1);
  assert.equal(pace.dueNs, NOW_NS + 5.5e6);
});

test('has no plan before its first anchor', () => {
  const pace = new EvenPace({ perS: 1000, unit: 'events' }, 1);
  assert.equal(pace.isAnchored, false);
  pace.changeSpeed(2, NOW_NS);
  assert.equal(pace.isAnchored, false);
  pace.anchor(NOW_NS);
  assert.equal(pace.isAnchored, true);
});
