import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TopicRates } from '../../src/measure/topic-rates.js';
import type { Run } from '../../src/timeline/timeline.js';

const SECOND_NS = 1e9;

/** A run of events of topics, from `first` on. */
function runOf(topics: readonly string[], first = 0): Run {
  const names = [...new Set(topics)];
  const batch = { topics: names, topicIdOf: (i: number) => names.indexOf(topics[i]) };
  return { batch, first, end: topics.length } as unknown as Run;
}

test('rates settle at what is sent a second, the busiest first', () => {
  const rates = new TopicRates();
  rates.begin(runOf([]), 0);
  assert.deepEqual(rates.busiest(5, 0, 0), []);
  let passed = 0;
  for (let second = 1; second <= 60; second++) {
    rates.begin(runOf(['a', 'b', 'b', 'c', 'b']), passed);
    passed = 5;
    rates.busiest(5, passed, second * SECOND_NS);
  }
  const found = rates.busiest(2, passed, 60 * SECOND_NS);
  assert.deepEqual(
    found.map(({ topic }) => topic),
    ['b', 'a'],
  );
  assert(Math.abs(found[0].eventsPerS - 3) < 1e-6 && Math.abs(found[1].eventsPerS - 1) < 1e-6);
});

test('counts each event once, from the first question on, however runs are cut', () => {
  const rates = new TopicRates();
  rates.begin(runOf(['a', 'a', 'a', 'a', 'b'], 2), 0);
  rates.busiest(5, 1, 0); // One was sent before anybody asked.
  rates.busiest(5, 2, 1);
  rates.begin(runOf(['c', 'c']), 2); // A jump left one of the run before.
  const sum = (nowNs: number) =>
    rates.busiest(5, 1, nowNs).reduce((all, { eventsPerS }) => all + eventsPerS, 0);
  const found = new Set(rates.busiest(5, 1, 2).map(({ topic }) => topic));
  assert.deepEqual(found, new Set(['a', 'c']));
  assert(Math.abs(sum(2) - 1) < 0.01, 'an event in two seconds of memory counts for a half');
});

test('topics that fall silent are forgotten', () => {
  const rates = new TopicRates();
  rates.busiest(5, 0, 0);
  rates.begin(runOf(['a']), 0);
  assert.equal(rates.busiest(5, 1, SECOND_NS).length, 1);
  assert.equal(rates.busiest(5, 1, 60 * SECOND_NS).length, 0);
});
