import { decodeUtf8 } from '../../encode/json-bytes.js';
import { FormatFault } from '../format-fault.js';

/** The bytes at both ends of an MCAP file (https://mcap.dev/spec). */
export const MAGIC = Buffer.from('\x89MCAP0\r\n', 'latin1');
/** An operation code of one byte, and the size of the content in eight. */
export const RECORD_HEADER_BYTES = 9;
/** Channel, sequence number, two times: what stands before the payload of a message. */
export const MESSAGE_HEADER_BYTES = 22;

/** The kinds of records. */
export const OP = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  chunkIndex: 0x08,
  attachment: 0x09,
  statistics: 0x0b,
  metadata: 0x0c,
  dataEnd: 0x0f,
} as const;
/** The largest known code; those from `FIRST_PRIVATE` on are everybody's own. */
export const LAST_KNOWN = OP.dataEnd;
export const FIRST_PRIVATE = 0x80;
/** A channel id has 16 bits, of which 0 is left out. */
export const MOST_CHANNELS = 65_535;

/** Reads the fields of a record, one after the other. */
export class Fields {
  private readonly _bytes: Buffer;
  private _at: number;
  private readonly _end: number;

  /** @param end just past the content of the record */
  constructor(bytes: Buffer, at: number, end: number) {
    this._bytes = bytes;
    this._at = at;
    this._end = end;
  }

  /** Offset of the next field in the bytes. */
  get at(): number {
    return this._at;
  }

  /** Bytes that are left. */
  get left(): number {
    return this._end - this._at;
  }

  u16(): number {
    return this._bytes.readUInt16LE(this._take(2));
  }

  u32(): number {
    return this._bytes.readUInt32LE(this._take(4));
  }

  /** A number of eight bytes; Infinity where it is not exact as a double, and therefore no size of a file that there is. */
  u64(): number {
    return u64At(this._bytes, this._take(8));
  }

  skip(sizeBytes: number): void {
    this._take(sizeBytes);
  }

  text(): string {
    const size = this.u32();
    const at = this._take(size);
    return decodeUtf8(this._bytes.subarray(at, at + size));
  }

  /** The fields of a map or array, whose size in bytes comes before it. */
  nested(): Fields {
    const size = this.u32();
    const at = this._take(size);
    return new Fields(this._bytes, at, at + size);
  }

  private _take(sizeBytes: number): number {
    const at = this._at;
    if (sizeBytes > this._end - at) throw new FormatFault('a record ends within a field');
    this._at = at + sizeBytes;
    return at;
  }
}

/** A number of eight bytes; Infinity where it is not exact as a double. */
export function u64At(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32LE(at + 4);
  return high < 1 << 21 ? high * 2 ** 32 + bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
}

/** A channel of messages. Plain data. */
export interface McapChannel {
  readonly topic: string;
  /** `json` is played. */
  readonly encoding: string;
}

/** Reads a channel record. @returns its id, and the channel @throws FormatFault */
export function readChannel(fields: Fields): [id: number, channel: McapChannel] {
  const id = fields.u16();
  fields.skip(2);
  const [topic, encoding] = [fields.text(), fields.text()];
  fields.nested();
  return [id, { topic, encoding }];
}

/** A chunk: what stands before its records. */
export interface ChunkHead {
  readonly uncompressedBytes: number;
  /** CRC-32 of the records; 0: none. */
  readonly crc: number;
  readonly compression: string;
  /** Offset of the records, compressed or not, and just past them. */
  readonly recordsAt: number;
  readonly recordsEnd: number;
}

/** Reads what stands before the records of a chunk. @param end just past the chunk, which need not be in `bytes` @throws FormatFault */
export function readChunkHead(bytes: Buffer, at: number, end: number): ChunkHead {
  const fields = new Fields(bytes, at, bytes.length);
  fields.skip(16);
  const uncompressedBytes = fields.u64();
  const crc = fields.u32();
  const compression = fields.text();
  const recordsBytes = fields.u64();
  const recordsAt = fields.at;
  if (recordsAt + recordsBytes > end) throw new FormatFault('a chunk ends within its records');
  return { uncompressedBytes, crc, compression, recordsAt, recordsEnd: recordsAt + recordsBytes };
}
