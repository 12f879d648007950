import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { PayloadStore } from '../../../src/convert/outputs/payload-store.js';

const size = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 4000, max: 4200 }),
  fc.integer({ min: (256 << 10) - 2, max: (256 << 10) + 2 }),
);

it('a store gives back the payloads that it was given, in order', () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const payloads = sizes.map((length, i) => Buffer.alloc(length, i + 1));
      const all = Buffer.concat(payloads);
      const store = new PayloadStore();
      let start = 0;
      const stored: Buffer[] = [];
      for (const { length } of payloads) {
        const from = store.add(all, start, start + length);
        stored.push(store.chunk.subarray(from, from + length));
        start += length;
      }
      assert.equal(stored.length, payloads.length);
      for (const [i, payload] of payloads.entries()) assert.ok(stored[i].equals(payload));
      assert.equal(store.sizeBytes, all.length);
    }),
  );
});
