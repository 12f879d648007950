import type { Batch } from '../../../src/batch/batch.js';
import { inOrderOfTime, wholeOf } from '../../../src/sources/source.js';
import { Timeline } from '../../../src/timeline/timeline.js';
import { MemorySource } from '../memory-source.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';
import { SAMPLE_EVENTS, type Sample } from '../sample.js';

export const MERGE_TASKS: readonly MicroTask[] = [
  { id: 'merge three recordings', operation: 'event', isQuick: false, make: merging },
];

const RECORDINGS = 3;

/** Merges recordings whose events alternate, so that nearly every event is a run of its own. */
function merging(sample: Sample): Work {
  const batches = Array.from({ length: RECORDINGS }, (_, i) => sample.batch({ list: everyThird(i) }));
  const sources = inOrderOfTime(batches.map((batch) => new MemorySource(batch)));
  const order = new Float64Array(SAMPLE_EVENTS);
  let count = 0;
  return {
    operations: SAMPLE_EVENTS,
    call: async () => {
      count = 0;
      for await (const { batch, first, end } of new Timeline(sources.map(wholeOf))) {
        for (let i = first; i < end; i++) order[count++] = batch.keyS[i];
      }
      return count;
    },
    fault: () => {
      const expected = naivelyMerged(batches);
      const wrong = expected.findIndex((timeS, i) => timeS !== order[i]);
      return (
        faultOf('the number of events', SAMPLE_EVENTS, count) ??
        (wrong === -1 ? undefined : faultOf(`the time of event ${wrong}`, expected[wrong], order[wrong]))
      );
    },
  };
}

function everyThird(from: number): BigInt64Array<ArrayBuffer> {
  const rows: bigint[] = [];
  for (let row = from + 1; row <= SAMPLE_EVENTS; row += RECORDINGS) rows.push(BigInt(row));
  return BigInt64Array.from(rows);
}

/**
 * An event's position is the latest time that its recording has reached. Of equal positions the earlier
 * recording's comes first.
 */
function naivelyMerged(batches: readonly Batch[]): number[] {
  const positioned = [...batches]
    .sort((a, b) => a.keyS[0] - b.keyS[0])
    .flatMap(({ keyS }) => {
      let reachedS = Number.NEGATIVE_INFINITY;
      return Array.from(keyS, (timeS) => {
        reachedS = Math.max(reachedS, timeS);
        return { timeS, positionS: reachedS };
      });
    });
  return positioned.sort((a, b) => a.positionS - b.positionS).map(({ timeS }) => timeS);
}
