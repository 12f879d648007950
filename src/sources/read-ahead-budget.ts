/** Memory for batches that are read ahead, in equal shares for all readers at a time. */
export class ReadAheadBudget {
  private readonly _totalBytes: number;
  private _readers = 0;

  /** @param totalBytes 1 or more */
  constructor(totalBytes: number) {
    this._totalBytes = totalBytes;
  }

  /** What each reader may hold now, in bytes. */
  get shareBytes(): number {
    return this._totalBytes / Math.max(1, this._readers);
  }

  join(): void {
    this._readers += 1;
  }

  leave(): void {
    this._readers -= 1;
  }
}
