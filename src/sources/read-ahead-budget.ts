/** What holds batches that were read and not yet taken: a read-ahead is one. */
export interface BatchHolder {
  /** Of those batches. */
  readonly heldBytes: number;
}

/** Memory for batches that are read ahead, in equal shares for all readers at a time. */
export class ReadAheadBudget {
  readonly totalBytes: number;
  /**
   * Whether readers may take their time while enough is ready: where events are sent when they are due. Flat out a rest would only cost
   * time. Default false.
   */
  mayRest = false;
  private readonly _readers = new Set<BatchHolder>();

  /** @param totalBytes 1 or more */
  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
  }

  /** What each reader may hold now, in bytes. */
  get shareBytes(): number {
    return this.totalBytes / Math.max(1, this._readers.size);
  }

  /** What all readers hold now. */
  get heldBytes(): number {
    let bytes = 0;
    for (const { heldBytes } of this._readers) bytes += heldBytes;
    return bytes;
  }

  join(reader: BatchHolder): void {
    this._readers.add(reader);
  }

  leave(reader: BatchHolder): void {
    this._readers.delete(reader);
  }
}
