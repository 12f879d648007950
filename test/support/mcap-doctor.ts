import zlib from 'node:zlib';
import zstd from '@foxglove/wasm-zstd';

const MAGIC = '\x89MCAP0\r\n';
const OPCODE = {
  header: 1,
  footer: 2,
  schema: 3,
  channel: 4,
  message: 5,
  chunk: 6,
  messageIndex: 7,
  chunkIndex: 8,
  attachment: 9,
  attachmentIndex: 10,
  statistics: 11,
  metadata: 12,
  metadataIndex: 13,
  summaryOffset: 14,
  dataEnd: 15,
} as const;
const SUMMARY: readonly number[] = [
  OPCODE.schema,
  OPCODE.channel,
  OPCODE.chunkIndex,
  OPCODE.statistics,
  OPCODE.metadataIndex,
  OPCODE.attachmentIndex,
  OPCODE.summaryOffset,
  OPCODE.footer,
];

interface McapRecord {
  readonly opcode: number;
  /** Offset of the opcode, and size with it. */
  readonly at: number;
  readonly sizeBytes: number;
  readonly content: Fields;
}

interface SeenChunk {
  readonly at: number;
  readonly sizeBytes: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly compression: string;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
}

/** What is wrong with an MCAP file, by the rules of the format's own doctor; nothing where it is valid. */
export async function mcapFaults(file: Buffer): Promise<string[]> {
  await zstd.isLoaded;
  return new McapDoctor(file).faults();
}

class McapDoctor {
  private readonly _file: Buffer;
  private readonly _faults: string[] = [];
  private readonly _schemas = new Map<number, string>();
  private readonly _channels = new Map<number, string>();
  private readonly _counts = new Map<number, bigint>();
  private readonly _chunks: SeenChunk[] = [];
  private readonly _metadata = new Map<number, number>();
  private readonly _attachments = new Map<number, string>();
  private _times: bigint[] = [];

  constructor(file: Buffer) {
    this._file = file;
  }

  faults(): string[] {
    const file = this._file;
    for (const [where, at] of [['leading', 0] as const, ['trailing', file.length - MAGIC.length] as const])
      this._expect(file.toString('latin1', at, at + MAGIC.length) === MAGIC, `no ${where} magic`);
    const records = this._recordsOf(file, MAGIC.length, file.length - MAGIC.length);
    const kinds = records.map(({ opcode }) => opcode);
    const dataEnd = kinds.indexOf(OPCODE.dataEnd);
    this._expect(kinds[0] === OPCODE.header, 'the first record is no header');
    this._expect(kinds.at(-1) === OPCODE.footer, 'the last record is no footer');
    for (const [name, opcode] of Object.entries({ header: 1, footer: 2, dataEnd: 15 }))
      this._expect(kinds.filter((kind) => kind === opcode).length === 1, `not exactly one ${name}`);
    if (this._faults.length > 0) return this._faults;
    const [profile, library] = [records[0].content.text(), records[0].content.text()];
    this._expect(profile === '', `a profile: ${profile}`);
    this._expect(library !== '', 'no library in the header');
    for (const record of records.slice(1, dataEnd)) this._data(record);
    this._dataEnd(records[dataEnd]);
    this._summary(records.slice(dataEnd + 1));
    return this._faults;
  }

  private _data({ opcode, at, sizeBytes, content }: McapRecord): void {
    if (opcode === OPCODE.chunk) this._chunk(at, sizeBytes, content);
    else if (opcode === OPCODE.schema) this._schema(content);
    else if (opcode === OPCODE.channel) this._channel(content);
    else if (opcode === OPCODE.message) this._message(content);
    else if (opcode === OPCODE.metadata) this._metadata.set(at, sizeBytes);
    else if (opcode === OPCODE.attachment) this._attachment(at, sizeBytes, content);
    else this._expect(opcode === OPCODE.messageIndex, `a record ${opcode} in the data section`);
  }

  private _chunk(at: number, sizeBytes: number, content: Fields): void {
    const [start, end, size] = [content.u64(), content.u64(), Number(content.u64())];
    const [crc, compression, records] = [content.u32(), content.text(), content.bytes(Number(content.u64()))];
    const plain = compression === 'zstd' ? (zstd.decompress(records, size) as Buffer) : records;
    this._expect(plain.length === size, `a chunk of ${plain.length} bytes, not ${size}`);
    if (typeof zlib.crc32 === 'function' && crc !== 0)
      this._expect(zlib.crc32(plain) === crc, 'a chunk with a wrong CRC');
    const before = this._times;
    this._times = [];
    for (const record of this._recordsOf(plain, 0, plain.length)) {
      this._expect([3, 4, 5].includes(record.opcode), `a record ${record.opcode} in a chunk`);
      this._data(record);
    }
    const [least, most] = extremes(this._times);
    this._expect(
      start === least && end === most,
      `a chunk of ${start} to ${end}, whose messages are of ${least} to ${most}`,
    );
    this._times = [...before, ...this._times];
    const compressedBytes = records.length;
    this._chunks.push({ at, sizeBytes, start, end, compression, compressedBytes, uncompressedBytes: size });
  }

