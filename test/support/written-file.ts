import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as zstd from '@foxglove/wasm-zstd';
import { McapWriter } from '@mcap/core';
import { wireTimeOf } from '../../src/encode/wire-time-of.js';
import { lz4Frame } from './lz4-frame.js';
import { playedEvents } from './played-events.js';

/** An event, in a form that any file can hold. */
export interface FileEvent {
  readonly topic: string;
  /** A JSON object. */
  readonly payload: string;
}

/** Writes JSON lines. */
export function writeJsonLines(path: string, events: readonly FileEvent[]): void {
  const text = events
    .map(({ topic, payload }) => `{"topic":${JSON.stringify(topic)},"event":${payload}}\n`)
    .join('');
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
}

/** What of the format a file has. */
export interface McapChoices {
  readonly chunkBytes?: number;
  readonly useChunks?: boolean;
  readonly useMessageIndex?: boolean;
  readonly useSummary?: boolean;
  /** How chunks are compressed. Default: not at all. */
  readonly compression?: 'zstd' | 'lz4' | undefined;
  /** As its writer; default: tcs-replay itself, so that only payloads have times. */
  readonly library?: string;
  /** Default: those of the payload, or 0. */
  readonly timesNs?: (event: FileEvent, index: number) => { logTime: bigint; publishTime: bigint };
}

const COMPRESS = {
  zstd: (bytes: Uint8Array) => Buffer.from(zstd.compress(bytes, 1)),
  lz4: lz4Frame,
};

/** Writes an MCAP file by the format's own library. */
export async function writeMcap(
  path: string,
  events: readonly FileEvent[],
  choices: McapChoices = {},
): Promise<void> {
  const { chunkBytes = 4096, useChunks = true, useMessageIndex = true, useSummary = true } = choices;
  const { compression } = choices;
  await zstd.isLoaded;
  const parts: Uint8Array[] = [];
  let size = 0;
  const writer = new McapWriter({
    writable: {
      position: () => BigInt(size),
      write: async (bytes) => {
        parts.push(Buffer.from(bytes));
        size += bytes.length;
      },
    },
    chunkSize: chunkBytes,
    useChunks,
    useMessageIndex,
    useChunkIndex: useSummary,
    useStatistics: useSummary,
    useSummaryOffsets: useSummary,
    repeatChannels: useSummary,
    repeatSchemas: useSummary,
    ...(compression === undefined
      ? {}
      : {
          compressChunk: (bytes: Uint8Array) => ({
            compression,
            compressedData: COMPRESS[compression](bytes),
          }),
        }),
  });
  await writer.start({ profile: '', library: choices.library ?? 'tcs-replay test' });
  const channels = new Map<string, number>();
  for (const [sequence, event] of events.entries()) {
    const { topic, payload } = event;
    let channelId = channels.get(topic);
    if (channelId === undefined) {
      channelId = await writer.registerChannel({
        schemaId: 0,
        topic,
        messageEncoding: 'json',
        metadata: new Map(),
      });
      channels.set(topic, channelId);
    }
    const wireUs = wireTimeOf(Buffer.from(payload));
    const ns = Number.isNaN(wireUs) || wireUs < 0 ? 0n : BigInt(Math.round(wireUs)) * 1000n;
    const times = choices.timesNs?.(event, sequence) ?? { logTime: ns, publishTime: ns };
    await writer.addMessage({ channelId, sequence, ...times, data: Buffer.from(payload) });
  }
  await writer.end();
  writeFileSync(path, Buffer.concat(parts));
}

/** The events of a recording, with the times that it has. */
export async function fileEvents(path: string): Promise<FileEvent[]> {
  const { events } = await playedEvents([path]);
  return events.map(({ topic, payload }) => ({ topic, payload: payload.toString() }));
}

/** A file with one byte changed. */
export function withFlippedByte(path: string, at: number): Buffer {
  const bytes = Buffer.from(readFileSync(path));
  bytes[at] ^= 0xff;
  return bytes;
}
