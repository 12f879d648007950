import { compareKeys, type IndexKey } from './index-key.js';
import { InteriorPage } from './interior-page.js';
import { OddRow } from './odd-row.js';
import { PageFault } from './page-fault.js';
import type { PageFile, Run } from './page-file.js';
import { integerAt, isInteger, isText, SERIAL, sizeOf } from './record.js';
import { varint, varintBytes } from './varint.js';

/** First bytes of the pages of an index (https://www.sqlite.org/fileformat.html, 1.6). */
const INTERIOR = 0x02;
const LEAF = 0x0a;
/** Size of the header of a leaf in bytes; the pointers to its cells follow. */
const LEAF_HEADER_BYTES = 8;
const CELL_COUNT_AT = 3;
/** More levels than an index of 2^47 bytes in pages of 512 bytes has. */
const MOST_LEVELS = 40;

/**
 * Counts the entries of an index between two values of its first column, from its pages. It looks at some entries of each page and
 * takes their number from the page's header. What is counted next is found without a search if it follows.
 *
 * The index is in ascending order, by bytes. What does not add up is a `PageFault`. After a fault, and after `PageFile.refresh` returned true,
 * `release` is to be called.
 */
export class IndexEntries {
  private readonly _file: PageFile;
  private readonly _rootPage: number;
  private readonly _levels: InteriorPage[] = [];
  private _depth = 0;
  /** The leaf that holds the next entry; undefined where that is the current cell of the lowest level. */
  private _run: Run | undefined;
  /** Offset of the leaf in the run. */
  private _leafAt = 0;
  private _cells = 0;
  private _cell = 0;
  /** All entries up to this one were counted or passed over; undefined: it stands nowhere. */
  private _passed: IndexKey | undefined;

  constructor(file: PageFile, rootPage: number) {
    this._file = file;
    this._rootPage = rootPage;
  }

  /**
   * Number of entries whose first column is `first` to `last`.
   *
   * @param last of the same kind as `first`; it is kept
   * @throws PageFault
   */
  count(first: IndexKey, last: IndexKey): number {
    if (!this._standsAt(first)) this._seek(first);
    this._passed = last;
    let count = 0;
    for (let pages = 0; pages <= this._file.pages; pages++) {
      if (this._run !== undefined) {
        const end = this._endOf(last);
        count += end - this._cell;
        this._cell = end;
        if (end < this._cells) return count;
        this._leaveLeaf();
      }
      while (this._depth > 0 && this._lowest.child === this._lowest.cells) this._depth -= 1;
      if (this._depth === 0) {
        this._passed = undefined;
        return count;
      }
      if (this._compareCell(this._lowest.child, last) > 0) return count;
      count += 1;
      this._lowest.child += 1;
      this._enter(this._lowest.childPage, () => 0);
    }
    throw new PageFault('an index without an end');
  }

  /** Lets go of the page on which it stands. */
  release(): void {
    this._leaveLeaf();
    this._depth = 0;
    this._passed = undefined;
  }

  private get _lowest(): InteriorPage {
    return this._levels[this._depth - 1];
  }

  /** Whether the next entry is the first one from `first` on. */
  private _standsAt(first: IndexKey): boolean {
    const passed = this._passed;
    if (passed === undefined || typeof passed !== typeof first || compareKeys(passed, first) >= 0)
      return false;
    const next =
      this._run === undefined
        ? this._compareCell(this._lowest.child, first)
        : this._compareEntry(this._cell, first);
    return next >= 0;
  }

  private _seek(first: IndexKey): void {
    this.release();
    this._enter(this._rootPage, (cells, compare) => firstNotBelow(0, cells, (cell) => compare(cell, first)));
  }

