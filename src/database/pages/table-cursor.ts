import { InteriorPage } from './interior-page.js';
import { OddRow } from './odd-row.js';
import { PageFault } from './page-fault.js';
import { type PageFile, type Run, SLACK_BYTES } from './page-file.js';
import { findValues, integerAt, SIZE_OF_SHORT } from './record.js';
import { varint, varintBytes } from './varint.js';

/** First bytes of the pages of a table (https://www.sqlite.org/fileformat.html, 1.6). */
const INTERIOR = 0x05;
const LEAF = 0x0d;
/** Sizes of the headers of these pages in bytes; the pointers to their cells follow. */
const LEAF_HEADER_BYTES = 8;
/** Offsets in these headers. */
const CELL_COUNT_AT = 3;
/** More levels than a table of 2^47 bytes in pages of 512 bytes has. */
const MOST_LEVELS = 20;
/** A row with a larger payload is left to SQLite, so that memory is bounded. */
const LARGEST_PAYLOAD_BYTES = 16 << 20;

/**
 * Walks the rows of a table in the order of their row ids, from its pages. It holds one page of each level, and where the values
 * of one leaf stand, so its memory does not grow with the table.
 *
 * Whatever does not add up is a `PageFault`: the type of a page, a number of a page, the place or length of a cell, the types of a record, row
 * ids that do not ascend or lie outside of what the pages above say. It never reads outside of a page, and always ends. After a fault, and after
 * `PageFile.refresh` returned true, `seek` begins anew.
 *
 * Row ids are numbers: a row with a negative row id, or one of 2^53 or more, is an `OddRow`, as is one of more than 16 MiB.
 *
 * All cells of a leaf are found at once, in loops that do nothing else: that is faster than one row at a time.
 */
export class TableCursor {
  /** Whether the cursor stands on a row; false past the last one. */
  isOnRow = false;
  /** What holds the values of the current row. Valid until the cursor moves. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same, with at least `SLACK_BYTES` behind them. */
  view = new DataView(this.bytes.buffer);
  /** Column `c` of the current row has the serial type `types[row + c]`; `SERIAL.NULL` where the record is older than the column. */
  types = new Int32Array(0);
  /** The value of column `c` of the current row begins at `bytes[starts[row + c]]`. */
  starts = new Int32Array(0);
  /** See `types`. */
  row = 0;

  private readonly _file: PageFile;
  private readonly _rootPage: number;
  private readonly _columns: number;
  private readonly _isSparse: boolean;
  private readonly _levels: InteriorPage[] = [];
  private _depth = 0;
  private _run: Run | undefined;
  private _leafBytes: Uint8Array = this.bytes;
  private _leafView = this.view;
  /** Offset of the leaf's end in `_leafBytes`. */
  private _leafEnd = 0;
  private _cells = 0;
  private _cell = 0;
  /** Of each cell of the leaf: row id, and where its payload begins and ends; in an overflowing cell the negative length takes the end's place. */
  private _rowids = new Float64Array(0);
  private _payloads = new Int32Array(0);
  private _ends = new Int32Array(0);
  private _hasOverflow = false;
  /** No row up to this one follows. */
  private _passedRow = -1;
  /** Where payloads are put together that do not fit into a page. */
  private _joined: Uint8Array = this.bytes;

  /**
   * @param columns number of columns of the table: a record with more is a fault
   * @param isSparse whether the pages of the table stand among many that are not needed. Default false
   */
  constructor(file: PageFile, rootPage: number, columns: number, isSparse = false) {
    this._file = file;
    this._isSparse = isSparse;
    this._rootPage = rootPage;
    this._columns = columns;
  }

  /** Row id of the current row. */
  get rowid(): number {
    return this._rowids[this._cell];
  }

  /** Size of the record of the current row in bytes. */
  get payloadBytes(): number {
    const end = this._ends[this._cell];
    return end < 0 ? -end : end - this._payloads[this._cell];
  }

  /** The integer of a column of the current row. @throws OddRow where it is none, or not exact as a number */
  integer(column: number): number {
    return integerAt(this.bytes, this.types[this.row + column], this.starts[this.row + column]);
  }

