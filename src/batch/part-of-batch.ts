import { Batch, type BatchBuilder, NO_SLOT } from './batch.js';
import { movedOddities } from './warnings.js';

/** What becomes of an event of a batch: `skipped` events are counted, others that are not kept leave no trace. */
export type Fate = 'kept' | 'skipped' | 'left out';

/**
 * Copies those events of a batch that are kept to another batch.
 *
 * @param builder an empty builder, which is empty again afterwards
 * @param buffer of the batch
 * @param skippedBefore number of events that were skipped before the batch
 * @param fateOf called for each event, in order, with its index
 * @returns the buffer of the other batch, which the caller owns
 */
export function partOfBatch(
  builder: BatchBuilder,
  buffer: ArrayBuffer,
  skippedBefore: number,
  fateOf: (i: number, batch: Batch) => Fate,
): ArrayBuffer {
  const batch = new Batch(buffer);
  const topicIds = new Int32Array(batch.topics.length).fill(-1);
  const topics: string[] = [];
  const indexOf = new Int32Array(batch.count).fill(-1);
  builder.skipped = skippedBefore;
  for (let i = 0; i < batch.count; i++) {
    builder.skipped += batch.skippedBefore(i);
    const fate = fateOf(i, batch);
    if (fate === 'skipped') builder.skipped += 1;
    if (fate !== 'kept') continue;
    indexOf[i] = builder.count;
    const topicId = batch.topicIdOf(i);
    if (topicIds[topicId] === -1) topicIds[topicId] = topics.push(batch.topics[topicId]) - 1;
    copy(builder, batch, i, topicIds[topicId]);
  }
  builder.skipped += batch.skippedAtEnd;
  const oddities = movedOddities(batch.oddities, indexOf);
  return builder.pack({ topics, oddities, format: batch.format, damage: batch.damage });
}

function copy(builder: BatchBuilder, batch: Batch, i: number, topicId: number): void {
  const [start, end] = [batch.startOf(i), batch.endOf(i)];
  builder.reserve(end - start);
  const moved = builder.length - start;
  builder.bytes.set(batch.payloads.subarray(start, end), builder.length);
  const slot = (at: number) => (at === NO_SLOT ? NO_SLOT : at + moved);
  const [wireSlot, dataSlot] = [slot(batch.wireSlotOf(i)), slot(batch.dataSlotOf(i))];
  builder.add(end + moved, topicId, batch.dueS[i], batch.dataS[i], wireSlot, dataSlot, batch.keyS[i]);
}
