import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../src/batch/batch.js';
import { RelayQueue } from '../../src/relay/relay-queue.js';

const RECEIVED_S = 1_795_371_609;

function queueOf(queueBytes: number) {
  const told: (number | 'full')[] = [];
  const queue = new RelayQueue({
    ...{ queueBytes, behindS: 0, rewritesTimes: false },
    onFull: () => told.push('full'),
    onRoom: (dropped) => told.push(dropped),
  });
  return { queue, told };
}

const payloadOf = (number: number, sizeBytes: number) =>
  Buffer.from(JSON.stringify({ n: number, pad: 'x'.repeat(sizeBytes) }));

function numbersIn(buffer: ArrayBuffer): number[] {
  const batch = new Batch(buffer);
  return Array.from({ length: batch.count }, (_, i) => {
    const event = JSON.parse(batch.payloads.toString('utf8', batch.startOf(i), batch.endOf(i)));
    return (event as { n: number }).n;
  });
}

describe('the queue of a relay', () => {
  it('gives each event that it has taken once, in order, and says of the others that it has dropped them', async () => {
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 4000 }) },
      { weight: 1, arbitrary: fc.constant('take' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 200 }),
        fc.integer({ min: 1, max: 100_000 }),
        async (operations, queueBytes) => {
          const { queue, told } = queueOf(queueBytes);
          const [added, taken]: [number[], number[]] = [[], []];
          let dropped = 0;
          for (const [number, each] of operations.entries()) {
            if (each === 'take') {
              if (queue.count > 0) taken.push(...numbersIn((await queue.take()) as ArrayBuffer));
            } else if (queue.add('a', payloadOf(number, each), RECEIVED_S)) added.push(number);
            else dropped += 1;
            // What a batch has by itself comes on top of its events.
            assert.ok(queue.count <= 1 || queue.sizeBytes <= queueBytes + 1000);
          }
          queue.end();
          for (let buffer = await queue.take(); buffer !== undefined; buffer = await queue.take())
            taken.push(...numbersIn(buffer));
          assert.deepEqual(taken, added);
          assert.deepEqual([queue.accepted, queue.dropped, queue.count], [added.length, dropped, 0]);
          const rooms = told.filter((each) => each !== 'full');
          assert.ok(rooms.reduce((sum, each) => sum + each, 0) <= dropped);
        },
      ),
    );
  });

  it('drops what comes while it is full, until half of it was taken, and tells it once', async () => {
    const { queue, told } = queueOf(600_000);
    const add = (number: number) => queue.add('a', payloadOf(number, 1000), RECEIVED_S);
    let number = 0;
    while (add(number)) number += 1;
    const first = number;
    assert.ok(!add(first + 1) && !add(first + 2));
    assert.deepEqual([told, queue.dropped], [['full'], 3]);
    // The first batch is less than half.
    assert.deepEqual(numbersIn((await queue.take()) as ArrayBuffer).length < first / 2, true);
    assert.ok(!add(first + 3));
    await queue.take();
    assert.ok(add(first + 4));
    assert.deepEqual([told, queue.dropped], [['full', 4], 4]);
  });

  it('hands over what has come with the first event in one batch', async () => {
    const { queue } = queueOf(1e6);
    const taking = queue.take();
    for (let number = 0; number < 10; number++) queue.add('a', payloadOf(number, 10), RECEIVED_S);
    assert.equal(numbersIn((await taking) as ArrayBuffer).length, 10);
  });

  it('ends a take that waits', async () => {
    const { queue } = queueOf(1e6);
    const taking = queue.take();
    queue.end();
    assert.equal(await taking, undefined);
  });
});
