import { PageFault } from './page-fault.js';
import type { PageFile, Run } from './page-file.js';

/** First bytes of the pages of a table (https://www.sqlite.org/fileformat.html, 1.6). */
const [INTERIOR, LEAF] = [0x05, 0x0d];
/** Sizes of the headers of these pages in bytes; the pointers to their cells follow. */
const [INTERIOR_HEADER_BYTES, LEAF_HEADER_BYTES] = [12, 8];
/** Offsets in these headers. */
const [CELL_COUNT_AT, RIGHTMOST_AT] = [3, 8];
/** More levels than a table of 2^47 bytes in pages of 512 bytes has. */
const MOST_LEVELS = 20;
/** A row with a larger payload is left to SQLite, so that memory is bounded. */
const LARGEST_PAYLOAD_BYTES = 16 << 20;

/** An interior page on the way to a leaf. */
interface Level {
  /** A copy of the page. */
  bytes: Uint8Array;
  cells: number;
  /** The child that is walked, 0 to `cells`. */
  child: number;
  /** No row below it has a larger row id. */
  largestRow: number;
}

/**
 * Walks the rows of a table in the order of their row ids, from its pages. It holds one page of each level, so its memory does not
 * grow with the table.
 *
 * Whatever does not add up is a `PageFault`: the type of a page, a number of a page, the place or length of a cell, row ids that do not
 * ascend or lie outside of what the pages above say. It never reads outside of a page, and always ends. After a fault, and after `PageFile.refresh` returned
 * true, `seek` begins anew.
 *
 * Row ids are numbers: a row with a negative row id, or one of 2^53 or more, is a fault.
 */
export class TableCursor {
  /** Whether the cursor stands on a row; false past the last one. */
  isOnRow = false;
  /** Row id of the current row. */
  rowid = -1;
  /** What holds the record of the current row: `bytes[payloadAt .. payloadEnd)`. Valid until the cursor moves. */
  bytes: Uint8Array = new Uint8Array(0);
  payloadAt = 0;
  payloadEnd = 0;

  private readonly _file: PageFile;
  private readonly _rootPage: number;
  private readonly _levels: Level[] = [];
  private _depth = 0;
  private _run: Run | undefined;
  private _leafBytes: Uint8Array = this.bytes;
  /** Offset of the leaf in `_leafBytes`. */
  private _leafAt = 0;
  private _leafEnd = 0;
  private _cells = 0;
  private _cell = 0;
  private _largestRow = 0;
  /** Where payloads are put together that do not fit into a page. */
  private _joined: Uint8Array = this.bytes;

  constructor(file: PageFile, rootPage: number) {
    this._file = file;
    this._rootPage = rootPage;
  }

  /**
   * Goes to the first row with this row id or a larger one.
   *
   * @throws PageFault
   */
  seek(rowid: number): void {
    this.release();
    let page = this._rootPage;
    let largestRow = Number.POSITIVE_INFINITY;
    while (this._enter(page, largestRow)) {
      const level = this._levels[this._depth - 1];
      level.child = this._childWith(level, rowid);
      largestRow = this._largestOf(level);
      page = this._pageOf(level);
    }
    // The rows before the one that is sought lie in this leaf, and are skipped; else it is the first row of the next leaf.
    this.rowid = -1;
    this._cell = this._cellWith(rowid) - 1;
    this.next();
  }