  /**
   * Goes to the first row with this row id or a larger one.
   *
   * @throws PageFault
   */
  seek(rowid: number): void {
    this.release();
    this._passedRow = -1;
    let page = this._rootPage;
    let largestRow = Number.POSITIVE_INFINITY;
    while (this._enter(page, largestRow)) {
      const level = this._levels[this._depth - 1];
      level.child = this._childWith(level, rowid);
      if (level.child > 0) this._passedRow = Math.max(this._passedRow, this._keyOf(level, level.child - 1));
      largestRow = this._largestOf(level);
      page = level.childPage;
    }
    // The rows before the one that is sought lie in this leaf, and are skipped; else it is the first row of the next leaf.
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
    this.isOnRow = true;
    this.row = this._cell * this._columns;
    if (this._hasOverflow) this._join();
  }

  /** Lets go of the page on which it stands. It stands on no row then. */
  release(): void {
    if (this._run !== undefined) this._run.pins -= 1;
    this._run = undefined;
    this._depth = 0;
    this._cells = 0;
    this._cell = 0;
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
    const run = this._file.pin(page, this._isSparse);
    const at = this._file.offsetIn(run, page);
    const { bytes } = run;
    const type = bytes[at];
    const cells = (bytes[at + CELL_COUNT_AT] << 8) | bytes[at + CELL_COUNT_AT + 1];
    if (type === LEAF) {
      this._run = run;
      if (LEAF_HEADER_BYTES + 2 * cells > this._file.usableBytes || (cells === 0 && this._depth > 0)) {
        throw new PageFault(`page ${page} has ${cells} cells`);
      }
      this._enterLeaf(run, at, cells, largestRow);
      return false;
    }
    run.pins -= 1;
    if (type !== INTERIOR) throw new PageFault(`page ${page} is none of a table: its type is ${type}`);
    if (this._depth === MOST_LEVELS) throw new PageFault(`more than ${MOST_LEVELS} levels`);
    const level = this._levels[this._depth] ?? new InteriorPage(this._file);
    this._levels[this._depth] = level;
    level.take(run, at, cells);
    level.largestRow = largestRow;
    this._depth += 1;
    return true;
  }

  /** Goes to the next leaf. @returns false where there is none */
  private _nextLeaf(): boolean {
    if (this._run !== undefined) this._run.pins -= 1;
    this._run = undefined;
    while (this._depth > 0) {
      const level = this._levels[this._depth - 1];
      if (level.child < level.cells) {
        // The rows that follow have larger row ids than this child may have.
        this._passedRow = Math.max(this._passedRow, this._keyOf(level, level.child));
        level.child += 1;
        let top = level;
        while (this._enter(top.childPage, this._largestOf(top))) top = this._levels[this._depth - 1];
        this._cell = 0;
        return true;
      }
      this._depth -= 1;
    }
    return false;
  }

  private _keyOf(level: InteriorPage, cell: number): number {
    return varint(level.bytes, level.contentAt(cell));
  }

  /** Largest row id that may be below the current child. */
  private _largestOf(level: InteriorPage): number {
    if (level.child === level.cells) return level.largestRow;
    const key = this._keyOf(level, level.child);
    if (key > level.largestRow) throw new PageFault(`row id ${key} is not in its place`);
    return key;
  }

