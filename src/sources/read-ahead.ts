import { Batch } from '../batch/batch.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import type { PlacedBatch } from './source.js';

/**
 * A piece of a source that is read as one batch, or as several where it is too large for one.
 *
 * @typeParam T says what to read, such as rows of a table
 */
export interface Piece<T> {
  readonly part: T;
  /** Share of the source that has been read when this piece ends: 0 to 1. */
  readonly shareAtEnd: number;
}

/** A batch that was read from the front of a part. */
export interface ReadPart<T> {
  readonly buffer: ArrayBuffer;
  /** What is left of the part; undefined: nothing. */
  readonly rest: T | undefined;
}

/** A batch that was read ahead. */
export interface ReadBatch<T> extends PlacedBatch {
  /** The part that it was read from, from its front. */
  readonly part: T;
  /** What is left of the part, which the next batch has; undefined: nothing. */
  readonly rest: T | undefined;
}

export interface ReadAheadOptions {
  /** Bounds the bytes of batches that were read and not yet taken; one batch is read in any case. */
  readonly budget: ReadAheadBudget;
  /** Most pieces that are read at a time: one more than there are threads keeps each of them busy. */
  readonly concurrency: number;
  /**
   * Most batches that are held before the first one is taken; each one that is taken doubles it. So what follows a jump does not
   * delay its first event where batches are read in the main thread. 1 or more; default no limit.
   */
  readonly firstBatches?: number;
  /**
   * Called with true when the budget lets readers rest and the next batches, of half its share in all, have been read and not yet
   * taken, and with false when that is over. Default: none.
   */
  readonly onRest?: (mayRest: boolean) => void;
}

/** Expected size of a batch before the first one was read. */
const EXPECTED_BATCH_BYTES = 512 << 10;
/** Factor by which the expected size falls from batch to batch, unless a batch is larger. */
const EXPECTATION_DECAY = 0.9;

interface Slot<T> {
  readonly piece: Piece<T>;
  readonly reading: Promise<ReadPart<T>>;
  /** Undefined while it is read. */
  sizeBytes: number | undefined;
  /** Whether it was read and left a rest, which is read when this batch is taken. */
  hasRest: boolean;
}

/**
 * Reads pieces concurrently and yields their batches in the order of the pieces. Reading begins with the constructor, and
 * goes on while the consumer is busy. The bytes of batches that wait to be taken, together with the expected bytes of
 * those that are being read, stay within the share of the budget.
 *
 * The first piece that cannot be read ends the iteration with its error, in its place.
 */
export class ReadAhead<T> implements AsyncIterableIterator<ReadBatch<T>> {
  private readonly _pieces: AsyncIterator<Piece<T>>;
  private readonly _read: (part: T) => Promise<ReadPart<T>>;
  private readonly _options: ReadAheadOptions;
  private readonly _slots: Slot<T>[] = [];
  private _expectedBytes = EXPECTED_BATCH_BYTES;
  private _mostBatches: number;
  /** Whether there are no more pieces to begin. */
  private _isEnded = false;
  private _isClosed = false;
  private _filling: Promise<void> | undefined;
  private _mayRest = false;

  constructor(
    pieces: AsyncIterator<Piece<T>>,
    read: (part: T) => Promise<ReadPart<T>>,
    options: ReadAheadOptions,
  ) {
    this._pieces = pieces;
    this._read = read;
    this._options = options;
    this._mostBatches = options.firstBatches ?? Number.POSITIVE_INFINITY;
    options.budget.join(this);
    this.fill();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ReadBatch<T>, undefined>> {
    const slots = this._slots;
    while (slots.length === 0 && !this._isEnded) await this.fill().catch(() => {});
    if (this._isClosed) return { done: true, value: undefined };
    if (slots.length === 0) {
      this._close();
      // Throws what ended the pieces, if that was an error.
      await this._filling;
      return { done: true, value: undefined };
    }
    // The slot stays in the queue, and counts, while it is read.
    const [slot] = slots;
    const { buffer, rest } = await slot.reading.catch(async (error) => {
      await this.return();
      throw error;
    });
    // The piece was too large for one batch: its rest comes before all pieces that were begun since.
    if (rest === undefined) slots.shift();
    else slots[0] = this._start({ ...slot.piece, part: rest });
    this._mostBatches *= 2;
    this._tellRest();
    this._expectedBytes = Math.max(buffer.byteLength, Math.ceil(this._expectedBytes * EXPECTATION_DECAY));
    this.fill();
    const { part, shareAtEnd } = slot.piece;
    return { done: false, value: { batch: new Batch(buffer), shareAtEnd, part, rest } };
  }

  /** Stops reading. Settles when all reads have ended. */
  async return(): Promise<IteratorResult<ReadBatch<T>, undefined>> {
    this._close();
    await this._pieces.return?.();
    await Promise.allSettled(this._slots.map((slot) => slot.reading));
    this._slots.length = 0;
    return { done: true, value: undefined };
  }

  /** Bytes of the batches that were read and not yet taken. */
  get heldBytes(): number {
    return this._slots.reduce((bytes, { sizeBytes = 0 }) => bytes + sizeBytes, 0);
  }

  private _close(): void {
    this._options.budget.leave(this);
    this._isClosed = true;
    this._isEnded = true;
  }

  /** Starts reading as many pieces as there is room for. Settles when there is no more room, or no more piece. */
  fill(): Promise<void> {
    this._filling ??= this._fill().then(() => {
      if (!this._isEnded) this._filling = undefined;
    });
    // `next` awaits it, after the batches before.
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

  private _start(piece: Piece<T>): Slot<T> {
    const slot: Slot<T> = { piece, reading: this._read(piece.part), sizeBytes: undefined, hasRest: false };
    slot.reading.then(
      ({ buffer, rest }) => {
        slot.sizeBytes = buffer.byteLength;
        slot.hasRest = rest !== undefined;
        this._tellRest();
        this.fill();
      },
      () => {}, // `next` throws it.
    );
    return slot;
  }

  private _tellRest(): void {
    const { budget, onRest } = this._options;
    const readyBytes = this._readyBytes;
    const mayRest = budget.mayRest && readyBytes > 0 && readyBytes >= budget.shareBytes / 2;
    if (mayRest === this._mayRest) return;
    this._mayRest = mayRest;
    onRest?.(mayRest);
  }

  /** Bytes of the batches that can be taken without a wait. */
  private get _readyBytes(): number {
    let bytes = 0;
    for (const { sizeBytes, hasRest } of this._slots) {
      if (sizeBytes === undefined) break;
      bytes += sizeBytes;
      if (hasRest) break;
    }
    return bytes;
  }

  private _hasRoom(): boolean {
    const { concurrency, budget } = this._options;
    if (this._slots.length >= this._mostBatches) return false;
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
