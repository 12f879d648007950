import { closeSync, fsyncSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import { McapChunkBuilder, McapRecordBuilder, type McapTypes } from '@mcap/core';
import { cannotWriteTo } from '../../shared/cannot-write.js';
import { TcsReplayError } from '../../shared/errors.js';
import { crc32 } from '../crc32.js';
import { CHUNK_BYTES, compressChunk } from './chunk-compression.js';
import { MOST_CHANNELS } from './mcap-record.js';
import { type SummarizedChannel, writeSummary } from './mcap-summary.js';
import { writeAt } from './write-at.js';

/** An event as a message. */
export interface McapMessage {
  /** Nanoseconds since 1970. */
  readonly logTime: bigint;
  readonly publishTime: bigint;
  /** JSON; it is copied. */
  readonly data: Uint8Array;
}

/** What stands at the head of a file. */
export interface McapHead {
  /** What writes it. */
  readonly library: string;
  /** Undefined: it is given at the end. */
  readonly metadata?: McapTypes.Metadata;
  /** Undefined: none. */
  readonly attachment?: McapTypes.Attachment | undefined;
}

/** How far a file has come. Plain data, which is never changed. */
interface Extent {
  readonly sizeBytes: number;
  readonly crc: number;
  /** Size of the chunk indexes that wait for the end of the file. */
  readonly indexBytes: number;
  readonly chunks: number;
  readonly messages: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly channels: number;
}

interface Channel extends SummarizedChannel {
  /** Number of messages, and of those that are committed. */
  messages: number;
  committed: number;
}

/**
 * An MCAP file that is being written: a channel with a JSON schema for each topic, messages in chunks that are compressed. What was committed survives a
 * killed process, as a file that is cut off behind a whole chunk; `close` adds the summary.
 *
 * The methods that write throw the errors of `fs`; `rollback` then brings back the state of the last commit. Memory does not grow with the file, but
 * for its channels: the indexes of its chunks wait in a file without a name.
 */
export class McapFileWriter {
  readonly path: string;
  private readonly _file: number;
  private readonly _indexFile: number;
  private _metadata: McapTypes.MetadataIndex | undefined;
  private _attachment: McapTypes.AttachmentIndex | undefined;
  private readonly _records = new McapRecordBuilder();
  private readonly _chunk = new McapChunkBuilder({ useMessageIndex: true });
  private readonly _channels = new Map<string, Channel>();
  private _now: Extent = {
    ...{ sizeBytes: 0, crc: 0, indexBytes: 0, chunks: 0, messages: 0 },
    ...{ startNs: 0n, endNs: 0n, channels: 0 },
  };
  private _committed: Extent;

  /**
   * Writes the head of the file. `loadCompression` must have ended.
   *
   * @param path of a file that is there; what is in it is lost
   * @throws TcsReplayError `WRITE_FAILED`
   */
  constructor(path: string, head: McapHead) {
    this.path = path;
    const files: number[] = [];
    try {
      files.push(openSync(path, 'w'));
      files.push(openUnnamed(`${path}.index`));
      [this._file, this._indexFile] = files;
      this._writeHead(head);
    } catch (error) {
      for (const file of files) closeSync(file);
      throw cannotWriteTo(path, error);
    }
    this._committed = this._now;
  }

  /** Number of messages that were committed. */
  get messageCount(): number {
    return this._committed.messages;
  }

  /** Size of what was committed, and once it is closed of all. */
  get sizeBytes(): number {
    return this._committed.sizeBytes;
  }

  /**
   * Adds an event.
   *
   * @param schemaOf called for the first event of a topic
   * @throws TcsReplayError `WRITE_FAILED` where there are more topics than an MCAP can hold
   */
  add(topic: string, { logTime, publishTime, data }: McapMessage, schemaOf: (topic: string) => object): void {
    const channel = this._channels.get(topic) ?? this._register(topic, schemaOf);
    const sequence = channel.messages >>> 0;
    this._chunk.addMessage({ channelId: channel.channel.id, sequence, logTime, publishTime, data });
    channel.messages += 1;
    if (this._chunk.byteLength >= CHUNK_BYTES) this._endChunk();
  }

  /** Makes all that was added part of the file. Nothing of it is where this throws. */
  commit(): void {
    this._endChunk();
    this._committed = this._now;
    for (const channel of this._channels.values()) channel.committed = channel.messages;
  }

  /** Forgets all that was added since the last commit. */
  rollback(): void {
    this._now = this._committed;
    this._chunk.reset();
    for (const [topic, channel] of this._channels)
      if (channel.channel.id > this._now.channels) this._channels.delete(topic);
      else channel.messages = channel.committed;
    ftruncateSync(this._file, this._now.sizeBytes);
    ftruncateSync(this._indexFile, this._now.indexBytes);
  }

  /**
   * Ends the file, which is on the disk then, as it was committed last. Where this throws, the file can be written on.
   *
   * @param metadata where the head had none
   */
  close(metadata?: McapTypes.Metadata): void {
    this.rollback();
    try {
      if (metadata !== undefined) {
        this._writeMetadata(metadata);
        this._append();
      }
      this._writeEnd();
    } catch (error) {
      this.rollback();
      throw error;
    }
    this.abandon();
  }

  /** Leaves the file as it is since the last commit. */
  abandon(): void {
    closeSync(this._file);
    closeSync(this._indexFile);
  }

  private _register(topic: string, schemaOf: (topic: string) => object): Channel {
    const id = this._now.channels + 1;
    if (id > MOST_CHANNELS)
      throw new TcsReplayError(
        'WRITE_FAILED',
        `Expected at most ${MOST_CHANNELS} topics, which is all that an MCAP can hold; found more: choose topics, or another form`,
      );
    const channel: Channel = {
      schema: {
        ...{ id, name: topic, encoding: 'jsonschema' },
        data: Buffer.from(JSON.stringify(schemaOf(topic))),
      },
      channel: { id, topic, schemaId: id, messageEncoding: 'json', metadata: new Map() },
      messages: 0,
      committed: 0,
    };
    this._chunk.addSchema(channel.schema);
    this._chunk.addChannel(channel.channel);
    this._channels.set(topic, channel);
    this._now = { ...this._now, channels: id };
    return channel;
  }

  private _writeHead({ library, metadata, attachment }: McapHead): void {
    this._records.writeMagic();
    this._records.writeHeader({ profile: '', library });
    if (metadata !== undefined) this._writeMetadata(metadata);
    if (attachment !== undefined) {
      const { name, mediaType, logTime, createTime, data } = attachment;
      this._attachment = {
        ...{ name, mediaType, logTime, createTime, dataSize: BigInt(data.byteLength) },
        ...{ offset: BigInt(this._records.length), length: this._records.writeAttachment(attachment) },
      };
    }
    this._append();
  }

  private _writeMetadata(metadata: McapTypes.Metadata): void {
    const offset = BigInt(this._now.sizeBytes + this._records.length);
    this._metadata = { name: metadata.name, offset, length: this._records.writeMetadata(metadata) };
  }

  private _endChunk(): void {
    const chunk = this._chunk;
    if (chunk.numMessages === 0) return;
    // A copy is made each time.
    const records = chunk.buffer;
    const { compression, compressedData } = compressChunk(records);
    const [startNs, endNs] = [chunk.messageStartTime, chunk.messageEndTime];
    const uncompressedSize = BigInt(chunk.byteLength);
    const chunkStartOffset = BigInt(this._now.sizeBytes);
    const chunkLength = this._records.writeChunk({
      ...{ messageStartTime: startNs, messageEndTime: endNs, uncompressedSize, compression },
      ...{ uncompressedCrc: crc32(records), records: compressedData },
    });
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of chunk.indices) {
      messageIndexOffsets.set(index.channelId, chunkStartOffset + chunkLength + messageIndexLength);
      messageIndexLength += this._records.writeMessageIndex(index);
    }
    this._append();
    this._records.writeChunkIndex({
      ...{ messageStartTime: startNs, messageEndTime: endNs, chunkStartOffset, chunkLength },
      ...{ messageIndexOffsets, messageIndexLength, compression, uncompressedSize },
      compressedSize: BigInt(compressedData.byteLength),
    });
    this._appendIndex(chunk.numMessages, startNs, endNs);
    chunk.reset();
  }

  private _append(): void {
    const { sizeBytes, crc } = this._now;
    const bytes = this._records.buffer;
    this._records.reset();
    writeAt(this._file, bytes, sizeBytes);
    this._now = { ...this._now, sizeBytes: sizeBytes + bytes.length, crc: crc32(bytes, crc) };
  }

  /** Notes the chunk that was written. */
  private _appendIndex(count: number, startNs: bigint, endNs: bigint): void {
    const { indexBytes, chunks, messages, startNs: firstNs, endNs: lastNs } = this._now;
    const bytes = this._records.buffer;
    this._records.reset();
    writeAt(this._indexFile, bytes, indexBytes);
    this._now = {
      ...this._now,
      indexBytes: indexBytes + bytes.length,
      chunks: chunks + 1,
      messages: messages + count,
      startNs: messages === 0 || startNs < firstNs ? startNs : firstNs,
      endNs: messages === 0 || endNs > lastNs ? endNs : lastNs,
    };
  }

  private _writeEnd(): void {
    const { sizeBytes, crc, indexBytes, chunks, messages, startNs, endNs } = this._now;
    const endBytes = writeSummary(this._file, sizeBytes, {
      ...{ dataSectionCrc: crc, channels: [...this._channels.values()] },
      statistics: { chunkCount: chunks, messageCount: messages, startNs, endNs },
      ...{ metadata: this._metadata, attachment: this._attachment },
      chunkIndexes: { file: this._indexFile, sizeBytes: indexBytes },
    });
    fsyncSync(this._file);
    this._committed = { ...this._committed, sizeBytes: endBytes };
  }
}

/** Opens a file that is removed at once, so that nothing is left of it whatever happens. */
function openUnnamed(path: string): number {
  const file = openSync(path, 'wx+');
  unlinkSync(path);
  return file;
}
