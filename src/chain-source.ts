import type { PlacedBatch, Source } from './source.js';

/** Plays sources one after the other, as one. They are closed with it. */
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

  async *batches(): AsyncGenerator<PlacedBatch> {
    let bytesBefore = 0;
    for (const source of this._sources) {
      for await (const { batch, shareAtEnd } of source.batches()) {
        yield { batch, shareAtEnd: (bytesBefore + shareAtEnd * source.sizeBytes) / this.sizeBytes };
      }
      bytesBefore += source.sizeBytes;
    }
  }

  async close(): Promise<void> {
    for (const source of this._sources) await source.close();
  }
}
