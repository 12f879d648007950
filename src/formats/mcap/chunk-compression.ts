import zstd from '@foxglove/wasm-zstd';

/** Of the messages of a chunk before they are compressed. */
export const CHUNK_BYTES = 1 << 20;
/** The fastest level: it is also the one with the smallest files, for events. */
const ZSTD_LEVEL = 1;

/** Loads what compresses, which takes some milliseconds. `compressChunk` works once it has. */
export async function loadCompression(): Promise<void> {
  await zstd.isLoaded;
}

/** Compresses the records of a chunk. @returns with the name of the compression, as a chunk has it */
export function compressChunk(records: Uint8Array): { compression: string; compressedData: Uint8Array } {
  return { compression: 'zstd', compressedData: zstd.compress(records, ZSTD_LEVEL) };
}
