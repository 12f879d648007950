import type { PlacedBatch, Source } from './source.js';

/** Plays sources one after the other, as one. */
export class ChainSource implements Source {
  private readonly _sources: readonly Source[];

  /** @param sources at least one */
  constructor(sources: readonly Source[]) {
    this._sources = sources;
  }

  get sizeBytes(): number {
    return this._sources.reduce((sum, source) => sum + source.sizeBytes, 0);
  }

  get lastTimeS(): number {
    return this._sources.at(-1)?.lastTimeS ?? Number.NaN;
  }

  batches(): AsyncGenerator<PlacedBatch> {
    return this._chain(this._sources[0].batches());
  }

  private async *_chain(begun: AsyncGenerator<PlacedBatch>): AsyncGenerator<PlacedBatch> {
    let bytesBefore = 0;
    let batches = begun;
    for (const [i, source] of this._sources.entries()) {
      if (i > 0) batches = source.batches();
      for await (const { batch, shareAtEnd } of batches) {
        yield { batch, shareAtEnd: (bytesBefore + shareAtEnd * source.sizeBytes) / this.sizeBytes };
      }
      bytesBefore += source.sizeBytes;
    }
  }
}
