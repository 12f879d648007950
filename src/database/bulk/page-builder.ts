/** Size of the pages that are written. */
export const PAGE_BYTES = 4096;

/** Kinds of pages (https://www.sqlite.org/fileformat.html, 1.6). */
export const PAGE = { indexInterior: 2, tableInterior: 5, indexLeaf: 10, tableLeaf: 13 } as const;

const LEAF_HEADER_BYTES = 8;
const INTERIOR_HEADER_BYTES = 12;
const POINTER_BYTES = 2;

/** A page of a b-tree whose cells are appended in order. Their content lies from the end of the page downwards. */
export class PageBuilder {
  readonly bytes = Buffer.alloc(PAGE_BYTES);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, PAGE_BYTES);
  private readonly _kind: number;
  private readonly _headerBytes: number;
  private _count = 0;
  private _contentAt = PAGE_BYTES;

  constructor(kind: (typeof PAGE)[keyof typeof PAGE]) {
    this._kind = kind;
    this._headerBytes =
      kind === PAGE.tableLeaf || kind === PAGE.indexLeaf ? LEAF_HEADER_BYTES : INTERIOR_HEADER_BYTES;
  }

  /** Number of cells. */
  get count(): number {
    return this._count;
  }

  /** Whether there is room for a cell. */
  fits(sizeBytes: number): boolean {
    return this._headerBytes + POINTER_BYTES * (this._count + 1) + sizeBytes <= this._contentAt;
  }

  /** Appends a cell, for which there is room. @returns where its bytes are to be written */
  append(sizeBytes: number): number {
    this._contentAt -= sizeBytes;
    this.view.setUint16(this._headerBytes + POINTER_BYTES * this._count, this._contentAt);
    this._count += 1;
    return this._contentAt;
  }

  /** Takes the last cell away. @returns a copy of its bytes */
  pop(): Buffer {
    const at = this._contentAt;
    this._count -= 1;
    const end = this._count === 0 ? PAGE_BYTES : this.view.getUint16(this._pointerAt(this._count - 1));
    const cell = Buffer.from(this.bytes.subarray(at, end));
    this.bytes.fill(0, at, end);
    this.view.setUint16(this._pointerAt(this._count), 0);
    this._contentAt = end;
    return cell;
  }

  /** Writes the header of the page, whose bytes are whole then. @param rightmost last child of an interior page */
  close(rightmost = 0): void {
    const { view } = this;
    view.setUint8(0, this._kind);
    view.setUint16(3, this._count);
    view.setUint16(5, this._contentAt);
    if (this._headerBytes === INTERIOR_HEADER_BYTES) view.setUint32(8, rightmost);
  }

  /** Empties the page. */
  clear(): void {
    this.bytes.fill(0);
    this._count = 0;
    this._contentAt = PAGE_BYTES;
  }

  private _pointerAt(cell: number): number {
    return this._headerBytes + POINTER_BYTES * cell;
  }
}
