import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventList } from '../../src/ledger/event-list.js';
import { compareEvents } from '../../src/verify/compare-events.js';
import { isSame } from '../../src/verify/comparison.js';

interface Event {
  readonly timeUs: number;
  readonly topic: string;
  readonly content: number;
}

function listOf(events: readonly Event[]): EventList {
  const list = new EventList();
  for (const { timeUs, topic, content } of events) list.add(timeUs, list.topicId(topic), content, 0);
  return list;
}

/** Events whose times ascend, all of different content. */
function sentEvents(count: number): Event[] {
  return Array.from({ length: count }, (_, i) => ({ timeUs: 1000 + i, topic: `t${i % 5}`, content: i }));
}

/** What a receiver does with an event. */
const FATES = ['keeps', 'keeps', 'keeps', 'keeps', 'loses', 'doubles', 'alters', 'swaps', 'adds'] as const;
type Fate = (typeof FATES)[number];

/** Lets a receiver do something with each event, and counts what it did, plainly. */
function suffer(sent: readonly Event[], fates: readonly Fate[]) {
  const received: Event[] = [];
  const counts = { missing: 0, doubled: 0, altered: 0, reordered: 0, foreign: 0 };
  for (let i = 0; i < sent.length; i++) {
    const fate = fates[i];
    if (fate === 'loses') counts.missing += 1;
    else if (fate === 'doubles') {
      received.push(sent[i], sent[i]);
      counts.doubled += 1;
    } else if (fate === 'alters') {
      received.push({ ...sent[i], content: -1 - i });
      counts.altered += 1;
    } else if (fate === 'swaps' && i + 1 < sent.length) {
      received.push(sent[i + 1], sent[i]);
      counts.reordered += 1;
      i += 1;
    } else if (fate === 'adds') {
      received.push(sent[i], { timeUs: -i, topic: 'none of ours', content: 7_000_000 + i });
      counts.foreign += 1;
    } else received.push(sent[i]);
  }
  return { received, counts };
}

describe('what was received, held against what was sent', () => {
  for (const [by, timeOf] of [
    ['wire time', ({ timeUs }: Event) => timeUs],
    ['content', () => 1000],
  ] as const) {
    it(`has the counts of a plain model, matched by ${by}`, () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 60 }), (fates) => {
          const sent = sentEvents(fates.length).map((event) => ({ ...event, timeUs: timeOf(event) }));
          const { received, counts } = suffer(sent, fates);
          fc.pre(received.some((event) => sent.includes(event)) && sent.length > 1);
          const found = compareEvents(listOf(sent), listOf(received));
          assert.equal(found.matchedBy, by);
          const { missing, doubled, altered, reordered, foreign } = found;
          assert.deepEqual(
            {
              missing: missing.count,
              doubled: doubled.count,
              altered: altered.count,
              reordered: reordered.count,
              foreign: foreign.count,
            },
            counts,
          );
          assert.equal(
            isSame(found),
            Object.values(counts).every((count) => count === 0),
          );
          const lost = fates.flatMap((fate, i) =>
            fate === 'loses' && fates[i - 1] !== 'swaps' ? [i + 1] : [],
          );
          const named = missing.first.flatMap(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          );
          for (const number of named) assert.equal(fates[number - 1], 'loses');
          if (!fates.includes('swaps')) assert.deepEqual(named, lost);
        }),
        { numRuns: 500 },
      );
    });
  }

  it('names the tail, the beginning and whole topics that are missing', () => {
    const sent = sentEvents(100);
    const received = sent.slice(10, 90).filter(({ topic }) => topic !== 't3');
    const { missing, missingAtStart, missingAtEnd, missingTopics, topics } = compareEvents(
      listOf(sent),
      listOf(received),
    );
    assert.deepEqual(missingTopics, ['t3']);
    assert.deepEqual([missing.count, missingAtStart, missingAtEnd], [36, 10, 10]);
    assert.deepEqual(missing.first[0], { first: 1, last: 10 });
    assert.deepEqual(topics[0], { topic: 't3', sent: 20, received: 0, missing: 20 });
  });

  it('counts equal events, where it cannot tell which of them is missing', () => {
    const same = { timeUs: 5, topic: 'state', content: 1 };
    const { missing, doubled } = compareEvents(listOf([same, same, same]), listOf([same, same]));
    assert.deepEqual([missing.count, doubled.count], [1, 0]);
    const more = compareEvents(listOf([same, same]), listOf([same, same, same]));
    assert.deepEqual([more.missing.count, more.doubled.count], [0, 1]);
  });

  it('takes an event with a known time and another topic for an altered one', () => {
    const sent = sentEvents(10);
    const received = sent.map((event, i) => (i === 4 ? { ...event, topic: 'other' } : event));
    const { altered, missing, foreign } = compareEvents(listOf(sent), listOf(received));
    assert.deepEqual([altered.first.map(({ number }) => number), missing.count, foreign.count], [[5], 0, 0]);
  });

  it('finds events by content if the receiver has not kept their wire times', () => {
    const sent = sentEvents(10);
    const received = sent.map((event) => ({ ...event, timeUs: Number.NaN }));
    const found = compareEvents(listOf(sent), listOf(received));
    assert.deepEqual([found.matchedBy, isSame(found)], ['content', true]);
  });

  it('holds with nothing sent, and with nothing received', () => {
    assert.equal(isSame(compareEvents(listOf([]), listOf([]))), true);
    const none = compareEvents(listOf(sentEvents(3)), listOf([]));
    assert.deepEqual([none.missing.count, none.missingAtEnd, none.missingAtStart], [3, 3, 0]);
    assert.equal(compareEvents(listOf([]), listOf(sentEvents(3))).foreign.count, 3);
  });

  it('sums up the delays, and counts those before the send', () => {
    const sent = listOf(sentEvents(3));
    const received = new EventList();
    for (const [i, delayUs] of [1000, 3000, -500].entries())
      received.add(1000 + i, received.topicId(`t${i}`), i, 0, (1000 + i + delayUs) / 1e6);
    const { delay } = compareEvents(sent, received);
    assert.deepEqual([delay?.events, delay?.negative], [3, 1]);
    assert.ok(Math.abs((delay?.maxMs ?? 0) - 3) < 0.01);
    assert.equal(compareEvents(sent, sent).delay, undefined);
  });
});
