/** Size of the first chunk, and of the largest, unless a payload is larger. */
const [FIRST_BYTES, MOST_BYTES] = [4096, 256 << 10];

/** A payload in a store: `bytes[start..end)`. */
export interface StoredPayload {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Keeps copies of payloads in chunks: none is copied again as more come, and memory that was never used is not touched. */
export class PayloadStore {
  private readonly _chunks: Buffer[] = [];
  /** Where payloads begin and end in their chunks; one that begins at 0 is the first of the next chunk. */
  private readonly _starts: number[] = [];
  private readonly _ends: number[] = [];
  private _chunk = Buffer.alloc(0);
  private _length = 0;
  private _sizeBytes = 0;

  /** Of all payloads, in bytes. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** Number of payloads. */
  get count(): number {
    return this._ends.length;
  }

  /** Adds a copy of `bytes[start..end)`, which has a byte at least. */
  add(bytes: Buffer, start: number, end: number): void {
    const sizeBytes = end - start;
    if (this._length + sizeBytes > this._chunk.length) {
      const wanted = Math.min(MOST_BYTES, Math.max(FIRST_BYTES, 2 * this._chunk.length));
      this._chunk = Buffer.allocUnsafeSlow(Math.max(wanted, sizeBytes));
      this._chunks.push(this._chunk);
      this._length = 0;
    }
    bytes.copy(this._chunk, this._length, start, end);
    this._starts.push(this._length);
    this._length += sizeBytes;
    this._ends.push(this._length);
    this._sizeBytes += sizeBytes;
  }

  /** All payloads, in order. */
  *payloads(): Generator<StoredPayload> {
    let chunk = -1;
    for (const [i, start] of this._starts.entries()) {
      if (start === 0) chunk += 1;
      yield { bytes: this._chunks[chunk], start, end: this._ends[i] };
    }
  }
}
