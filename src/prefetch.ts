import { Batch } from './batch.js';
import type { ReadResult, Rows } from './database/batch-reader.js';
import type { PlacedBatch } from './source.js';

/** A piece of a source that is read as one batch. */
export interface Piece {
  readonly rows: Rows;
  /** How much of the source has been read when this piece ends: 0 to 1. */
  readonly shareAtEnd: number;
}

export interface PrefetchOptions {
  /** Most bytes of batches that were read and not yet taken; one batch is read in any case. */
  readonly readAheadBytes: number;
  /** Most pieces that are being read at a time: one more than there are threads keeps each of them busy. */
  readonly concurrency: number;
}

/** What a batch is taken to need before the first one is there. */
const EXPECTED_BATCH_BYTES = 512 << 10;

interface Slot {
  readonly piece: Piece;
  readonly reading: Promise<ReadResult>;
  /** Undefined while it is read. */
  sizeBytes: number | undefined;
}

/**
 * Reads pieces concurrently and yields their batches in the order of the pieces. The bytes of batches that wait to be
 * taken, with what those being read are expected to need, stay within `readAheadBytes`.
 *
 * The first piece that cannot be read ends the iteration with its error, in its place.
 */
export async function* prefetch(
  pieces: AsyncIterator<Piece>,
  read: (rows: Rows) => Promise<ReadResult>,
  { readAheadBytes, concurrency }: PrefetchOptions,
): AsyncGenerator<PlacedBatch> {
  const slots: Slot[] = [];
  let expectedBytes = EXPECTED_BATCH_BYTES;
  let isEnded = false;

  const start = (piece: Piece): Slot => {
    const slot: Slot = { piece, reading: read(piece.rows), sizeBytes: undefined };
    // Taken up below, in order; until then a failure is nobody's unhandled rejection.
    slot.reading.then(
      ({ buffer }) => {
        slot.sizeBytes = buffer.byteLength;
      },
      () => {},
    );
    return slot;
  };
  const hasRoom = (): boolean => {
    let bytes = expectedBytes;
    let beingRead = 0;
    for (const { sizeBytes } of slots) {
      bytes += sizeBytes ?? expectedBytes;
      if (sizeBytes === undefined) beingRead += 1;
    }
    return slots.length === 0 || (beingRead < concurrency && bytes <= readAheadBytes);
  };

  try {
    for (;;) {
      while (!isEnded && hasRoom()) {
        const next = await pieces.next();
        if (next.done === true) isEnded = true;
        else slots.push(start(next.value));
      }
      const slot = slots.shift();
      if (slot === undefined) return;
      const { buffer, rest } = await slot.reading;
      // The piece was too large for one batch: what is left of it comes before all that was begun since.
      if (rest !== undefined) slots.unshift(start({ ...slot.piece, rows: rest }));
      expectedBytes = Math.max(buffer.byteLength, Math.ceil(expectedBytes * 0.9));
      yield { batch: new Batch(buffer), shareAtEnd: slot.piece.shareAtEnd };
    }
  } finally {
    await pieces.return?.();
    await Promise.allSettled(slots.map((slot) => slot.reading));
  }
}
