import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type RenamingRule, TopicRenaming } from '../../src/selection/topic-renaming.js';

/** The expression that a pattern stands for. It is slow for many stars, so the patterns here are short. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '(.*?)')}$`, 's');
}

/** What the rules say, by regular expressions. */
function expected(rules: readonly RenamingRule[], prefix: string, topic: string): string {
  for (const { from, to } of rules) {
    const [, ...found] = expressionOf(from).exec(topic) ?? [];
    if (!expressionOf(from).test(topic)) continue;
    let star = 0;
    return prefix + to.replaceAll('*', () => found[star++] ?? '');
  }
  return prefix + topic;
}

const LETTERS = ['a', 'b', '.', '🔭', '$', '\n'] as const;
const from = fc.string({ unit: fc.constantFrom('*', ...LETTERS), minLength: 1, maxLength: 6 });
const to = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 6 });
const rule = fc.record({ from, to, stars: fc.nat({ max: 6 }) }).map(({ from, to, stars }): RenamingRule => {
  const most = Math.min(stars, from.split('*').length - 1);
  return { from, to: [...to].map((sign, i) => (i < most ? `*${sign}` : sign)).join('') };
});
const topic = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 10 });

describe('topics that are renamed', () => {
  it('have the name that the first rule gives that they fit, with the prefix before it', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), to, topic, (rules, prefix, name) => {
        assert.equal(new TopicRenaming(rules, prefix).sentAs(name), expected(rules, prefix, name));
      }),
      { numRuns: 3000 },
    );
  });

  it('come back by the rule turned around, where each star stands between dots', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '🔭'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(part, part, part, (system, source, key) => {
        const there = new TopicRenaming([{ from: '*.*.*', to: 'x.*.*.*.y' }]);
        const back = new TopicRenaming([{ from: 'x.*.*.*.y', to: '*.*.*' }]);
        const recorded = [system, source, key].join('.');
        assert.equal(back.sentAs(there.sentAs(recorded)), recorded);
      }),
    );
  });

  it('are found in time, with many stars and a long topic', () => {
    const renaming = new TopicRenaming([{ from: `${'a*'.repeat(50)}b`, to: 'c' }]);
    const long = 'a'.repeat(1_000_000);
    assert.equal(renaming.sentAs(long), long);
    assert.equal(renaming.sentAs(`${long}b`), 'c');
  });

  it('keep their names without a rule that they fit: a name is the whole topic', () => {
    const renaming = new TopicRenaming([
      { from: 'a.b', to: 'c' },
      { from: 'x.*', to: '*' },
    ]);
    assert.deepEqual(
      ['a.b', 'a.bb', 'x.a', 'x.', 'y.x.a'].map((name) => renaming.sentAs(name)),
      ['c', 'a.bb', 'a', '', 'y.x.a'],
    );
  });
});
