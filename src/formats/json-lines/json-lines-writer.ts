import { gzipSync } from 'node:zlib';

/** Bytes of text that are written, or compressed, together. */
const BLOCK_BYTES = 1 << 20;
/** A night in JSON shrinks to a fifth with the fastest level; higher ones cost several times as much for a tenth. */
const GZIP_LEVEL = 1;
/** More topics than a real night has. Beyond it their texts are made anew, to bound memory. */
const MOST_TOPICS = 1 << 16;

const [NEWLINE, RETURN, SPACE] = [0x0a, 0x0d, 0x20];
const END = Buffer.from('}\n');

export interface JsonLinesOptions {
  /** Whether the file is compressed with gzip, in members of about a megabyte of text each. */
  readonly gzip: boolean;
}

/** Where lines go: a file, or memory. */
export interface LinesTarget {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /** @param bytes which the caller may reuse afterwards */
  write(bytes: Uint8Array): void;
}

/** Writes events as lines of JSON: `{"topic":"a.b.c","event":{…}}`. */
export class JsonLinesWriter {
  private readonly _file: LinesTarget;
  private readonly _gzip: boolean;
  private readonly _heads = new Map<string, Buffer>();
  private _block = Buffer.allocUnsafe(BLOCK_BYTES);
  private _length = 0;

  constructor(file: LinesTarget, { gzip }: JsonLinesOptions) {
    this._file = file;
    this._gzip = gzip;
  }

  /**
   * Writes an event. Its payload stands in the line as it is, but for line breaks between its members, which become spaces.
   *
   * @param payload a JSON value as `bytes[start..end)`, which is not kept
   * @throws TcsReplayError `WRITE_FAILED`
   */
  write(topic: string, bytes: Buffer, start: number, end: number): void {
    const head = this._headOf(topic);
    const sizeBytes = head.length + end - start + END.length;
    if (this._length > 0 && this._length + sizeBytes > this._block.length) this._flush();
    if (sizeBytes > this._block.length) this._block = Buffer.allocUnsafe(sizeBytes);
    const block = this._block;
    const payloadAt = this._length + head.length;
    block.set(head, this._length);
    bytes.copy(block, payloadAt, start, end);
    const to = payloadAt + end - start;
    spaceOut(block.subarray(payloadAt, to));
    block.set(END, to);
    this._length = to + END.length;
  }

  /** Writes what is left. @throws TcsReplayError `WRITE_FAILED` */
  end(): void {
    // Without any byte a file is no gzip.
    if (this._length > 0 || (this._gzip && this._file.sizeBytes === 0)) this._flush();
  }

  private _flush(): void {
    const block = this._block.subarray(0, this._length);
    this._file.write(this._gzip ? gzipSync(block, { level: GZIP_LEVEL }) : block);
    this._length = 0;
  }

  private _headOf(topic: string): Buffer {
    let head = this._heads.get(topic);
    if (head === undefined) {
      if (this._heads.size >= MOST_TOPICS) this._heads.clear();
      head = Buffer.from(`{"topic":${JSON.stringify(topic)},"event":`);
      this._heads.set(topic, head);
    }
    return head;
  }
}

/** Replaces line breaks by spaces. In JSON they stand between values only: within strings they are escaped. */
function spaceOut(payload: Buffer): void {
  for (const byte of [NEWLINE, RETURN]) {
    for (let at = payload.indexOf(byte); at !== -1; at = payload.indexOf(byte, at + 1)) payload[at] = SPACE;
  }
}
