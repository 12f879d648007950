import { type FileHandle, open } from 'node:fs/promises';
import { unpack } from 'msgpackr/unpack';
import { hasDigest } from '../database/cache/content-digest.js';
import { FileFault } from '../database/cache/own-file.js';
import { messageOf } from '../shared/errors.js';
import type { PreparedFacts } from './prepared-facts.js';
import { FOOT_BYTES, type KnownFoot, unpackFoot } from './prepared-foot.js';
import { HEAD_BYTES, requireHead } from './prepared-head.js';
import { type PreparedIndex, unpackIndex } from './prepared-index.js';

/** How often each topic occurs in the blocks of a prepared file. */
export type TopicCounts = Uint32Array<ArrayBuffer>;

/**
 * A prepared file: a recording's events, encoded as they are sent, in blocks that are read in the main thread.
 *
 * All parts are filled up with zeros to a multiple of 16 bytes, and all numbers are in the byte
 * order of the machine that made it.
 *
 * 1. head, 64 bytes: `tcsprep` and a zero byte; words (u32): a mark of the byte order, version of the layout, of a batch's
 *    buffer, and of the encoder; the rest is 0
 * 2. blocks: buffers of batches, see `Batch`
 * 3. topic counts: pairs of words (u32), for each block and each topic in it the topic's number and its number of events
 * 4. description in MessagePack: `PreparedFacts`
 * 5. index: see `PreparedIndex`
 * 6. foot, 128 bytes: `tcsready`, then doubles: number of blocks, of strays, offsets of topic counts, description, index
 *    and foot, size of the description; then at 64 the digests of topic counts, description, and index, and at 112 that of
 *    the 112 bytes before
 */
export class PreparedFile {
  readonly facts: PreparedFacts;
  readonly index: PreparedIndex;
  readonly sizeBytes: number;
  private readonly _file: FileHandle;
  private readonly _foot: KnownFoot;
  private _counts: Promise<TopicCounts> | undefined;

  private constructor(
    file: FileHandle,
    sizeBytes: number,
    foot: KnownFoot,
    facts: PreparedFacts,
    index: PreparedIndex,
  ) {
    this._file = file;
    this.sizeBytes = sizeBytes;
    this._foot = foot;
    this.facts = facts;
    this.index = index;
  }

  /** Opens a file and verifies all but its blocks. @throws FileFault, which says why it cannot be used */
  static async open(path: string): Promise<PreparedFile> {
    const file = await open(path, 'r').catch((error) => {
      throw new FileFault(`it cannot be opened: ${messageOf(error)}`);
    });
    try {
      const { size } = await file.stat();
      if (size < HEAD_BYTES + FOOT_BYTES) throw new FileFault('it is cut off');
      requireHead(await read(file, 0, HEAD_BYTES));
      const foot = unpackFoot(await read(file, size - FOOT_BYTES, FOOT_BYTES), size);
      const [facts, index] = await Promise.all([
        part(file, foot, 1, foot.factsAt, foot.indexAt),
        part(file, foot, 2, foot.indexAt, foot.footAt),
      ]);
      const known = unpackIndex(index, foot.blocks, foot.strays);
      if (known === undefined) throw new FileFault('its index is not whole');
      return new PreparedFile(file, size, foot, unpack(facts.subarray(0, foot.factsBytes)), known);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Number of all events. */
  get events(): number {
    return this.index.events[this.index.count];
  }

  /** Reads a block and verifies it. @returns the buffer of a batch, which the caller owns @throws FileFault */
  async block(block: number): Promise<ArrayBuffer> {
    const { offsets, digests } = this.index;
    const bytes = await read(this._file, offsets[block], offsets[block + 1] - offsets[block]);
    if (!hasDigest(bytes, digests, 4 * block))
      throw new FileFault(`part ${block + 1} of ${this.index.count} has changed since it was made`);
    return bytes.buffer;
  }

  /** Pairs of a topic's number and its number of events: see `PreparedIndex.topics`. @throws FileFault */
  topicCounts(): Promise<TopicCounts> {
    const { countsAt, factsAt } = this._foot;
    this._counts ??= part(this._file, this._foot, 0, countsAt, factsAt).then(
      ({ buffer }) => new Uint32Array(buffer),
    );
    return this._counts;
  }

  close(): Promise<void> {
    return this._file.close();
  }
}

/** Reads a part of the file and verifies it. @param number of its digest */
async function part(
  file: FileHandle,
  { digests }: KnownFoot,
  number: number,
  from: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await read(file, from, end - from);
  if (!hasDigest(bytes, digests, 4 * number)) throw new FileFault('its index has changed since it was made');
  return bytes;
}

/** Reads into a buffer of its own, which is not filled with zeros before. */
async function read(file: FileHandle, at: number, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = Buffer.allocUnsafeSlow(sizeBytes);
  try {
    for (let filled = 0; filled < sizeBytes; ) {
      const { bytesRead } = await file.read(buffer, filled, sizeBytes - filled, at + filled);
      if (bytesRead === 0) throw new FileFault('it is cut off');
      filled += bytesRead;
    }
  } catch (error) {
    throw error instanceof FileFault ? error : new FileFault(`it cannot be read: ${messageOf(error)}`);
  }
  return new Uint8Array(buffer.buffer as ArrayBuffer);
}
