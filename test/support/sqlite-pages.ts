/** A small reader of SQLite's file format (https://www.sqlite.org/fileformat.html), to know on which pages rows lie. */
export class SqlitePages {
  readonly pageSize: number;
  private readonly _bytes: Buffer;

  constructor(bytes: Buffer) {
    this._bytes = bytes;
    const size = bytes.readUInt16BE(16);
    this.pageSize = size === 1 ? 65536 : size;
  }

  get count(): number {
    return this._bytes.length / this.pageSize;
  }

  /** Of each row of a table its row id, and all pages that are needed to read it: from the root on, and overflow. */
  rowsOf(root: number): Map<bigint, number[]> {
    const rows = new Map<bigint, number[]>();
    this._walk(root, [], rows);
    return rows;
  }

  private _walk(page: number, above: number[], rows: Map<bigint, number[]>): void {
    const start = (page - 1) * this.pageSize;
    const header = start + (page === 1 ? 100 : 0);
    const path = [...above, page];
    const isLeaf = this._bytes[header] === 13;
    const cellCount = this._bytes.readUInt16BE(header + 3);
    for (let i = 0; i < cellCount; i++) {
      const cell = start + this._bytes.readUInt16BE(header + (isLeaf ? 8 : 12) + 2 * i);
      if (!isLeaf) this._walk(this._bytes.readUInt32BE(cell), path, rows);
      else {
        const [size, rowidAt] = this._varint(cell);
        const [rowid, payloadAt] = this._varint(rowidAt);
        rows.set(BigInt.asIntN(64, rowid), [...path, ...this._overflow(Number(size), payloadAt)]);
      }
    }
    if (!isLeaf) this._walk(this._bytes.readUInt32BE(header + 8), path, rows);
  }

  /** The pages that a leaf's payload goes on in (1.6). */
  private _overflow(size: number, payloadAt: number): number[] {
    const most = this.pageSize - 35;
    if (size <= most) return [];
    const least = Math.floor(((this.pageSize - 12) * 32) / 255) - 23;
    const surplus = least + ((size - least) % (this.pageSize - 4));
    const pages: number[] = [];
    let next = this._bytes.readUInt32BE(payloadAt + (surplus <= most ? surplus : least));
    for (; next !== 0; next = this._bytes.readUInt32BE((next - 1) * this.pageSize)) pages.push(next);
    return pages;
  }

  private _varint(at: number): [bigint, number] {
    let value = 0n;
    for (let i = 0; i < 8; i++) {
      const byte = this._bytes[at + i];
      value = (value << 7n) | BigInt(byte & 0x7f);
      if (byte < 0x80) return [value, at + i + 1];
    }
    return [(value << 8n) | BigInt(this._bytes[at + 8]), at + 9];
  }
}
