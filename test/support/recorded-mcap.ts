import { readFileSync } from 'node:fs';
import zstd from '@foxglove/wasm-zstd';
import { McapStreamReader, type McapTypes } from '@mcap/core';

const decompressHandlers = {
  zstd: (bytes: Uint8Array, size: bigint) => zstd.decompress(bytes, Number(size)) as Uint8Array,
};

/** What a stream reader of MCAP's own library finds in a file. */
export interface RecordedMcap {
  readonly messages: readonly RecordedMessage[];
  readonly schemas: ReadonlyMap<string, Record<string, unknown>>;
  readonly metadata: readonly McapTypes.Metadata[];
  readonly attachments: readonly McapTypes.Attachment[];
}

export interface RecordedMessage {
  readonly topic: string;
  readonly payload: string;
  readonly logTime: bigint;
  readonly publishTime: bigint;
}

/** Reads a file, which may be cut off. */
export async function recordedMcap(path: string): Promise<RecordedMcap> {
  await zstd.isLoaded;
  const reader = new McapStreamReader({ decompressHandlers, validateCrcs: true });
  reader.append(readFileSync(path));
  const messages: RecordedMessage[] = [];
  const [metadata, attachments]: [McapTypes.Metadata[], McapTypes.Attachment[]] = [[], []];
  const schemas = new Map<number, Record<string, unknown>>();
  const channels = new Map<number, McapTypes.Channel>();
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord())
    if (record.type === 'Schema')
      schemas.set(record.id, JSON.parse(Buffer.from(record.data).toString()) as Record<string, unknown>);
    else if (record.type === 'Channel') channels.set(record.id, record);
    else if (record.type === 'Metadata') metadata.push(record);
    else if (record.type === 'Attachment') attachments.push(record);
    else if (record.type === 'Message') {
      const { channelId, data, logTime, publishTime } = record;
      const payload = Buffer.from(data).toString();
      messages.push({ topic: channels.get(channelId)?.topic ?? '', payload, logTime, publishTime });
    }
  const named = [...channels.values()].map(
    ({ topic, schemaId }) => [topic, schemas.get(schemaId) ?? {}] as const,
  );
  return { messages, schemas: new Map(named), metadata, attachments };
}
