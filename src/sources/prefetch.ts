import { Batch } from '../batch/batch.js';
import type { ReadResult } from '../database/events/batch-reader.js';
import type { Rows } from '../database/rows.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import type { PlacedBatch } from './source.js';

/** A piece of a source that is read as one batch. */
export interface Piece {
  readonly rows: Rows;
  /** How much of the source has been read when this piece ends: 0 to 1. */
  readonly shareAtEnd: number;
}

export interface PrefetchOptions {
  /** Bounds the bytes of batches that were read and not yet taken; one batch is read in any case. */
  readonly budget: ReadAheadBudget;
  /** Most pieces that are being read at a time: one more than there are threads keeps each of them busy. */
  readonly concurrency: number;
}

/** What a batch is taken to need before the first one is there. */
const EXPECTED_BATCH_BYTES = 512 << 10;
/** From batch to batch the expectation falls by so much, unless a batch is larger. */
const EXPECTATION_DECAY = 0.9;

interface Slot {
  readonly piece: Piece;
  readonly reading: Promise<ReadResult>;
  /** Undefined while it is read. */
  sizeBytes: number | undefined;
  /** Whether it has been read and left a rest, which is read when this is taken. */
  hasRest: boolean;
}

/**
 * Reads pieces concurrently and yields their batches in the order of the pieces. Reading begins with the call, and goes
 * on while the consumer is busy. The bytes of batches that wait to be taken, with what those being read are expected
 * to need, stay within the share of the budget.
 *
 * The first piece that cannot be read ends the iteration with its error, in its place.
 */
export function prefetch(
  pieces: AsyncIterator<Piece>,
  read: (rows: Rows) => Promise<ReadResult>,
  options: PrefetchOptions,
): ReadAhead {
  return new ReadAhead(pieces, read, options);
}

/** What is read ahead of a consumer, who takes it as from any iterator. */
export class ReadAhead implements AsyncIterableIterator<PlacedBatch> {
  private readonly _pieces: AsyncIterator<Piece>;
  private readonly _read: (rows: Rows) => Promise<ReadResult>;
  private readonly _options: PrefetchOptions;
  private readonly _slots: Slot[] = [];
  private _expectedBytes = EXPECTED_BATCH_BYTES;
  /** Whether there are no more pieces to begin. */
  private _isEnded = false;
  private _isClosed = false;
  private _filling: Promise<void> | undefined;

  constructor(
    pieces: AsyncIterator<Piece>,
    read: (rows: Rows) => Promise<ReadResult>,
    options: PrefetchOptions,
  ) {
    this._pieces = pieces;
    this._read = read;
    this._options = options;
    options.budget.join();
    this.fill();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PlacedBatch, undefined>> {
    const slots = this._slots;
    while (slots.length === 0 && !this._isEnded) await this.fill().catch(() => {});
    if (this._isClosed) return { done: true, value: undefined };
    if (slots.length === 0) {
      this._close();
      // Throws what ended the pieces, if that was an error.
      await this._filling;
      return { done: true, value: undefined };
    }
    // While it is read it stays in the queue, and counts.
    const [slot] = slots;
    const { buffer, rest } = await slot.reading.catch(async (error) => {
      await this.return();
      throw error;
    });
    // The piece was too large for one batch: what is left of it comes before all that was begun since.
    if (rest === undefined) slots.shift();
    else slots[0] = this._start({ ...slot.piece, rows: rest });
    this._expectedBytes = Math.max(buffer.byteLength, Math.ceil(this._expectedBytes * EXPECTATION_DECAY));
    this.fill();
    return { done: false, value: { batch: new Batch(buffer), shareAtEnd: slot.piece.shareAtEnd } };
  }

  /** Stops reading. Settles when nothing is being read any more. */
  async return(): Promise<IteratorResult<PlacedBatch, undefined>> {
    this._close();
    await this._pieces.return?.();
    await Promise.allSettled(this._slots.map((slot) => slot.reading));
    this._slots.length = 0;
    return { done: true, value: undefined };
  }

  private _close(): void {
    if (!this._isClosed) this._options.budget.leave();
    this._isClosed = true;
    this._isEnded = true;
  }

  /** Starts reading as many pieces as there is room for. Settles when there is none left, or no piece is. */
  fill(): Promise<void> {
    this._filling ??= this._fill().then(() => {
      if (!this._isEnded) this._filling = undefined;
    });
    // Whoever takes batches awaits it in its place.
    this._filling.catch(() => {});
    return this._filling;
  }

  private async _fill(): Promise<void> {
    try {
      while (!this._isEnded && this._hasRoom()) {
        const next = await this._pieces.next();
        if (next.done === true) this._isEnded = true;
        else if (!this._isEnded) this._slots.push(this._start(next.value));
      }
    } catch (error) {
      this._isEnded = true;
      throw error;
    }
  }

  private _start(piece: Piece): Slot {
    const slot: Slot = { piece, reading: this._read(piece.rows), sizeBytes: undefined, hasRest: false };
    // A failure is taken up by the consumer, in its place.
    slot.reading.then(
      ({ buffer, rest }) => {
        slot.sizeBytes = buffer.byteLength;
        slot.hasRest = rest !== undefined;
        this.fill();
      },
      () => {},
    );
    return slot;
  }

  private _hasRoom(): boolean {
    const { concurrency, budget } = this._options;
    let bytes = this._expectedBytes;
    let beingRead = 0;
    for (const { sizeBytes, hasRest } of this._slots) {
      bytes += sizeBytes ?? this._expectedBytes;
      if (hasRest) bytes += this._expectedBytes;
      if (sizeBytes === undefined || hasRest) beingRead += 1;
    }
    return this._slots.length === 0 || (beingRead < concurrency && bytes <= budget.shareBytes);
  }
}
