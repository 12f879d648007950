import { readSync } from 'node:fs';
import { McapConstants, McapRecordBuilder, type McapTypes } from '@mcap/core';
import { crc32 } from '../crc32.js';
import { writeAt } from './write-at.js';

/** Chunk indexes are copied in parts of this size. */
const COPY_BYTES = 1 << 20;
/** A footer without its magic: code, size, two offsets. Its checksum is not part of what that is of. */
const CHECKED_FOOTER_BYTES = 1 + 8 + 8 + 8;

/** A channel of a file. */
export interface SummarizedChannel {
  readonly schema: McapTypes.Schema;
  readonly channel: McapTypes.Channel;
  readonly messages: number;
}

/** What a summary says. */
export interface McapSummary {
  readonly dataSectionCrc: number;
  readonly channels: readonly SummarizedChannel[];
  readonly statistics: {
    readonly chunkCount: number;
    readonly messageCount: number;
    readonly startNs: bigint;
    readonly endNs: bigint;
  };
  readonly metadata: McapTypes.MetadataIndex | undefined;
  readonly attachment: McapTypes.AttachmentIndex | undefined;
  /** A file of chunk index records. */
  readonly chunkIndexes: { readonly file: number; readonly sizeBytes: number };
}

/** Ends an MCAP file whose data end at a place: adds the end of the data, the summary and the footer. @returns its size in bytes */
export function writeSummary(file: number, dataEndsAt: number, summary: McapSummary): number {
  return new SummaryWriter(file, dataEndsAt).write(summary);
}

class SummaryWriter {
  private readonly _file: number;
  private readonly _records = new McapRecordBuilder();
  private readonly _groups: McapTypes.SummaryOffset[] = [];
  private _at: number;
  private _crc = 0;

  constructor(file: number, at: number) {
    this._file = file;
    this._at = at;
  }

  write(summary: McapSummary): number {
    const { dataSectionCrc, channels, metadata, attachment, chunkIndexes } = summary;
    const { SCHEMA, CHANNEL, STATISTICS, METADATA_INDEX, ATTACHMENT_INDEX, CHUNK_INDEX } =
      McapConstants.Opcode;
    const records = this._records;
    records.writeDataEnd({ dataSectionCrc });
    this._append();
    this._crc = 0;
    const summaryStart = this._at;
    this._group(SCHEMA, () => {
      for (const { schema } of channels) records.writeSchema(schema);
    });
    this._group(CHANNEL, () => {
      for (const { channel } of channels) records.writeChannel(channel);
    });
    this._group(STATISTICS, () => records.writeStatistics(statisticsOf(summary)));
    if (metadata !== undefined) this._group(METADATA_INDEX, () => records.writeMetadataIndex(metadata));
    if (attachment !== undefined)
      this._group(ATTACHMENT_INDEX, () => records.writeAttachmentIndex(attachment));
    this._group(CHUNK_INDEX, () => this._copy(chunkIndexes.file, chunkIndexes.sizeBytes));
    this._writeFooter(BigInt(summaryStart));
    return this._at;
  }

  /** Writes records of one kind. */
  private _group(groupOpcode: number, write: () => void): void {
    const groupStart = this._at;
    write();
    this._append();
    const groupLength = BigInt(this._at - groupStart);
    if (groupLength > 0n) this._groups.push({ groupOpcode, groupStart: BigInt(groupStart), groupLength });
  }

  private _writeFooter(summaryStart: bigint): void {
    const summaryOffsetStart = BigInt(this._at);
    for (const group of this._groups) this._records.writeSummaryOffset(group);
    this._append();
    const footer = { summaryStart, summaryOffsetStart };
    this._records.writeFooter({ ...footer, summaryCrc: 0 });
    const summaryCrc = crc32(this._records.buffer.subarray(0, CHECKED_FOOTER_BYTES), this._crc);
    this._records.reset();
    this._records.writeFooter({ ...footer, summaryCrc });
    this._records.writeMagic();
    this._append();
  }

  private _copy(from: number, sizeBytes: number): void {
    const bytes = Buffer.allocUnsafe(Math.min(COPY_BYTES, sizeBytes));
    for (let at = 0; at < sizeBytes; ) {
      const count = readSync(from, bytes, 0, Math.min(bytes.length, sizeBytes - at), at);
      if (count === 0) throw new Error('the indexes of its chunks are cut off');
      this._put(bytes.subarray(0, count));
      at += count;
    }
  }

  private _append(): void {
    this._put(this._records.buffer);
    this._records.reset();
  }

  private _put(bytes: Uint8Array): void {
    writeAt(this._file, bytes, this._at);
    this._crc = crc32(bytes, this._crc);
    this._at += bytes.length;
  }
}

function statisticsOf({ channels, statistics, metadata, attachment }: McapSummary): McapTypes.Statistics {
  const { chunkCount, messageCount, startNs, endNs } = statistics;
  return {
    ...{ chunkCount, messageCount: BigInt(messageCount), messageStartTime: startNs, messageEndTime: endNs },
    ...{ schemaCount: channels.length, channelCount: channels.length },
    metadataCount: metadata === undefined ? 0 : 1,
    attachmentCount: attachment === undefined ? 0 : 1,
    channelMessageCounts: new Map(
      channels.map(({ channel, messages }) => [channel.id, BigInt(messages)] as const),
    ),
  };
}
