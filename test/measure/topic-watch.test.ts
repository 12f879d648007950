import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TopicWatch } from '../../src/measure/topic-watch.js';
import type { Run } from '../../src/timeline/timeline.js';

/** A run of events of topics, each due a second after the one before. */
function runOf(topics: readonly string[], fromS: number): Run {
  const names = [...new Set(topics)];
  const dueS = Float64Array.from(topics, (_, i) => fromS + i);
  const batch = { topics: names, topicIdOf: (i: number) => names.indexOf(topics[i]), dueS };
  return { batch, first: 0, end: topics.length } as unknown as Run;
}

const topic = fc.constantFrom('a', 'b', 'c');
const run = fc.record({
  topics: fc.array(topic, { minLength: 1, maxLength: 20 }),
  looks: fc.array(fc.nat(20)),
});

test('knows how often a topic was sent, when last, and its events, however often it is asked', () => {
  fc.assert(
    fc.property(fc.array(run), fc.nat(20), (runs, lastPassed) => {
      const watch = new TopicWatch();
      watch.keep(new Set(['a']));
      watch.follow(new Set(['b']));
      const sent: { topic: string; dueS: number }[] = [];
      const followed: number[] = [];
      let passedBefore = 0;
      for (const [i, { topics, looks }] of runs.entries()) {
        const each = runOf(topics, 100 * i);
        watch.begin(each, passedBefore);
        const passed = i === runs.length - 1 ? Math.min(lastPassed, topics.length) : topics.length;
        for (const look of looks.toSorted((a, b) => a - b)) {
          watch.look(Math.min(look, passed));
          followed.push(...watch.takeFollowed('b').map(({ batch, index }) => batch.dueS[index]));
        }
        watch.look(passed);
        for (let at = 0; at < passed; at++) sent.push({ topic: topics[at], dueS: 100 * i + at });
        passedBefore = passed;
      }
      followed.push(...watch.takeFollowed('b').map(({ batch, index }) => batch.dueS[index]));
      const of = (topic: string) => sent.filter((event) => event.topic === topic).map(({ dueS }) => dueS);
      for (const name of ['a', 'b', 'c']) {
        const known = watch.topics.find((each) => each.topic === name);
        assert.equal(known?.sent ?? 0, of(name).length);
        assert.deepEqual(known?.lastS ?? Number.NaN, of(name).at(-1) ?? Number.NaN);
      }
      assert.deepEqual(followed, of('b'));
      const last = watch.takeLast('a');
      assert.equal(last?.batch.dueS[last.index], of('a').at(-1));
      assert.deepEqual([watch.takeLast('a'), watch.takeLast('c')], [undefined, undefined]);
    }),
  );
});

test('finds the last event of the present run for a topic that is asked for later', () => {
  const watch = new TopicWatch();
  watch.begin(runOf(['a', 'b', 'a', 'b'], 0), 0);
  watch.look(3);
  watch.keep(new Set(['a', 'b', 'z']));
  assert.deepEqual(
    [watch.takeLast('a')?.index, watch.takeLast('b')?.index, watch.takeLast('z')],
    [2, 1, undefined],
  );
});

test('thins out many events of a followed topic evenly, and keeps the newest', () => {
  const watch = new TopicWatch();
  watch.follow(new Set(['a']));
  const count = 10_000;
  for (let i = 0; i < 10; i++)
    watch.begin(runOf(new Array<string>(count).fill('a'), i * count), i === 0 ? 0 : count);
  watch.look(count);
  const times = watch.takeFollowed('a').map(({ batch, index }) => batch.dueS[index]);
  assert(times.length >= 100 && times.length <= 256, String(times.length));
  assert.equal(times.at(-1), 10 * count - 1);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert(times[0] < count);
});
