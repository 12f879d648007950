import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { topicMatcher } from '../../src/selection/topic-pattern.js';

/** The expression that a pattern stands for; it is slow for many stars, so the patterns here are short. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
}

const sign = fc.constantFrom('*', '?', 'a', 'b', '.', '🔭', '[', '\n');
const letter = fc.constantFrom('a', 'b', '.', '🔭', '🔬', '[', '\n');

test('matches what a pattern stands for', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: sign, maxLength: 7 }),
      fc.string({ unit: letter, maxLength: 10 }),
      (pattern, topic) => {
        assert.equal(topicMatcher([pattern])(topic), expressionOf(pattern).test(topic));
      },
    ),
    { numRuns: 3000 },
  );
});

test('ends for a pattern of many stars and a long topic', () => {
  const pattern = `${'a*'.repeat(50)}b`;
  const topic = 'a'.repeat(1_000_000);
  assert.equal(topicMatcher([pattern])(topic), false);
  assert.equal(topicMatcher([pattern])(`${topic}b`), true);
  assert.equal(topicMatcher([`${'*a?'.repeat(50)}*c*`])(topic), false);
});

test('names match whole topics, beside patterns', () => {
  const isWanted = topicMatcher(['a.b', 'c.*']);
  assert.deepEqual(['a.b', 'a.bc', 'c.', 'c', 'xc.'].map(isWanted), [true, false, true, false, false]);
  assert.equal(topicMatcher([])('anything'), true);
});
