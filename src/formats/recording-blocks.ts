import { addDamage, type Damage } from '../batch/damage.js';
import { BlockCache } from './block-cache.js';
import { BlockFile } from './block-file.js';
import type { BlockFormat } from './block-format.js';
import { type BlockIndex, readIndex } from './block-index.js';
import { type EventBlock, UNREADABLE } from './event-block.js';
import type { FileRecording } from './file-recording.js';
import { FORMATS } from './formats.js';

/** A row of a file, in the block that holds it. */
export interface BlockRow {
  readonly block: EventBlock;
  /** Its number in the block, from 0 on. */
  readonly at: number;
}

/** The blocks of a recording, read when they are needed. */
export class RecordingBlocks {
  /** Number of rows. */
  readonly rows: number;
  private readonly _file: BlockFile;
  private readonly _index: BlockIndex;
  private readonly _format: BlockFormat;
  private readonly _cache: BlockCache;

  constructor({ format, readPath, indexPath }: Pick<FileRecording, 'format' | 'readPath' | 'indexPath'>) {
    this._index = readIndex(indexPath);
    this._format = FORMATS[format];
    this._file = new BlockFile(readPath);
    this._cache = new BlockCache((block) => this._format.read(this._file, this._index, block));
    this.rows = this._index.rows[this._index.rows.length - 1];
  }

  /** Number of the block that holds a row. @param row from 1 up to `rows` */
  numberOf(row: number): number {
    const { rows } = this._index;
    let [low, high] = [0, rows.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (rows[middle] < row) low = middle;
      else high = middle;
    }
    return low;
  }

  block(number: number): EventBlock {
    return this._cache.get(number);
  }

  /** The last row of a block. */
  lastRowOf(number: number): number {
    return this._index.rows[number + 1];
  }

  /** The block of a row, and the row in it. */
  at(row: number): BlockRow {
    const block = this.block(this.numberOf(row));
    return { block, at: row - 1 - block.rowsBefore };
  }

  /** Notes what of some rows of a block cannot be read. @param from, end numbers in the block */
  addDamage(damage: Damage[], number: number, from: number, end: number): void {
    const block = this.block(number);
    const table = `${this._format.unit}s`;
    const place = this._format.placeOf(this._index, number);
    const readEnd = Math.min(end, block.fault === undefined ? end : block.count);
    for (let at = from; at < readEnd; at++) {
      if (block.topicOf[at] !== UNREADABLE) continue;
      const row = BigInt(block.rowsBefore + at + 1);
      addDamage(damage, {
        ...{ table, where: place, firstRow: row, lastRow: row, reason: 'unreadable event', lostEvents: 1 },
      });
    }
    const lost = Math.max(from, readEnd);
    if (block.fault === undefined || lost >= end) return;
    const [firstRow, lastRow] = [lost, end - 1].map((at) => BigInt(block.rowsBefore + at + 1));
    const where = place === '' ? block.fault : `${place}: ${block.fault}`;
    addDamage(damage, { table, where, firstRow, lastRow, reason: 'unreadable rows', lostEvents: end - lost });
  }

  close(): void {
    this._file.close();
  }
}
