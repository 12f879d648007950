import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Damage } from '../batch/damage.js';
import { messageOf } from '../shared/errors.js';

/**
 * The blocks of a file, in their order: of MCAP the chunks, and runs of messages that are in none; of JSON lines, runs of lines.
 * A row is a message or a line, also one that is no event. Rows are numbered from 1 on. Plain data.
 *
 * @typeParam D what else a format needs to read its blocks
 */
export interface BlockIndex<D = unknown> {
  /** Offset of each block in the file, and its size in bytes. */
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  /** Number of rows before each block, and of all. */
  readonly rows: Float64Array;
  /** What cannot be read, as far as that is known before the blocks are read. */
  readonly damage: readonly Damage[];
  /** Sentences for the user. */
  readonly notices: readonly string[];
  /** Whether the file itself had this index, so that it is made again in no time. */
  readonly isQuick: boolean;
  readonly details: D;
}

/** Collects blocks. */
export class BlockList {
  private readonly _offsets: number[] = [];
  private readonly _sizes: number[] = [];
  private readonly _rows = [0];

  /** Number of rows so far. */
  get rows(): number {
    return this._rows[this._rows.length - 1];
  }

  /** A block without rows is left out. */
  add(offset: number, sizeBytes: number, rows: number): void {
    if (rows === 0) return;
    this._offsets.push(offset);
    this._sizes.push(sizeBytes);
    this._rows.push(this.rows + rows);
  }

  columns(): Pick<BlockIndex, 'offsets' | 'sizes' | 'rows'> {
    return {
      offsets: Float64Array.from(this._offsets),
      sizes: Float64Array.from(this._sizes),
      rows: Float64Array.from(this._rows),
    };
  }
}

export function writeIndex(path: string, index: BlockIndex): void {
  writeFileSync(path, serialize(index));
}

/** @throws where it is not as `writeIndex` wrote it */
export function readIndex(path: string): BlockIndex {
  return deserialize(readFileSync(path)) as BlockIndex;
}

/** What is wrong with an index that was kept; undefined: nothing. */
export function indexFault(path: string): string | undefined {
  try {
    readIndex(path);
    return undefined;
  } catch (error) {
    return `it cannot be read: ${messageOf(error)}`;
  }
}
