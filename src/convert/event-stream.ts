import { Batch, BatchBuilder } from '../batch/batch.js';
import { partOfBatch } from '../batch/part-of-batch.js';
import type { Source } from '../sources/source.js';
import type { Archive, Pass } from '../timeline/archive.js';
import type { Run } from '../timeline/timeline.js';

/** Events of one batch that follow each other in the order of the output. */
export interface StreamRun extends Pick<Run, 'batch' | 'first' | 'end' | 'shareAtEnd'> {
  /** Undefined for an event from before the selection. */
  readonly source: Source | undefined;
  /** Number of the source among those of the archive; one more for events from before the selection. */
  readonly number: number;
}

export interface StreamOptions {
  /** Whether the last event of each topic from before the selection comes first. */
  readonly prime: boolean;
  /** Number of events after which the stream ends; Infinity: no limit. */
  readonly limit: number;
}

/** All events of an archive that are selected, in the order of play. The consumer owns each batch once its last run has come. */
export async function* eventStream(
  archive: Archive,
  { prime, limit }: StreamOptions,
): AsyncGenerator<StreamRun> {
  const pass = archive.pass({ prime });
  const numberOf = new Map(archive.sources.map((source, number) => [source, number]));
  let left = limit;
  try {
    for (const batch of await pastOf(pass)) {
      if (left <= 0) return;
      left -= 1;
      const number = archive.sources.length;
      yield { batch, first: 0, end: 1, shareAtEnd: 0, source: undefined, number };
    }
    for await (const run of pass.timeline) {
      const { source, batch, first, shareAtEnd } = run;
      const end = Math.min(run.end, first + left);
      left -= end - first;
      yield { source, batch, first, end, shareAtEnd, number: numberOf.get(source) as number };
      if (left <= 0) return;
    }
  } finally {
    await pass.timeline.return();
  }
}

/** The events of a pass's past, each in a batch of its own: several may share one, in any order. */
async function pastOf({ past }: Pick<Pass, 'past'>): Promise<Batch[]> {
  const builder = new BatchBuilder();
  return (await past).map(({ batch, first }) => {
    const only = (i: number) => (i === first ? 'kept' : 'left out');
    return new Batch(partOfBatch(builder, batch.bytes.buffer, 0, only));
  });
}
