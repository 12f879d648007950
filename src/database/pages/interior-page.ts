import { PageFault } from './page-fault.js';
import type { PageFile, Run } from './page-file.js';

/** Size of the header of an interior page in bytes; the pointers to its cells follow (https://www.sqlite.org/fileformat.html, 1.6). */
const HEADER_BYTES = 12;
const RIGHTMOST_AT = 8;
/** A cell begins with the number of its left child. */
const CHILD_BYTES = 4;

/** A copy of an interior page on the way to a leaf of a b-tree, and which of its children is walked. */
export class InteriorPage {
  readonly bytes: Uint8Array;
  /** Number of its cells; it has a child more. */
  cells = 0;
  /** The child that is walked, 0 to `cells`. Cell `i` stands between the children `i` and `i + 1`. */
  child = 0;
  /** No row below it has a larger row id; of tables only. */
  largestRow = 0;
  private readonly _usableBytes: number;

  constructor({ pageBytes, usableBytes }: PageFile) {
    this.bytes = new Uint8Array(pageBytes);
    this._usableBytes = usableBytes;
  }

  /** Takes over the page that begins at `run.bytes[at]`. @throws PageFault where it cannot have so many cells */
  take({ bytes }: Run, at: number, cells: number): void {
    if (HEADER_BYTES + 2 * cells > this._usableBytes)
      throw new PageFault(`an interior page of ${cells} cells`);
    this.bytes.set(bytes.subarray(at, at + this.bytes.length));
    this.cells = cells;
    this.child = 0;
  }

  /** Number of the page of the current child. */
  get childPage(): number {
    const { bytes } = this;
    const at = this.child === this.cells ? RIGHTMOST_AT : this._cellAt(this.child);
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }

  /** Offset in `bytes` of what a cell holds behind the number of its child. @throws PageFault */
  contentAt(cell: number): number {
    return this._cellAt(cell) + CHILD_BYTES;
  }

  private _cellAt(cell: number): number {
    const pointer = HEADER_BYTES + 2 * cell;
    const at = (this.bytes[pointer] << 8) | this.bytes[pointer + 1];
    if (at < HEADER_BYTES || at > this._usableBytes - CHILD_BYTES - 1)
      throw new PageFault(`a cell at byte ${at} of its page`);
    return at;
  }
}
