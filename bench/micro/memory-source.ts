import type { Batch } from '../../src/batch/batch.js';
import type { PlacedBatch, Source } from '../../src/sources/source.js';

/** A source of one batch that is in memory already. */
export class MemorySource implements Source {
  readonly name = 'memory';
  readonly damage = [];
  readonly sizeBytes: number;
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  readonly firstKeyS: number;
  private readonly _batch: Batch;

  /** @param batch at least one event */
  constructor(batch: Batch) {
    this._batch = batch;
    this.sizeBytes = batch.sizeBytes;
    this.firstTimeS = batch.dueS[0];
    this.lastTimeS = batch.dueS[batch.count - 1];
    this.firstKeyS = batch.keyS[0];
  }

  async *batches(): AsyncGenerator<PlacedBatch> {
    yield { batch: this._batch, shareAtEnd: 1 };
  }
}