  /**
   * Goes to the next row.
   *
   * @throws PageFault
   */
  next(): void {
    this._cell += 1;
    if (this._cell >= this._cells && !this._nextLeaf()) {
      this.release();
      return;
    }
    const bytes = this._leafBytes;
    let at = this._cellAt(this._cell);
    let length = bytes[at++];
    if (length >= 0x80) {
      const start = at - 1;
      const second = bytes[at++];
      if (second < 0x80) length = ((length & 0x7f) << 7) | second;
      else {
        length = varint(bytes, start);
        at = start + varintBytes(bytes, start);
      }
    }
    let rowid = bytes[at++];
    if (rowid >= 0x80) {
      rowid &= 0x7f;
      let byte: number;
      let count = 1;
      do {
        byte = bytes[at++];
        rowid = rowid * 128 + (byte & 0x7f);
        count += 1;
      } while (byte >= 0x80 && count < 8);
      if (byte >= 0x80 || rowid > Number.MAX_SAFE_INTEGER)
        throw new PageFault('a row id of 2^53 or more, or a negative one');
    }
    if (rowid <= this.rowid || rowid > this._largestRow)
      throw new PageFault(`row id ${rowid} is not in its place`);
    this.rowid = rowid;
    this.isOnRow = true;
    if (length > this._file.usableBytes - 35) {
      this._join(at, length);
      return;
    }
    if (at + length > this._leafEnd) throw new PageFault(`row ${rowid} reaches past the end of its page`);
    this.bytes = bytes;
    this.payloadAt = at;
    this.payloadEnd = at + length;
  }

  /** Lets go of the page on which it stands. It stands on no row then. */
  release(): void {
    if (this._run !== undefined) this._run.pins -= 1;
    this._run = undefined;
    this._depth = 0;
    this._cells = 0;
    this.isOnRow = false;
  }

  /**
   * Enters a page of the table.
   *
   * @param largestRow no row of this page or below it may have a larger row id
   * @returns whether it is an interior page, which is the top level now; otherwise it is the leaf
   */
  private _enter(page: number, largestRow: number): boolean {
    // Page 1 holds the table of the schema.
    if (page < 2) throw new PageFault(`page ${page} cannot be part of a table`);
    const run = this._file.pin(page);
    const at = this._file.offsetIn(run, page);
    const { bytes } = run;
    const type = bytes[at];
    const cells = (bytes[at + CELL_COUNT_AT] << 8) | bytes[at + CELL_COUNT_AT + 1];
    if (type === LEAF) {
      this._run = run;
      this._leafBytes = bytes;
      this._leafAt = at;
      this._leafEnd = at + this._file.usableBytes;
      this._cells = cells;
      this._cell = -1;
      this._largestRow = largestRow;
      if (LEAF_HEADER_BYTES + 2 * cells > this._file.usableBytes || (cells === 0 && this._depth > 0)) {
        throw new PageFault(`page ${page} has ${cells} cells`);
      }
      return false;
    }
    run.pins -= 1;
    if (type !== INTERIOR) throw new PageFault(`page ${page} is none of a table: its type is ${type}`);
    if (INTERIOR_HEADER_BYTES + 2 * cells > this._file.usableBytes)
      throw new PageFault(`page ${page} has ${cells} cells`);
    if (this._depth === MOST_LEVELS) throw new PageFault(`more than ${MOST_LEVELS} levels`);
    const level = this._levelAt(this._depth);
    level.bytes.set(bytes.subarray(at, at + this._file.pageBytes));
    level.cells = cells;
    level.child = 0;
    level.largestRow = largestRow;
    this._depth += 1;
    return true;
  }

  private _levelAt(depth: number): Level {
    const { pageBytes } = this._file;
    const level = this._levels[depth];
    if (level?.bytes.length === pageBytes) return level;
    const made = { bytes: new Uint8Array(pageBytes), cells: 0, child: 0, largestRow: 0 };
    this._levels[depth] = made;
    return made;
  }

  /** Goes to the next leaf. @returns false where there is none */
  private _nextLeaf(): boolean {
    if (this._run !== undefined) this._run.pins -= 1;
    this._run = undefined;
    while (this._depth > 0) {
      const level = this._levels[this._depth - 1];
      if (level.child < level.cells) {
        // The rows that follow have larger row ids than this child may have.
        this.rowid = Math.max(this.rowid, this._keyOf(level, level.child));
        level.child += 1;
        let top = level;
        while (this._enter(this._pageOf(top), this._largestOf(top))) top = this._levels[this._depth - 1];
        this._cell = 0;
        return true;
      }
      this._depth -= 1;
    }
    return false;
  }

