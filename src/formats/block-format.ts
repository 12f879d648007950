import type { BlockFile } from './block-file.js';
import type { BlockIndex } from './block-index.js';
import type { EventBlock } from './event-block.js';

/** A format of files whose events lie in blocks. */
export interface BlockFormat<D = unknown> {
  /** What a row is called in messages. */
  readonly unit: 'message' | 'line';
  /**
   * Finds the blocks of a file: where the file itself says where they are, or else by reading it.
   *
   * @param report called with the share that was read, 0 to 1; what it throws ends the reading
   */
  index(file: BlockFile, report: (share: number) => void): BlockIndex<D>;
  /** Reads a block. Damage is noted in the result. */
  read(file: BlockFile, index: BlockIndex<D>, block: number): EventBlock;
  /** Where a block is, in words. */
  placeOf(index: BlockIndex<D>, block: number): string;
}
