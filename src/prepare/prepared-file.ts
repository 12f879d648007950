import { type FileHandle, open } from 'node:fs/promises';
import { unpack } from 'msgpackr';
import { FileFault } from '../database/cache/own-file.js';
import { messageOf } from '../shared/errors.js';
import { type PreparedIndex, unpackIndex } from './prepared-index.js';
import {
  BYTE_ORDER_MARK,
  FOOT_BYTES,
  FOOT_DIGESTS_AT,
  FOOT_MAGIC,
  FOOT_OWN_DIGEST_AT,
  HEAD_BYTES,
  hasDigest,
  MAGIC,
  type PreparedFacts,
  VERSIONS,
} from './prepared-layout.js';

/** The numbers of a foot, in their order. */
interface Foot {
  readonly blocks: number;
  readonly strays: number;
  readonly countsAt: number;
  readonly factsAt: number;
  readonly indexAt: number;
  readonly footAt: number;
  readonly factsBytes: number;
  readonly digests: Int32Array;
}

/** How often each topic occurs in the blocks of a prepared file. */
export type TopicCounts = Uint32Array<ArrayBuffer>;

/** A prepared file: a recording's events, encoded as they are sent, in blocks that are read in the main thread. */
export class PreparedFile {
  readonly facts: PreparedFacts;
  readonly index: PreparedIndex;
  readonly sizeBytes: number;
  private readonly _file: FileHandle;
  private readonly _foot: Foot;
  private _counts: Promise<TopicCounts> | undefined;

  private constructor(
    file: FileHandle,
    sizeBytes: number,
    foot: Foot,
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
      requireVersion(await read(file, 0, HEAD_BYTES));
      const foot = footOf(await read(file, size - FOOT_BYTES, FOOT_BYTES), size);
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

function requireVersion(head: Uint8Array<ArrayBuffer>): void {
  if (Buffer.from(head.buffer).toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new FileFault('it is no prepared file');
  const [mark, ...versions] = new Uint32Array(head.buffer, MAGIC.length, 1 + VERSIONS.length);
  if (mark !== BYTE_ORDER_MARK) throw new FileFault('a machine of another byte order made it');
  if (VERSIONS.some((version, i) => version !== versions[i]))
    throw new FileFault('another version of tcs-replay made it');
}

function footOf(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): Foot {
  const words = new Int32Array(bytes.buffer);
  const isWhole =
    Buffer.from(bytes.buffer).toString('latin1', 0, FOOT_MAGIC.length) === FOOT_MAGIC &&
    hasDigest(bytes.slice(0, FOOT_OWN_DIGEST_AT), words, FOOT_OWN_DIGEST_AT / 4);
  const [blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes] = new Float64Array(
    bytes.buffer,
    FOOT_MAGIC.length,
    7,
  );
  if (!isWhole || footAt !== sizeBytes - FOOT_BYTES) throw new FileFault('it is cut off');
  const digests = words.subarray(FOOT_DIGESTS_AT / 4);
  return { blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes, digests };
}

/** Reads a part of the file and verifies it. @param number of its digest */
async function part(
  file: FileHandle,
  { digests }: Foot,
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
