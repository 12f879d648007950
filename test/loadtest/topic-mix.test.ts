import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { TopicMix } from '../../src/loadtest/topic-mix.js';
import type { Runs } from '../../src/timeline/archive.js';
import type { Run } from '../../src/timeline/timeline.js';

const TOPICS = ['a', 'b', 'loud'];

/** A run of events of the topics in turn, whose payloads are their numbers with a slot at 2. */
function runOf(events: number, first = 0): Run {
  const builder = new BatchBuilder();
  for (let i = 0; i < events; i++) {
    const payload = Buffer.from(`{"${String(i).padStart(4, '0')}"}`);
    builder.reserve(payload.length);
    builder.bytes.set(payload, builder.length);
    const slot = i % 2 === 0 ? builder.length + 2 : NO_SLOT;
    builder.add(builder.length + payload.length, i % TOPICS.length, 1000 + i, 999 + i, slot, slot);
  }
  const batch = new Batch(builder.pack({ topics: TOPICS, oddities: [], format: 'json' }));
  return { source: {} as Run['source'], batch, first, end: events, shareAtEnd: 1, strays: new Set([5]) };
}

function runs(...all: Run[]): Runs {
  const values = all[Symbol.iterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => values.next() as IteratorResult<Run, undefined>,
    return: async () => ({ done: true, value: undefined }),
  };
}

interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly dueS: number;
  readonly slots: readonly number[];
}

async function sentBy(mix: TopicMix, ...all: Run[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  for await (const { batch, first, end } of mix.mix(runs(...all))) {
    for (let i = first; i < end; i++) {
      const start = batch.startOf(i);
      sent.push({
        topic: batch.topics[batch.topicIdOf(i)],
        payload: batch.payloads.subarray(start, batch.endOf(i)).toString(),
        dueS: batch.dueS[i],
        slots: [batch.wireSlotOf(i), batch.dataSlotOf(i)].map((slot) =>
          slot === NO_SLOT ? -1 : slot - start,
        ),
      });
    }
  }
  return sent;
}

describe('the mix of topics', () => {
  it('leaves everything else as it is', async () => {
    const mix = new TopicMix({ runaway: undefined, isSilent: () => false });
    const sent = await sentBy(mix, runOf(10, 3));
    assert.deepEqual(
      sent.map(({ topic, payload, dueS, slots }) => [topic, payload, dueS, slots]),
      Array.from({ length: 7 }, (_, at) => {
        const i = at + 3;
        const slot = i % 2 === 0 ? 2 : -1;
        return [TOPICS[i % 3], `{"${String(i).padStart(4, '0')}"}`, 1000 + i, [slot, slot]];
      }),
    );
  });

  it('has a silent topic say nothing, and counts what it would have said', async () => {
    const mix = new TopicMix({ runaway: undefined, isSilent: (topic) => topic === 'b' });
    const sent = await sentBy(mix, runOf(9));
    assert.deepEqual(
      sent.map(({ topic }) => topic),
      ['a', 'loud', 'a', 'loud', 'a', 'loud'],
    );
    const { value } = await mix.mix(runs(runOf(9))).next();
    assert.deepEqual([value?.batch.skippedBefore(1), value?.batch.skippedBefore(2)], [1, 0]);
    // The stray event has another index now.
    assert.deepEqual([...(value?.strays ?? [])], [3]);
  });

  it('gives a runaway topic its share, by repeating its last event at the times of the others', async () => {
    const mix = new TopicMix({ runaway: { topic: 'loud', share: 0.7 }, isSilent: () => false });
    const sent = await sentBy(mix, runOf(300), runOf(300), runOf(300));
    const loud = sent.filter(({ topic }) => topic === 'loud');
    const others = sent.filter(({ topic }) => topic !== 'loud');
    assert.equal(others.length, 600);
    assert(Math.abs(loud.length / sent.length - 0.7) < 0.005, `${loud.length} of ${sent.length}`);
    const repeated = loud.filter(({ payload }, i) => payload === loud[i - 1]?.payload);
    assert(repeated.length > 500);
    for (const { slots } of loud) assert(slots[0] === 2 || slots[0] === -1);
    const first = sent.findIndex(({ topic }) => topic === 'loud');
    assert.equal(first, 2, 'nothing is repeated before there is something to repeat');
  });
});
