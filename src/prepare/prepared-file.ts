import type { FileHandle } from 'node:fs/promises';
import { unpack } from 'msgpackr/unpack';
import { hasDigest } from '../database/cache/content-digest.js';
import { FileFault } from '../database/cache/own-file.js';
import { messageOf } from '../shared/errors.js';
import { asTooManyFiles } from '../shared/too-many-files.js';
import type { FileHandles, HandledFile } from './file-handles.js';
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
 * 3. topic counts: pairs of words (u32), for each block and each topic in it the topic's number and its number of events;
 *    topics without a number share one pair, whose number is `UNNUMBERED`
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
  private readonly _file: ReadableFile;
  private readonly _foot: KnownFoot;
  private _counts: Promise<TopicCounts> | undefined;

  private constructor(
    file: ReadableFile,
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

  /**
   * Opens a file and verifies all but its blocks.
   *
   * @param handles closes it, and opens it again where it has to
   * @throws FileFault, which says why it cannot be used; TcsReplayError `TOO_MANY_FILES`
   */
  static async open(path: string, handles: FileHandles): Promise<PreparedFile> {
    const file = new ReadableFile(path, handles);
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes < HEAD_BYTES + FOOT_BYTES) throw new FileFault('it is cut off');
    requireHead(await file.read(0, HEAD_BYTES));
    const foot = unpackFoot(await file.read(sizeBytes - FOOT_BYTES, FOOT_BYTES), sizeBytes);
    const [facts, index] = await Promise.all([
      part(file, foot, 1, foot.factsAt, foot.indexAt),
      part(file, foot, 2, foot.indexAt, foot.footAt),
    ]);
    const known = unpackIndex(index, foot.blocks, foot.strays);
    if (known === undefined) throw new FileFault('its index is not whole');
    return new PreparedFile(file, sizeBytes, foot, unpack(facts.subarray(0, foot.factsBytes)), known);
  }

  /** Number of all events. */
  get events(): number {
    return this.index.events[this.index.count];
  }

  /** Reads a block and verifies it. @returns the buffer of a batch, which the caller owns @throws FileFault */
  async block(block: number): Promise<ArrayBuffer> {
    const { offsets, digests } = this.index;
    const bytes = await this._file.read(offsets[block], offsets[block + 1] - offsets[block]);
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
}

/** Reads a part of the file and verifies it. @param number of its digest */
async function part(
  file: ReadableFile,
  { digests }: KnownFoot,
  number: number,
  from: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await file.read(from, end - from);
  if (!hasDigest(bytes, digests, 4 * number)) throw new FileFault('its index has changed since it was made');
  return bytes;
}

/** A file of which parts are read. Where it cannot be read, it is at fault, unless too many files are open. */
class ReadableFile implements HandledFile {
  readonly path: string;
  private readonly _handles: FileHandles;

  constructor(path: string, handles: FileHandles) {
    this.path = path;
    this._handles = handles;
  }

  sizeBytes(): Promise<number> {
    return this._use(async (file) => (await file.stat()).size);
  }

  /** Reads into a buffer of its own, which is not filled with zeros before. */
  read(at: number, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return this._use(async (file) => {
      const buffer = Buffer.allocUnsafeSlow(sizeBytes);
      for (let filled = 0; filled < sizeBytes; ) {
        const { bytesRead } = await file.read(buffer, filled, sizeBytes - filled, at + filled);
        if (bytesRead === 0) throw new FileFault('it is cut off');
        filled += bytesRead;
      }
      return new Uint8Array(buffer.buffer as ArrayBuffer);
    });
  }

  private async _use<T>(action: (file: FileHandle) => Promise<T>): Promise<T> {
    try {
      return await this._handles.use(this, action);
    } catch (error) {
      if (error instanceof FileFault) throw error;
      throw asTooManyFiles(error) ?? new FileFault(`it cannot be read: ${messageOf(error)}`);
    }
  }
}
