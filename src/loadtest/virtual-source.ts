import type { PlacedBatch, Source } from '../sources/source.js';
import { type Derivation, derivedBatch } from './derived-batch.js';

type Batches = AsyncIterableIterator<PlacedBatch>;

/** The events of a source at other times, or of other topics: a telescope that there is not. Its reading begins at once. */
export class VirtualSource implements Source {
  readonly name: string;
  /** What is wrong with the source is told once, by the source itself. */
  readonly damage = [];
  readonly sizeBytes: number;
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  readonly firstKeyS: number;
  /** Settles when the first batch is there, or cannot be read, which `batches` then tells. */
  readonly ready: Promise<unknown>;
  private readonly _batches: Batches;
  private readonly _first: Promise<IteratorResult<PlacedBatch>>;
  private readonly _derivation: Derivation;
  private _isFirst = true;

  constructor(source: Source, derivation: Derivation) {
    const { laterS } = derivation;
    this.name = source.name;
    this.sizeBytes = source.sizeBytes;
    this.firstTimeS = source.firstTimeS + laterS;
    this.lastTimeS = source.lastTimeS + laterS;
    this.firstKeyS = source.firstKeyS + laterS;
    this._derivation = derivation;
    this._batches = source.batches();
    this._first = this._batches.next();
    this.ready = this._first.catch(() => {});
  }

  /** Call it once. */
  batches(): Batches {
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => this._next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Ends the reading, whether or not `batches` was called. */
  async close(): Promise<void> {
    await this._batches.return?.();
  }

  private async _next(): Promise<IteratorResult<PlacedBatch>> {
    const next = await (this._isFirst ? this._first : this._batches.next());
    this._isFirst = false;
    if (next.done === true) return next;
    const { batch, shareAtEnd } = next.value;
    return { done: false, value: { batch: derivedBatch(batch, this._derivation), shareAtEnd } };
  }
}