  private _attachment(at: number, sizeBytes: number, content: Fields): void {
    const times = [content.u64(), content.u64()];
    const names = [content.text(), content.text()];
    const dataBytes = content.u64();
    content.bytes(Number(dataBytes));
    const crc = content.u32();
    if (crc !== 0 && typeof zlib.crc32 === 'function')
      this._expect(
        zlib.crc32(this._file.subarray(at + 9, at + sizeBytes - 4)) === crc,
        'a wrong CRC of an attachment',
      );
    this._attachments.set(at, String([sizeBytes, ...times, dataBytes, ...names]));
  }

  private _schema(content: Fields): void {
    const [id, name, encoding] = [content.u16(), content.text(), content.text()];
    const data = content.bytes(content.u32()).toString();
    this._expect(id !== 0, 'a schema of id 0');
    this._expect(encoding !== '' || data === '', 'a schema with data and no encoding');
    const text = JSON.stringify([name, encoding, data]);
    this._expect((this._schemas.get(id) ?? text) === text, `two schemas of id ${id}`);
    this._schemas.set(id, text);
  }

  private _channel(content: Fields): void {
    const [id, schema, topic, encoding] = [content.u16(), content.u16(), content.text(), content.text()];
    const text = JSON.stringify([schema, topic, encoding, content.map((fields) => fields.text())]);
    this._expect(schema === 0 || this._schemas.has(schema), `channel ${id} without its schema`);
    this._expect((this._channels.get(id) ?? text) === text, `two channels of id ${id}`);
    this._channels.set(id, text);
  }

  private _message(content: Fields): void {
    const [channel, , logTime] = [content.u16(), content.u32(), content.u64()];
    this._expect(this._channels.has(channel), `a message before its channel ${channel}`);
    this._counts.set(channel, (this._counts.get(channel) ?? 0n) + 1n);
    this._times.push(logTime);
  }

  private _dataEnd({ at, content }: McapRecord): void {
    const crc = content.u32();
    if (crc === 0 || typeof zlib.crc32 !== 'function') return;
    this._expect(zlib.crc32(this._file.subarray(0, at)) === crc, 'a wrong CRC of the data section');
  }

  private _summary(records: readonly McapRecord[]): void {
    const [schemas, channels] = [new Map<number, string>(), new Map<number, string>()];
    const indexed: number[] = [];
    let attachments = 0;
    for (const { opcode, content } of records) {
      this._expect(SUMMARY.includes(opcode), `a record ${opcode} in the summary`);
      if (opcode === OPCODE.schema) {
        const id = content.u16();
        const text = JSON.stringify([
          content.text(),
          content.text(),
          content.bytes(content.u32()).toString(),
        ]);
        this._expect(this._schemas.get(id) === text, `a schema ${id} in the summary that is not in the data`);
        schemas.set(id, text);
      } else if (opcode === OPCODE.channel) {
        const id = content.u16();
        const fields = [content.u16(), content.text(), content.text()];
        const text = JSON.stringify([...fields, content.map((each) => each.text())]);
        this._expect(
          this._channels.get(id) === text,
          `a channel ${id} in the summary that is not in the data`,
        );
        channels.set(id, text);
      } else if (opcode === OPCODE.chunkIndex) indexed.push(this._chunkIndex(content));
      else if (opcode === OPCODE.statistics) this._statistics(content);
      else if (opcode === OPCODE.metadataIndex) {
        const [at, sizeBytes] = [Number(content.u64()), Number(content.u64())];
        this._expect(this._metadata.get(at) === sizeBytes, 'an index of metadata that are elsewhere');
      } else if (opcode === OPCODE.attachmentIndex) {
        const at = Number(content.u64());
        const fields = [content.u64(), content.u64(), content.u64(), content.u64()];
        const text = String([...fields, content.text(), content.text()]);
        this._expect(this._attachments.get(at) === text, 'an index of an attachment that is another one');
        attachments += 1;
      }
    }
    this._expect(schemas.size === this._schemas.size, 'a schema is missing in the summary');
    this._expect(channels.size === this._channels.size, 'a channel is missing in the summary');
    this._expect(attachments === this._attachments.size, 'not all attachments are indexed');
    this._expect(indexed.length === this._chunks.length, 'not all chunks are indexed');
    const footer = (records.at(-1) as McapRecord).content;
    const [summaryAt, , crc] = [Number(footer.u64()), footer.u64(), footer.u32()];
    this._expect(summaryAt === records[0].at, 'the footer says another place of the summary');
    const end = this._file.length - MAGIC.length - 4;
    if (crc !== 0 && typeof zlib.crc32 === 'function')
      this._expect(zlib.crc32(this._file.subarray(summaryAt, end)) === crc, 'a wrong CRC of the summary');
  }

