import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../../src/batch/batch.js';
import { HeldEvents } from '../../../src/convert/outputs/held-events.js';

it('events that are held come out in the order in which they came, each once, and their bytes are counted', () => {
  const batches = [1, 2, 3].map((number) => batchOf(number, 40));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(0, 1, 2), fc.constant('take')), { maxLength: 120 }),
      (steps) => {
        const held = new HeldEvents();
        const next = [0, 0, 0];
        const expected: [batch: Batch, i: number][] = [];
        for (const step of steps) {
          if (typeof step === 'number') {
            if (next[step] === batches[step].count) continue;
            const i = next[step]++;
            held.add(batches[step], i);
            expected.push([batches[step], i]);
          } else if (expected.length > 0) {
            const { batch, i } = held.take();
            assert.deepEqual([batches.indexOf(batch), i], [batches.indexOf(expected[0][0]), expected[0][1]]);
            expected.shift();
          }
          assert.equal(held.isEmpty, expected.length === 0);
          const sizes = expected.map(([batch, i]) => batch.endOf(i) - batch.startOf(i));
          assert.equal(
            held.sizeBytes,
            sizes.reduce((sum, size) => sum + size, 0),
          );
        }
      },
    ),
  );
});

/** A batch whose payloads have sizes of its own. */
function batchOf(number: number, count: number): Batch {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i++) {
    const sizeBytes = number * (i + 1);
    builder.reserve(sizeBytes);
    builder.add(builder.length + sizeBytes, 0, i, Number.NaN, NO_SLOT, NO_SLOT, i);
  }
  return new Batch(builder.pack({ topics: ['topic'], oddities: [], format: 'json' }));
}
