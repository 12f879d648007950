import type { PlacedBatch, Source } from '../sources/source.js';
import { type Derivation, derivedBatch } from './derived-batch.js';

/** The events of a source at other times, or of other topics: a telescope that there is not. */
export class VirtualSource implements Source {
  readonly name: string;
  /** What is wrong with the source is told once, by the source itself. */
  readonly damage = [];
  readonly sizeBytes: number;
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  readonly firstKeyS: number;
  private readonly _source: Source;
  private readonly _derivation: Derivation;

  constructor(source: Source, derivation: Derivation) {
    const { laterS } = derivation;
    this.name = source.name;
    this.sizeBytes = source.sizeBytes;
    this.firstTimeS = source.firstTimeS + laterS;
    this.lastTimeS = source.lastTimeS + laterS;
    this.firstKeyS = source.firstKeyS + laterS;
    this._source = source;
    this._derivation = derivation;
  }

  batches(): AsyncIterableIterator<PlacedBatch> {
    return derived(this._source.batches(), this._derivation);
  }
}

/** Reading begins with the call, and `return` ends it whether or not a batch was taken. */
function derived(
  batches: AsyncIterableIterator<PlacedBatch>,
  derivation: Derivation,
): AsyncIterableIterator<PlacedBatch> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const next = await batches.next();
      if (next.done === true) return next;
      const { batch, shareAtEnd } = next.value;
      return { done: false, value: { batch: derivedBatch(batch, derivation), shareAtEnd } };
    },
    async return() {
      await batches.return?.();
      return { done: true, value: undefined };
    },
  };
}