  /** Offset of a cell of an interior page. */
  private _interiorCellAt({ bytes }: Level, cell: number): number {
    const pointer = INTERIOR_HEADER_BYTES + 2 * cell;
    const at = (bytes[pointer] << 8) | bytes[pointer + 1];
    if (at < INTERIOR_HEADER_BYTES || at > this._file.usableBytes - 5)
      throw new PageFault(`a cell at byte ${at} of its page`);
    return at;
  }

  private _keyOf(level: Level, cell: number): number {
    return varint(level.bytes, this._interiorCellAt(level, cell) + 4);
  }

  /** Page of the current child. */
  private _pageOf(level: Level): number {
    const at = level.child === level.cells ? RIGHTMOST_AT : this._interiorCellAt(level, level.child);
    const { bytes } = level;
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }

  /** Largest row id that may be below the current child. */
  private _largestOf(level: Level): number {
    if (level.child === level.cells) return level.largestRow;
    const key = this._keyOf(level, level.child);
    if (key > level.largestRow) throw new PageFault(`row id ${key} is not in its place`);
    return key;
  }

  /** The first child below which there may be `rowid` or a larger one. */
  private _childWith(level: Level, rowid: number): number {
    let [low, high] = [0, level.cells];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this._keyOf(level, middle) < rowid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Offset of a cell of the leaf. */
  private _cellAt(cell: number): number {
    const pointer = this._leafAt + LEAF_HEADER_BYTES + 2 * cell;
    const at = this._leafAt + ((this._leafBytes[pointer] << 8) | this._leafBytes[pointer + 1]);
    if (at < this._leafAt + LEAF_HEADER_BYTES || at > this._leafEnd - 4) {
      throw new PageFault(`a cell at byte ${at - this._leafAt} of its page`);
    }
    return at;
  }

  /** The first cell of the leaf with this row id or a larger one. */
  private _cellWith(rowid: number): number {
    let [low, high] = [0, this._cells];
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this._cellAt(middle);
      if (varint(this._leafBytes, at + varintBytes(this._leafBytes, at)) < rowid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a payload together whose first part is in the leaf at `at`, and the rest in a chain of overflow pages. */
  private _join(at: number, length: number): void {
    if (length > LARGEST_PAYLOAD_BYTES) throw new PageFault(`a row of ${length} bytes`);
    // fileformat.html, 1.6, "Cell payload overflow".
    const { usableBytes } = this._file;
    const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usableBytes - 4));
    const local = fitting <= usableBytes - 35 ? fitting : least;
    if (at + local + 4 > this._leafEnd)
      throw new PageFault(`row ${this.rowid} reaches past the end of its page`);
    if (this._joined.length < length) this._joined = new Uint8Array(length);
    this._joined.set(this._leafBytes.subarray(at, at + local));
    let page = uint32(this._leafBytes, at + local);
    for (let joined = local; joined < length; ) {
      if (page < 2) throw new PageFault(`row ${this.rowid} has no end`);
      const run = this._file.pin(page);
      const start = this._file.offsetIn(run, page);
      const part = Math.min(usableBytes - 4, length - joined);
      this._joined.set(run.bytes.subarray(start + 4, start + 4 + part), joined);
      joined += part;
      page = uint32(run.bytes, start);
      run.pins -= 1;
    }
    this.bytes = this._joined;
    this.payloadAt = 0;
    this.payloadEnd = length;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Number of bytes of the varint at `at`, 1 to 9. */
function varintBytes(bytes: Uint8Array, at: number): number {
  for (let count = 1; count < 9; count++) if (bytes[at + count - 1] < 0x80) return count;
  return 9;
}

/** The varint at `at`. @throws PageFault where it is negative or 2^53 or more */
function varint(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
  }
  throw new PageFault('a number of 2^53 or more, or a negative one');
}