  /** The first child below which there may be `rowid` or a larger one. */
  private _childWith(level: InteriorPage, rowid: number): number {
    let [low, high] = [0, level.cells];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this._keyOf(level, middle) < rowid) low = middle + 1;
      else high = middle;
    }
    // Where a key is wrong, and leads the search astray, it ends beside it.
    const end = Math.min(low + 2, level.cells);
    for (let cell = Math.max(low - 1, 1); cell < end; cell++) {
      if (this._keyOf(level, cell - 1) >= this._keyOf(level, cell))
        throw new PageFault('row ids of an interior page that do not ascend');
    }
    return low;
  }

  /** Finds the cells of a leaf and the values of their records. */
  private _enterLeaf({ bytes, view }: Run, page: number, cells: number, largestRow: number): void {
    this._leafBytes = bytes;
    this._leafView = view;
    this._leafEnd = page + this._file.usableBytes;
    this.bytes = bytes;
    this.view = view;
    this._cell = -1;
    this._cells = 0;
    if (this._rowids.length < cells) this._makeRoom(cells);
    this._findCells(bytes, page, cells, largestRow);
    this._findValues(bytes, cells);
    this._cells = cells;
    if (cells > 0) this._passedRow = this._rowids[cells - 1];
  }

  private _makeRoom(cells: number): void {
    const length = 2 * cells;
    this._rowids = new Float64Array(length);
    this._payloads = new Int32Array(length);
    this._ends = new Int32Array(length);
    this.types = new Int32Array(length * this._columns);
    this.starts = new Int32Array(length * this._columns);
  }

  private _findCells(bytes: Uint8Array, page: number, cells: number, largestRow: number): void {
    const { _rowids: rowids, _payloads: payloads, _ends: ends } = this;
    const { usableBytes } = this._file;
    const [firstAt, lastAt, pageEnd] = [page + LEAF_HEADER_BYTES, page + usableBytes - 4, page + usableBytes];
    const mostLocalBytes = usableBytes - 35;
    let before = this._passedRow;
    let hasOverflow = false;
    for (let cell = 0, pointer = firstAt; cell < cells; cell++, pointer += 2) {
      let at = page + ((bytes[pointer] << 8) | bytes[pointer + 1]);
      if (at < firstAt || at > lastAt) throw new PageFault(`a cell at byte ${at - page} of its page`);
      let length = bytes[at++];
      if (length >= 0x80) {
        const second = bytes[at];
        if (second < 0x80) {
          length = ((length & 0x7f) << 7) | second;
          at += 1;
        } else {
          length = varint(bytes, at - 1);
          at += varintBytes(bytes, at - 1) - 1;
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
          throw new OddRow('a row id of 2^53 or more, or a negative one');
      }
      // Past the end of the bytes there is undefined, for which no comparison holds.
      if (!(rowid > before && rowid <= largestRow))
        throw new PageFault(`row id ${rowid} is not in its place`);
      before = rowid;
      rowids[cell] = rowid;
      payloads[cell] = at;
      if (length > mostLocalBytes) {
        if (length > LARGEST_PAYLOAD_BYTES) throw new OddRow(`a row of ${length} bytes`);
        ends[cell] = -length;
        hasOverflow = true;
      } else {
        if (!(at + length <= pageEnd)) throw new PageFault(`row ${rowid} reaches past the end of its page`);
        ends[cell] = at + length;
      }
    }
    this._hasOverflow = hasOverflow;
  }

  /** Finds the values of the records that lie in the leaf. */
  private _findValues(bytes: Uint8Array, cells: number): void {
    const { _payloads: payloads, _ends: ends, types, starts, _columns: columns } = this;
    for (let cell = 0; cell < cells; cell++) {
      const end = ends[cell];
      if (end < 0) continue;
      const start = payloads[cell];
      const row = cell * columns;
      // Nearly all records have a header of less than 128 bytes, and values of less than 58.
      const headerEnd = start + bytes[start];
      const last = row + columns;
      let at = start + 1;
      let value = headerEnd;
      let column = row;
      while (at < headerEnd && column < last) {
        const type = bytes[at++];
        types[column] = type;
        starts[column] = value;
        value += SIZE_OF_SHORT[type];
        column += 1;
      }
      if (at !== headerEnd || value !== end || column !== last)
        findValues(bytes, start, end, types, starts, row, columns);
    }
  }

  /** The first cell of the leaf with this row id or a larger one. */
  private _cellWith(rowid: number): number {
    let [low, high] = [0, this._cells];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this._rowids[middle] < rowid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts the payload of the current row together, where its first part is in the leaf, and the rest in a chain of overflow pages. */
  private _join(): void {
    const length = -this._ends[this._cell];
    if (length <= 0) {
      this.bytes = this._leafBytes;
      this.view = this._leafView;
      return;
    }
    // fileformat.html, 1.6, "Cell payload overflow".
    const { usableBytes } = this._file;
    const at = this._payloads[this._cell];
    const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usableBytes - 4));
    const local = fitting <= usableBytes - 35 ? fitting : least;
    if (at + local + 4 > this._leafEnd)
      throw new PageFault(`row ${this.rowid} reaches past the end of its page`);
    if (this._joined.length < length + SLACK_BYTES) this._joined = new Uint8Array(length + SLACK_BYTES);
    this._joined.set(this._leafBytes.subarray(at, at + local));
    let page = uint32(this._leafBytes, at + local);
    for (let joined = local; joined < length; ) {
      if (page < 2) throw new PageFault(`row ${this.rowid} has no end`);
      const run = this._file.pin(page, this._isSparse);
      const start = this._file.offsetIn(run, page);
      const part = Math.min(usableBytes - 4, length - joined);
      this._joined.set(run.bytes.subarray(start + 4, start + 4 + part), joined);
      joined += part;
      page = uint32(run.bytes, start);
      run.pins -= 1;
    }
    this.bytes = this._joined;
    this.view = new DataView(this._joined.buffer);
    findValues(this._joined, 0, length, this.types, this.starts, this.row, this._columns);
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
