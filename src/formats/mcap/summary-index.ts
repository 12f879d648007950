import type { BlockFile } from '../block-file.js';
import { BlockList } from '../block-index.js';
import { crc32 } from '../crc32.js';
import { FormatFault, unlessFault } from '../format-fault.js';
import { isOwnLibrary, type McapIndex, OWN_METADATA, passedOverNotices } from './mcap-index.js';
import {
  Fields,
  MAGIC,
  type McapChannel,
  OP,
  RECORD_HEADER_BYTES,
  readChannel,
  u64At,
} from './mcap-record.js';

const FOOTER_BYTES = RECORD_HEADER_BYTES + 20;
/** Of the footer, its checksum is not part of what that is of. */
const CHECKED_FOOTER_BYTES = RECORD_HEADER_BYTES + 16;
/** A message index without entries, and an entry of it. */
const [MESSAGE_INDEX_BYTES, ENTRY_BYTES] = [RECORD_HEADER_BYTES + 6, 16];
const METADATA_INDEX = 0x0d;

interface Chunk {
  readonly at: number;
  readonly end: number;
  /** Number of messages by channel, as the sizes of the message indexes behind it tell. */
  readonly counts: ReadonlyMap<number, number>;
}

/**
 * The index of a file by its summary, if that is whole and says where all messages are. How many a chunk has is known from
 * the sizes of its message indexes, which are not read. So a file of any size can be played after some milliseconds.
 *
 * @returns undefined where the file has to be walked through
 */
export function summaryIndex(file: BlockFile): McapIndex | undefined {
  return unlessFault(() => readSummary(file));
}

function readSummary(file: BlockFile): McapIndex | undefined {
  const footerAt = file.sizeBytes - MAGIC.length - FOOTER_BYTES;
  if (footerAt < MAGIC.length || !file.read(0, MAGIC.length).equals(MAGIC)) return undefined;
  const footer = file.read(footerAt, FOOTER_BYTES + MAGIC.length);
  if (footer[0] !== OP.footer || !footer.subarray(FOOTER_BYTES).equals(MAGIC)) return undefined;
  const summaryAt = u64At(footer, RECORD_HEADER_BYTES);
  if (summaryAt === 0 || summaryAt > footerAt) return undefined;
  const bytes = file.read(summaryAt, footerAt + CHECKED_FOOTER_BYTES - summaryAt);
  const crc = footer.readUInt32LE(CHECKED_FOOTER_BYTES);
  if (crc !== 0 && crc32(bytes) !== crc) return undefined;
  const summary = new Summary();
  for (let at = 0; at < footerAt - summaryAt; ) {
    const contentAt = at + RECORD_HEADER_BYTES;
    const end = contentAt + u64At(bytes, at + 1);
    if (end > footerAt - summaryAt) throw new FormatFault('a record ends outside of the summary');
    summary.add(bytes[at], new Fields(bytes, contentAt, end));
    at = end;
  }
  return summary.index(file, summaryAt);
}

class Summary {
  private readonly _channels = new Map<number, McapChannel>();
  private readonly _chunks: Chunk[] = [];
  private readonly _counts = new Map<number, number>();
  private _isWhole = true;
  private _isOwn = false;
  private _messages: number | undefined;
  private _statedCounts = new Map<number, number>();

  add(op: number, fields: Fields): void {
    if (op === OP.channel) this._channels.set(...readChannel(fields));
    else if (op === OP.chunkIndex) this._addChunk(fields);
    else if (op === OP.statistics) this._addStatistics(fields);
    else if (op === METADATA_INDEX) {
      fields.skip(16);
      this._isOwn ||= fields.text() === OWN_METADATA;
    }
  }

  /** @returns undefined unless all messages are in these chunks */
  index(file: BlockFile, summaryAt: number): McapIndex | undefined {
    const chunks = this._chunks.sort((a, b) => a.at - b.at);
    const blocks = new BlockList();
    let last = MAGIC.length;
    for (const { at, end, counts } of chunks) {
      if (at < last || end > summaryAt) return undefined;
      last = end;
      let rows = 0;
      for (const count of counts.values()) rows += count;
      blocks.add(at, end - at, rows);
    }
    const isWhole =
      this._isWhole &&
      blocks.rows === this._messages &&
      [...this._counts].every(
        ([id, count]) => this._channels.has(id) && this._statedCounts.get(id) === count,
      );
    if (!isWhole) return undefined;
    const columns = blocks.columns();
    return {
      ...columns,
      damage: [],
      notices: passedOverNotices(this._channels, this._counts),
      isQuick: true,
      details: {
        channels: this._channels,
        isChunk: new Uint8Array(columns.offsets.length).fill(1),
        isOwn: this._isOwn || isOwnLibrary(libraryOf(file)),
      },
    };
  }

  private _addChunk(fields: Fields): void {
    fields.skip(16);
    const at = fields.u64();
    const end = at + fields.u64();
    const offsets: [id: number, at: number][] = [];
    for (const map = fields.nested(); map.left > 0; ) offsets.push([map.u16(), map.u64()]);
    const indexesEnd = end + fields.u64();
    const counts = new Map<number, number>();
    offsets.sort(([, a], [, b]) => a - b);
    if (offsets.length > 0 && offsets[0][1] !== end) this._isWhole = false;
    for (const [i, [id, indexAt]] of offsets.entries()) {
      const indexEnd = offsets[i + 1]?.[1] ?? indexesEnd;
      const count = (indexEnd - indexAt - MESSAGE_INDEX_BYTES) / ENTRY_BYTES;
      if (!Number.isSafeInteger(count) || count < 0 || counts.has(id)) this._isWhole = false;
      counts.set(id, count);
      this._counts.set(id, (this._counts.get(id) ?? 0) + count);
    }
    this._chunks.push({ at, end, counts });
  }

  private _addStatistics(fields: Fields): void {
    this._messages = fields.u64();
    // Numbers of schemas, channels, attachments, metadata and chunks, and the two times.
    fields.skip(2 + 4 * 4 + 2 * 8);
    for (const map = fields.nested(); map.left > 0; ) this._statedCounts.set(map.u16(), map.u64());
  }
}

/** What wrote the file, by its header; empty where that cannot be read. */
function libraryOf(file: BlockFile): string {
  const library = unlessFault(() => {
    const bytes = file.view(MAGIC.length, Math.min(1 << 16, file.sizeBytes - MAGIC.length));
    if (bytes[0] !== OP.header) return '';
    const fields = new Fields(bytes, RECORD_HEADER_BYTES, bytes.length);
    fields.text();
    return fields.text();
  });
  return library ?? '';
}
