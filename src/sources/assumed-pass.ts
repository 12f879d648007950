import type { Rows } from '../database/rows.js';
import type { ReadBatch } from './read-ahead.js';
import type { PlacedBatch } from './source.js';

/** What an `AssumedPass` asks of its source. */
export interface AssumedPassSource {
  /** Whether what was assumed was found to be wrong. */
  readonly isRefuted: boolean;
  /** Waits until it is known. */
  settle(): Promise<void>;
  /** Begins a pass from a row id on, once it is known. */
  passFrom(row: bigint | undefined): AsyncIterableIterator<PlacedBatch>;
  /** All events before a row id have been handed over, with `batch` at the end. */
  handedOver(row: bigint, batch: PlacedBatch): void;
  /** The pass ends, and it is not known yet. */
  endedUnsettled(): void;
}

/**
 * A pass over a recording that goes on what is assumed of it until that is known. If it turns out to be wrong, what was read and not
 * yet handed over is read again. At its end it waits until it is known.
 */
export class AssumedPass implements AsyncIterableIterator<PlacedBatch> {
  private readonly _batches: AsyncIterableIterator<ReadBatch<Rows>>;
  private readonly _source: AssumedPassSource;
  /** The row id to go on from; undefined: the first one. */
  private _next: bigint | undefined;
  private _rest: AsyncIterableIterator<PlacedBatch> | undefined;
  private _isSettled = false;

  /** @param batches what is read meanwhile, in the order of the table */
  constructor(batches: AsyncIterableIterator<ReadBatch<Rows>>, source: AssumedPassSource) {
    this._batches = batches;
    this._source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PlacedBatch>> {
    if (this._rest !== undefined) return this._rest.next();
    const next = await this._batches.next();
    if (!this._source.isRefuted && next.done !== true) {
      this._next = rowBehind(next.value);
      this._source.handedOver(this._next, next.value);
      return next;
    }
    await this._source.settle();
    this._isSettled = true;
    if (!this._source.isRefuted) return { done: true, value: undefined };
    await this._batches.return?.();
    this._rest = this._source.passFrom(this._next);
    return this._rest.next();
  }

  async return(): Promise<IteratorResult<PlacedBatch>> {
    await (this._rest ?? this._batches).return?.();
    if (!this._isSettled) this._source.endedUnsettled();
    return { done: true, value: undefined };
  }
}

/** The row id behind what a batch was read from. */
function rowBehind({ part, rest }: ReadBatch<Rows>): bigint {
  if ('list' in part) throw new Error('A pass in the order of a table has ranges of rows');
  return rest !== undefined && 'first' in rest ? rest.first : part.last + 1n;
}