  private _chunkIndex(content: Fields): number {
    const [start, end, at] = [content.u64(), content.u64(), Number(content.u64())];
    const sizeBytes = Number(content.u64());
    content.bytes(content.u32());
    content.u64();
    const compression = content.text();
    const [compressedBytes, uncompressedBytes] = [Number(content.u64()), Number(content.u64())];
    const found = { at, sizeBytes, start, end, compression, compressedBytes, uncompressedBytes };
    const chunk = this._chunks.find((each) => each.at === at);
    const isEqual = Object.entries(found).every(
      ([name, value]) => chunk?.[name as keyof SeenChunk] === value,
    );
    this._expect(isEqual, `an index of a chunk at ${at} that is another one`);
    return at;
  }

  private _statistics(content: Fields): void {
    const [messages, schemas, channels] = [content.u64(), content.u16(), content.u32()];
    const [attachments, metadata, chunks] = [content.u32(), content.u32(), content.u32()];
    const [start, end] = [content.u64(), content.u64()];
    const counts = content.map((fields) => fields.u64(), true);
    const [least, most] = extremes(this._times);
    const found = [messages, schemas, channels, attachments, metadata, chunks, start, end];
    const actual = [
      ...[BigInt(this._times.length), this._schemas.size, this._channels.size, this._attachments.size],
      ...[this._metadata.size, this._chunks.length, least, most],
    ];
    this._expect(String(found) === String(actual), `statistics ${found}, expected ${actual}`);
    const isCounted = counts.every(([id, count]) => this._counts.get(Number(id)) === count);
    this._expect(isCounted && counts.length === this._counts.size, 'wrong counts of messages of channels');
  }

  private _recordsOf(bytes: Buffer, from: number, end: number): McapRecord[] {
    const records: McapRecord[] = [];
    for (let at = from; at < end; ) {
      const length = at + 9 <= end ? Number(bytes.readBigUInt64LE(at + 1)) : Number.POSITIVE_INFINITY;
      if (at + 9 + length > end) {
        this._faults.push(`a record at ${at} that ends beyond its place`);
        break;
      }
      const content = new Fields(bytes.subarray(at + 9, at + 9 + length));
      records.push({ opcode: bytes[at], at, sizeBytes: 9 + length, content });
      at += 9 + length;
    }
    return records;
  }

  private _expect(isSo: boolean, fault: string): void {
    if (!isSo) this._faults.push(fault);
  }
}

/** The fields of a record, one after the other. */
class Fields {
  private readonly _bytes: Buffer;
  private _at = 0;

  constructor(bytes: Buffer) {
    this._bytes = bytes;
  }

  u16(): number {
    this._at += 2;
    return this._bytes.readUInt16LE(this._at - 2);
  }

  u32(): number {
    this._at += 4;
    return this._bytes.readUInt32LE(this._at - 4);
  }

  u64(): bigint {
    this._at += 8;
    return this._bytes.readBigUInt64LE(this._at - 8);
  }

  bytes(length: number): Buffer {
    this._at += length;
    return this._bytes.subarray(this._at - length, this._at);
  }

  text(): string {
    return this.bytes(this.u32()).toString();
  }

  /** A map of texts, or of 16 bit numbers, to values. */
  map<T>(value: (fields: Fields) => T, hasNumbers = false): [string | number, T][] {
    const fields = new Fields(this.bytes(this.u32()));
    const entries: [string | number, T][] = [];
    while (fields._at < fields._bytes.length)
      entries.push([hasNumbers ? fields.u16() : fields.text(), value(fields)]);
    return entries;
  }
}

function extremes(times: readonly bigint[]): [least: bigint, most: bigint] {
  let [least, most] = [times[0] ?? 0n, times[0] ?? 0n];
  for (const time of times) {
    if (time < least) least = time;
    if (time > most) most = time;
  }
  return [least, most];
}
