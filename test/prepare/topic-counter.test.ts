import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { TopicCounter, UNNUMBERED } from '../../src/prepare/topic-counter.js';

const blocks = fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }), {
  maxLength: 12,
});

test('counts each topic of each block, and what finds no room shares one count', () => {
  fc.assert(
    fc.property(
      blocks,
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 0, max: 160 }),
      (all, textBytes, most) => {
        const counter = new TopicCounter({ textBytes, counts: most });
        for (const block of all) counter.add(batchOf(block.map((topic) => `topic ${topic}`)));
        const { topics, ends } = counter;
        const counts = counter.counts();
        assert.ok(topics.reduce((sum, topic) => sum + 64 + 2 * topic.length, 0) <= textBytes);
        assert.ok(ends[all.length] <= most + all.length);
        for (const [i, block] of all.entries()) {
          const pairs = Array.from({ length: ends[i + 1] - ends[i] }, (_, at) => [
            counts[2 * (ends[i] + at)],
            counts[2 * (ends[i] + at) + 1],
          ]);
          const left = block.map((topic) => `topic ${topic}`);
          for (const [number, events] of pairs) {
            if (number === UNNUMBERED) continue;
            assert.equal(left.filter((topic) => topic === topics[number]).length, events);
            for (let k = 0; k < events; k++) left.splice(left.indexOf(topics[number]), 1);
          }
          const unnumbered = pairs.filter(([number]) => number === UNNUMBERED).map(([, events]) => events);
          assert.deepEqual(unnumbered, left.length === 0 ? [] : [left.length]);
          if (textBytes > 2500 && most > 12 * 12) assert.deepEqual(unnumbered, []);
        }
      },
    ),
  );
});

function batchOf(topics: readonly string[]): Batch {
  const builder = new BatchBuilder();
  const distinct = [...new Set(topics)];
  for (const topic of topics) builder.add(0, distinct.indexOf(topic), 1, 1, NO_SLOT, NO_SLOT);
  return new Batch(builder.pack({ topics: distinct, oddities: [], format: 'json' }));
}
