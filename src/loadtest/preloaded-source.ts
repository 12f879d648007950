import { Batch } from '../batch/batch.js';
import type { PlacedBatch, Source } from '../sources/source.js';

/** A batch as it was read, before it was sent. */
interface KeptBatch {
  readonly buffer: ArrayBuffer;
  readonly shareAtEnd: number;
}

/** The events of a source, kept in memory as they were decoded: they can be played again and again at the cost of a copy. */
export class PreloadedSource implements Source {
  readonly name: string;
  readonly damage: Source['damage'];
  readonly sizeBytes: number;
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  readonly firstKeyS: number;
  private readonly _kept: readonly KeptBatch[];

  private constructor(source: Source, kept: readonly KeptBatch[]) {
    this.name = source.name;
    this.damage = source.damage;
    this.sizeBytes = source.sizeBytes;
    this.firstTimeS = source.firstTimeS;
    this.lastTimeS = source.lastTimeS;
    this.firstKeyS = source.firstKeyS;
    this._kept = kept;
  }

  /**
   * Reads sources into memory, one after the other.
   *
   * @param mostBytes that are kept of all together
   * @returns undefined: they do not fit
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  static async readAll(
    sources: readonly Source[],
    mostBytes: number,
  ): Promise<PreloadedSource[] | undefined> {
    let leftBytes = mostBytes;
    const all: PreloadedSource[] = [];
    for (const source of sources) {
      const kept: KeptBatch[] = [];
      for await (const { batch, shareAtEnd } of source.batches()) {
        leftBytes -= batch.sizeBytes;
        if (leftBytes < 0) return undefined;
        kept.push({ buffer: batch.dueS.buffer as ArrayBuffer, shareAtEnd });
      }
      all.push(new PreloadedSource(source, kept));
    }
    return all;
  }

  async *batches(): AsyncGenerator<PlacedBatch> {
    // A buffer that was sent is never written again.
    for (const { buffer, shareAtEnd } of this._kept) yield { batch: new Batch(buffer.slice(0)), shareAtEnd };
  }
}
