/** Size of the first chunk, and of the largest, unless a payload is larger. */
const [FIRST_BYTES, MOST_BYTES] = [4096, 256 << 10];

/** Keeps copies of payloads in chunks: none is copied again as more come, and memory that was never used is not touched. */
export class PayloadStore {
  private _chunk = Buffer.alloc(0);
  private _length = 0;
  private _sizeBytes = 0;

  /** The chunk in which the payload is that was added last. */
  get chunk(): Buffer {
    return this._chunk;
  }

  /** Of all payloads, in bytes. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** Adds a copy of `bytes[start..end)`. @returns where it begins in `chunk` */
  add(bytes: Buffer, start: number, end: number): number {
    const sizeBytes = end - start;
    if (this._length + sizeBytes > this._chunk.length) {
      const wanted = Math.min(MOST_BYTES, Math.max(FIRST_BYTES, 2 * this._chunk.length));
      this._chunk = Buffer.allocUnsafeSlow(Math.max(wanted, sizeBytes));
      this._length = 0;
    }
    const from = this._length;
    bytes.copy(this._chunk, from, start, end);
    this._length += sizeBytes;
    this._sizeBytes += sizeBytes;
    return from;
  }
}
