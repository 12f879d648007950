import type { EventBlock } from './event-block.js';

/** Blocks that are kept while they are not larger than this in all; one is kept in any case. */
const MOST_BYTES = 16 << 20;

/** Keeps the blocks that were read last: what is read of a file lies together, mostly. */
export class BlockCache {
  private readonly _read: (block: number) => EventBlock;
  private readonly _kept = new Map<number, EventBlock>();
  private _sizeBytes = 0;

  constructor(read: (block: number) => EventBlock) {
    this._read = read;
  }

  get(number: number): EventBlock {
    const known = this._kept.get(number);
    const block = known ?? this._read(number);
    this._kept.delete(number);
    this._kept.set(number, block);
    if (known !== undefined) return block;
    this._sizeBytes += block.bytes.length;
    for (const [oldest, { bytes }] of this._kept) {
      if (this._sizeBytes <= MOST_BYTES || this._kept.size === 1) break;
      this._kept.delete(oldest);
      this._sizeBytes -= bytes.length;
    }
    return block;
  }
}
