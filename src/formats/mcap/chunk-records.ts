import { crc32 } from '../crc32.js';
import { FormatFault } from '../format-fault.js';
import { decompress } from './codecs.js';
import { OP, RECORD_HEADER_BYTES, readChunkHead } from './mcap-record.js';

/** The records of a chunk, decompressed. */
export interface ChunkRecords {
  readonly records: Buffer;
  /** Whether they are as they were written, by their checksum. */
  readonly isSound: boolean;
}

/** The records of a chunk, checked. @param record the whole record @throws FormatFault */
export function recordsOf(record: Buffer): Buffer {
  const { records, isSound } = uncheckedRecordsOf(record);
  if (!isSound) throw new FormatFault('the checksum of a chunk is wrong');
  return records;
}

/** The records of a chunk, which need not be sound. @param record the whole record @throws FormatFault */
export function uncheckedRecordsOf(record: Buffer): ChunkRecords {
  if (record[0] !== OP.chunk) throw new FormatFault('where a chunk should be there is none');
  const { uncompressedBytes, crc, compression, recordsAt, recordsEnd } = readChunkHead(
    record,
    RECORD_HEADER_BYTES,
    record.length,
  );
  const records = decompress(compression, record.subarray(recordsAt, recordsEnd), uncompressedBytes);
  return { records, isSound: crc === 0 || crc32(records) === crc };
}
