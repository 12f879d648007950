import { PAGE, PAGE_BYTES, PageBuilder } from './page-builder.js';
import type { PageSink } from './page-sink.js';
import { varintLength, writeVarint } from './record-bytes.js';

/** Bytes of a page's number. */
const CHILD_BYTES = 4;
/** The largest payload of a row that lies within its page, and what is kept there of a larger one at least: "1.6" of the format. */
const MOST_LOCAL = PAGE_BYTES - 35;
const LEAST_LOCAL = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
const OVERFLOW_BYTES = PAGE_BYTES - CHILD_BYTES;

/**
 * Writes a b-tree of SQLite from entries that come in its order. A page is appended to the file when it is full, and its parent notes it;
 * so memory is a page for each level. The page at the top, which is the root, has its place from the start and is written at the end.
 */
abstract class PageTree {
  protected readonly sink: PageSink;
  protected readonly leaf: PageBuilder;
  private readonly _interior: PageBuilder[] = [];
  private readonly _interiorKind: typeof PAGE.tableInterior | typeof PAGE.indexInterior;

  constructor(sink: PageSink, kind: 'table' | 'index') {
    this.sink = sink;
    this.leaf = new PageBuilder(kind === 'table' ? PAGE.tableLeaf : PAGE.indexLeaf);
    this._interiorKind = kind === 'table' ? PAGE.tableInterior : PAGE.indexInterior;
  }

  /** Writes what is left. @param root number of the page at the top @throws TcsReplayError `WRITE_FAILED` */
  finish(root: number): void {
    const pages = [this.leaf, ...this._interior];
    let child = 0;
    for (const [level, page] of pages.entries()) {
      page.close(child);
      if (level < pages.length - 1) child = this.sink.append(page.bytes);
      else this.sink.replace(root, page.bytes);
    }
  }

  /** Appends the leaf to the file and empties it. @param key of its parent's cell: how entries of later pages differ from its own */
  protected endLeaf(key: Uint8Array): void {
    this.leaf.close();
    const number = this.sink.append(this.leaf.bytes);
    this.leaf.clear();
    this._addChild(0, number, key);
  }

  private _addChild(level: number, child: number, key: Uint8Array): void {
    this._interior[level] ??= new PageBuilder(this._interiorKind);
    const page = this._interior[level];
    const sizeBytes = CHILD_BYTES + key.length;
    if (!page.fits(sizeBytes)) {
      const last = page.pop();
      page.close(last.readUInt32BE(0));
      const number = this.sink.append(page.bytes);
      page.clear();
      this._addChild(level + 1, number, last.subarray(CHILD_BYTES));
    }
    const at = page.append(sizeBytes);
    page.view.setUint32(at, child);
    page.bytes.set(key, at + CHILD_BYTES);
  }
}

/** The rows of a table, by ascending row ids. */
export class TableTree extends PageTree {
  /** Where a record is written after `add`, from `at` on. */
  bytes: Buffer = this.leaf.bytes;
  at = 0;
  private _lastRow = 0;
  private _large = Buffer.alloc(0);
  private _largeRow = 0;

  constructor(sink: PageSink) {
    super(sink, 'table');
  }

  /**
   * Makes room for a row's record, which the caller writes to `bytes` from `at` on. `end` must follow.
   *
   * @throws TcsReplayError `WRITE_FAILED`
   */
  add(row: number, recordBytes: number): void {
    if (recordBytes > MOST_LOCAL) {
      if (this._large.length < recordBytes) this._large = Buffer.allocUnsafe(2 * recordBytes);
      this.bytes = this._large;
      this.at = 0;
      this._largeRow = row;
      return;
    }
    const at = this._cell(row, recordBytes, recordBytes);
    this.bytes = this.leaf.bytes;
    this.at = at;
  }

  /** Ends a row. @param recordBytes as for `add` @throws TcsReplayError `WRITE_FAILED` */
  end(recordBytes: number): void {
    if (recordBytes <= MOST_LOCAL) return;
    const surplus = LEAST_LOCAL + ((recordBytes - LEAST_LOCAL) % OVERFLOW_BYTES);
    const localBytes = surplus <= MOST_LOCAL ? surplus : LEAST_LOCAL;
    // A leaf that is full is appended to the file before the pages that its next cell refers to.
    const at = this._cell(this._largeRow, recordBytes, localBytes + CHILD_BYTES);
    this._large.copy(this.leaf.bytes, at, 0, localBytes);
    this.leaf.view.setUint32(at + localBytes, this.sink.next);
    const page = Buffer.alloc(PAGE_BYTES);
    for (let from = localBytes; from < recordBytes; from += OVERFLOW_BYTES) {
      const to = Math.min(from + OVERFLOW_BYTES, recordBytes);
      page.fill(0);
      if (to < recordBytes) page.writeUInt32BE(this.sink.after(this.sink.next), 0);
      this._large.copy(page, CHILD_BYTES, from, to);
      this.sink.append(page);
    }
    if (this._large.length > 1 << 20) this._large = Buffer.alloc(0);
  }

  /** @param storedBytes what lies in the page of the record @returns where it is to be written */
  private _cell(row: number, recordBytes: number, storedBytes: number): number {
    const sizeBytes = varintLength(recordBytes) + varintLength(row) + storedBytes;
    if (!this.leaf.fits(sizeBytes)) {
      const key = new Uint8Array(varintLength(this._lastRow));
      writeVarint(key, 0, this._lastRow);
      this.endLeaf(key);
    }
    this._lastRow = row;
    const { bytes } = this.leaf;
    const at = this.leaf.append(sizeBytes);
    return writeVarint(bytes, writeVarint(bytes, at, recordBytes), row);
  }
}

/** The entries of an index, in its order: records of less than 128 bytes. */
export class IndexTree extends PageTree {
  readonly bytes = this.leaf.bytes;

  constructor(sink: PageSink) {
    super(sink, 'index');
  }

  /** Makes room for an entry. @returns where its record is to be written in `bytes` @throws TcsReplayError `WRITE_FAILED` */
  add(recordBytes: number): number {
    // In an index the entry between two leaves stands in their parent only.
    if (!this.leaf.fits(1 + recordBytes)) this.endLeaf(this.leaf.pop());
    const at = this.leaf.append(1 + recordBytes);
    this.bytes[at] = recordBytes;
    return at + 1;
  }
}
