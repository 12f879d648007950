import assert from 'node:assert/strict';
import { type Batch, NO_SLOT } from '../../src/batch/batch.js';
import { addOddities, noWarnings, type Warnings } from '../../src/batch/warnings.js';
import type { Run } from '../../src/timeline/timeline.js';

/** All that a pass plays, in a form that can be compared. */
export interface Played {
  readonly events: readonly string[];
  readonly warnings: Warnings;
  readonly skipped: number | undefined;
}

/** Plays a pass that has no damage. @param hasSkipped whether events that were skipped are counted */
export async function played(runs: AsyncIterable<Run>, hasSkipped: boolean): Promise<Played> {
  const events: string[] = [];
  const warnings = noWarnings();
  let skipped = 0;
  for await (const { batch, first, end, strays } of runs) {
    if (first === 0) {
      skipped += batch.skippedAtEnd;
      for (let i = 0; i < batch.count; i++) skipped += batch.skippedBefore(i);
      assert.deepEqual(batch.damage, []);
    }
    addOddities(warnings, batch.oddities, first, end);
    for (let i = first; i < end; i++) events.push(eventText(batch, i, strays?.has(i) === true));
  }
  return { events, warnings, skipped: hasSkipped ? skipped : undefined };
}

/** All that a batch says of an event. */
export function eventText(batch: Batch, i: number, isStray: boolean): string {
  const start = batch.startOf(i);
  const slot = (offset: number) => (offset === NO_SLOT ? -1 : offset - start);
  const dataSlot = slot(batch.dataSlotOf(i));
  return [
    batch.format,
    batch.topics[batch.topicIdOf(i)],
    batch.payloads.toString('latin1', start, batch.endOf(i)),
    ...[
      batch.dueS[i],
      batch.keyS[i],
      dataSlot === -1 ? 0 : batch.dataS[i],
      slot(batch.wireSlotOf(i)),
      dataSlot,
    ],
    isStray,
  ].join(' ');
}
