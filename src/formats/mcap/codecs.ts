import { messageOf } from '../../shared/errors.js';
import { LARGEST_PART_BYTES } from '../block-file.js';
import { FormatFault } from '../format-fault.js';
import { loadLz4 } from './lz4.js';

type Decompress = (bytes: Uint8Array, sizeBytes: number) => Uint8Array;

let codecs: Record<string, Decompress> | undefined;

/** Loads what decompresses chunks, which takes some ten milliseconds. `decompress` works once it has. */
export async function loadCodecs(): Promise<void> {
  const [zstd, lz4] = await Promise.all([import('@foxglove/wasm-zstd'), loadLz4()]);
  await zstd.isLoaded;
  const { decompress } = 'default' in zstd ? (zstd.default as typeof zstd) : zstd;
  codecs = { zstd: decompress, lz4 };
}

/** Whether `decompress` works. */
export function areCodecsLoaded(): boolean {
  return codecs !== undefined;
}

/**
 * The records of a chunk.
 *
 * @param compression as the chunk names it
 * @param sizeBytes their size by the chunk
 * @throws FormatFault
 */
export function decompress(compression: string, bytes: Buffer, sizeBytes: number): Buffer {
  if (sizeBytes > LARGEST_PART_BYTES)
    throw new FormatFault(
      `a chunk has ${sizeBytes} bytes of records; at most ${LARGEST_PART_BYTES} are read`,
    );
  if (compression === '') {
    if (bytes.length !== sizeBytes) throw new FormatFault('the sizes in a chunk do not agree');
    return bytes;
  }
  const codec = codecs?.[compression];
  if (codec === undefined)
    throw new FormatFault(`a chunk is compressed by ${JSON.stringify(compression)}, which is not known`);
  let records: Uint8Array;
  try {
    records = codec(bytes, sizeBytes);
  } catch (error) {
    throw new FormatFault(`a chunk cannot be decompressed: ${messageOf(error)}`);
  }
  if (records.length !== sizeBytes) throw new FormatFault('a chunk has another size than it says');
  return Buffer.from(records.buffer, records.byteOffset, records.length);
}