  /** Goes to a leaf. @param choose the child, or the cell of the leaf, to go to */
  private _enter(
    rootPage: number,
    choose: (cells: number, compare: (cell: number, key: IndexKey) => number) => number,
  ): void {
    for (let page = rootPage; ; page = this._lowest.childPage) {
      if (page < 2) throw new PageFault(`page ${page} cannot be part of an index`);
      const run = this._file.pin(page);
      const at = this._file.offsetIn(run, page);
      const cells = (run.bytes[at + CELL_COUNT_AT] << 8) | run.bytes[at + CELL_COUNT_AT + 1];
      const type = run.bytes[at];
      if (type === LEAF) {
        this._run = run;
        this._leafAt = at;
        this._cells = cells;
        if (LEAF_HEADER_BYTES + 2 * cells > this._file.usableBytes)
          throw new PageFault(`page ${page} has ${cells} cells`);
        this._cell = choose(cells, (cell, key) => this._compareEntry(cell, key));
        return;
      }
      run.pins -= 1;
      if (type !== INTERIOR) throw new PageFault(`page ${page} is none of an index: its type is ${type}`);
      if (this._depth === MOST_LEVELS) throw new PageFault(`more than ${MOST_LEVELS} levels`);
      const level = this._levels[this._depth] ?? new InteriorPage(this._file);
      this._levels[this._depth] = level;
      level.take(run, at, cells);
      this._depth += 1;
      level.child = choose(cells, (cell, key) => this._compareCell(cell, key));
    }
  }

  private _leaveLeaf(): void {
    if (this._run !== undefined) this._run.pins -= 1;
    this._run = undefined;
  }

  /** The cell of the leaf, from the current one on, with which entries begin that are larger than `last`. */
  private _endOf(last: IndexKey): number {
    const cells = this._cells;
    if (this._cell === cells || this._compareEntry(cells - 1, last) <= 0) return cells;
    return firstNotBelow(this._cell, cells, (cell) => (this._compareEntry(cell, last) <= 0 ? -1 : 0));
  }

  /** Compares an entry of the leaf with a key. */
  private _compareEntry(cell: number, key: IndexKey): number {
    const { bytes } = this._run as Run;
    const pointer = this._leafAt + LEAF_HEADER_BYTES + 2 * cell;
    const at = (bytes[pointer] << 8) | bytes[pointer + 1];
    const { usableBytes } = this._file;
    if (at < LEAF_HEADER_BYTES || at >= usableBytes) throw new PageFault(`a cell at byte ${at} of its page`);
    return this._compare(bytes, this._leafAt + at, this._leafAt + usableBytes, key);
  }

  /** Compares a cell of the lowest level with a key. */
  private _compareCell(cell: number, key: IndexKey): number {
    return this._compare(this._lowest.bytes, this._lowest.contentAt(cell), this._file.usableBytes, key);
  }

  /** Compares the first value of the payload at `at` with a key. @returns less than 0 where it is smaller */
  private _compare(bytes: Uint8Array, at: number, pageEnd: number, key: IndexKey): number {
    const length = varint(bytes, at);
    const start = at + varintBytes(bytes, at);
    // fileformat.html, 1.6: what is longer goes on in overflow pages.
    const mostBytes = Math.floor(((this._file.usableBytes - 12) * 64) / 255) - 23;
    if (length > mostBytes || !(start + length <= pageEnd)) throw new OddRow(`an entry of ${length} bytes`);
    const value = start + varint(bytes, start);
    const type = varint(bytes, start + varintBytes(bytes, start));
    if (value + sizeOf(type) > start + length) throw new PageFault('an entry without an end');
    if (type === SERIAL.NULL) return -1;
    if (typeof key === 'number') {
      if (type === SERIAL.REAL) throw new OddRow('a REAL among the ids');
      return isInteger(type) ? integerAt(bytes, type, value) - key : 1;
    }
    if (type < SERIAL.BLOB) return -1;
    return isText(type) ? Buffer.compare(bytes.subarray(value, value + sizeOf(type)), key) : 1;
  }
}

/** The first of the cells `from` to `end` that is not below what is sought; `end` where all are. */
function firstNotBelow(from: number, end: number, compare: (cell: number) => number): number {
  let [low, high] = [from, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(middle) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
