import type { BlockFile } from '../block-file.js';
import type { BlockFormat } from '../block-format.js';
import { EventBlock, type MessageTimes } from '../event-block.js';
import { FormatFault } from '../format-fault.js';
import { recordsOf } from './chunk-records.js';
import type { McapIndex } from './mcap-index.js';
import {
  Fields,
  type McapChannel,
  MESSAGE_HEADER_BYTES,
  OP,
  RECORD_HEADER_BYTES,
  readChannel,
  u64At,
} from './mcap-record.js';
import { summaryIndex } from './summary-index.js';
import { walkedIndex } from './walked-index.js';

/**
 * MCAP files (https://mcap.dev/spec). A row is a message, in the order of the file; those of other encodings than `json` are no
 * events. It needs neither a summary nor message indexes.
 */
export const MCAP: BlockFormat<McapIndex['details']> = {
  unit: 'message',
  index: (file, report) => summaryIndex(file) ?? walkedIndex(file, report),
  read,
  placeOf: ({ offsets, details }, block) =>
    `${details.isChunk[block] === 1 ? 'chunk' : 'records'} at byte ${offsets[block]}`,
};

function read(file: BlockFile, { offsets, sizes, rows, details }: McapIndex, number: number): EventBlock {
  const count = rows[number + 1] - rows[number];
  let bytes: Buffer;
  try {
    bytes = file.read(offsets[number], sizes[number]);
    if (details.isChunk[number] === 1) bytes = recordsOf(bytes);
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    return EventBlock.lost(rows[number], count, error.message);
  }
  const block = new EventBlock(rows[number], count, bytes);
  const channels = new Channels(block, details);
  try {
    for (let at = 0; at < bytes.length; ) {
      const contentAt = at + RECORD_HEADER_BYTES;
      if (contentAt > bytes.length) throw new FormatFault('the records of a chunk are cut off');
      const end = contentAt + u64At(bytes, at + 1);
      if (end > bytes.length) throw new FormatFault('a record ends outside of its chunk');
      if (bytes[at] === OP.message) channels.add(bytes, contentAt, end);
      else if (bytes[at] === OP.channel) channels.learn(new Fields(bytes, contentAt, end));
      at = end;
    }
    if (block.count < count) throw new FormatFault('it has fewer messages than its index says');
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    block.fault = error.message;
  }
  return block;
}

/** Adds messages to a block. */
class Channels {
  private readonly _block: EventBlock;
  private readonly _known: ReadonlyMap<number, McapChannel>;
  private readonly _isOwn: boolean;
  /** The topic's number in the block; -1: of another encoding. */
  private readonly _numbers = new Map<number, number>();
  private readonly _topics = new Map<string, number>();
  private readonly _learnt = new Map<number, McapChannel>();

  constructor(block: EventBlock, { channels, isOwn }: McapIndex['details']) {
    this._block = block;
    this._known = channels;
    this._isOwn = isOwn;
  }

  learn(fields: Fields): void {
    const [id, channel] = readChannel(fields);
    if (!this._known.has(id)) this._learnt.set(id, channel);
  }

  /** @throws FormatFault */
  add(bytes: Buffer, at: number, end: number): void {
    const payloadAt = at + MESSAGE_HEADER_BYTES;
    if (payloadAt > end) throw new FormatFault('a message is too short');
    const topic = this._numberOf(bytes.readUInt16LE(at));
    if (topic === undefined) this._block.addUnreadable();
    else if (topic === -1) this._block.addOther(payloadAt, end);
    else if (!this._block.tryEvent(topic, payloadAt, end, this._isOwn ? undefined : timesAt(bytes, at + 6)))
      this._block.addUnreadable();
  }

  private _numberOf(id: number): number | undefined {
    const known = this._numbers.get(id);
    if (known !== undefined) return known;
    const channel = this._known.get(id) ?? this._learnt.get(id);
    if (channel === undefined) return undefined;
    let number = -1;
    if (channel.encoding === 'json') {
      number = this._topics.get(channel.topic) ?? this._block.topics.push(channel.topic) - 1;
      this._topics.set(channel.topic, number);
    }
    this._numbers.set(id, number);
    return number;
  }
}

function timesAt(bytes: Buffer, at: number): MessageTimes {
  return { logNs: bytes.readBigUInt64LE(at), publishNs: bytes.readBigUInt64LE(at + 8) };
}
