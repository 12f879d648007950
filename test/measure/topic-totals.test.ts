import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TopicTotals } from '../../src/measure/topic-totals.js';

test('topics are counted, and from a thousand on together', () => {
  const totals = new TopicTotals();
  for (let i = 0; i < 1500; i++) totals.add(`topic ${i}`, 2);
  totals.add('topic 7', 3);
  totals.add('topic 1400', 1);
  const entries = new Map(totals.entries);
  assert.equal(entries.size, 1001);
  assert.equal(entries.get('topic 7'), 5);
  assert.equal(entries.get('topic 999'), 2);
  assert.equal(entries.get('(other topics)'), 2 * 500 + 1);
});

test('a topic that is longer than a label should be counts with the other ones', () => {
  const totals = new TopicTotals();
  totals.add('x'.repeat(256), 1);
  totals.add('x'.repeat(257), 4);
  assert.deepEqual(totals.entries, [
    ['x'.repeat(256), 1],
    ['(other topics)', 4],
  ]);
});
