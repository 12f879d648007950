import { McapWriter } from '@mcap/core';
import { TcsReplayError } from '../../shared/errors.js';
import type { FileWriter } from '../file-writer.js';
import { CHUNK_BYTES, compressChunk, loadCompression } from './chunk-compression.js';
import { MOST_CHANNELS } from './mcap-record.js';

/** An event as a message. */
export interface McapMessage {
  /** Nanoseconds since 1970. */
  readonly logTime: bigint;
  readonly publishTime: bigint;
  /** JSON; it is not kept. */
  readonly data: Uint8Array;
}

/** Writes an MCAP file: a channel with a JSON schema for each topic, messages in chunks that are compressed. It blocks the thread. */
export class McapFileWriter {
  private readonly _writer: McapWriter;
  private readonly _channels = new Map<string, { readonly id: number; sequence: number }>();

  private constructor(file: FileWriter) {
    this._writer = new McapWriter({
      writable: {
        position: () => BigInt(file.sizeBytes),
        write: async (bytes) => file.write(bytes),
      },
      chunkSize: CHUNK_BYTES,
      compressChunk,
    });
  }

  /** Begins a file. @param library what wrote it, for its header @throws TcsReplayError `WRITE_FAILED` */
  static async begin(file: FileWriter, library: string): Promise<McapFileWriter> {
    await loadCompression();
    const writer = new McapFileWriter(file);
    await writer._writer.start({ profile: '', library });
    return writer;
  }

  /**
   * Writes an event. The promise must have resolved before the next call.
   *
   * @param schemaOf called for the first event of a topic
   * @throws TcsReplayError `WRITE_FAILED`
   */
  async write(topic: string, message: McapMessage, schemaOf: (topic: string) => object): Promise<void> {
    const channel = this._channels.get(topic) ?? (await this._register(topic, schemaOf(topic)));
    const { logTime, publishTime, data } = message;
    // It wraps around, as the format's 32 bits do.
    channel.sequence = (channel.sequence + 1) >>> 0;
    const { id: channelId, sequence } = channel;
    await this._writer.addMessage({ channelId, sequence, logTime, publishTime, data });
  }

  /** Ends the file. @param metadata stands in a record of this name @throws TcsReplayError `WRITE_FAILED` */
  async end(name: string, metadata: ReadonlyMap<string, string>): Promise<void> {
    await this._writer.addMetadata({ name, metadata: new Map(metadata) });
    await this._writer.end();
  }

  private async _register(topic: string, schema: object): Promise<{ id: number; sequence: number }> {
    if (this._channels.size >= MOST_CHANNELS) {
      throw new TcsReplayError(
        'WRITE_FAILED',
        `Expected at most ${MOST_CHANNELS} topics, which is all that an MCAP can hold; found more: choose topics, or another form`,
      );
    }
    const data = Buffer.from(JSON.stringify(schema));
    const schemaId = await this._writer.registerSchema({ name: topic, encoding: 'jsonschema', data });
    const id = await this._writer.registerChannel({
      topic,
      schemaId,
      messageEncoding: 'json',
      metadata: new Map(),
    });
    const channel = { id, sequence: 0 };
    this._channels.set(topic, channel);
    return channel;
  }
}
