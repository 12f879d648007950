import { BATCH_VERSION, type PayloadFormat } from '../batch/batch.js';
import { bytesDigest } from '../database/cache/content-digest.js';
import type { Glance } from '../database/events/glance.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { Recording } from '../database/recording.js';
import { ENCODER_VERSION } from '../encode/encoder-version.js';
import type { Extent } from '../selection/time-point.js';

/**
 * Layout of a prepared file. All parts are filled up with zeros to a multiple of 16 bytes, and all numbers are in the byte
 * order of the machine that made it.
 *
 * 1. head, 64 bytes: `tcsprep` and a zero byte; words (u32): a mark of the byte order, version of the layout, of a batch's
 *    buffer, and of the encoder; the rest is 0
 * 2. blocks: buffers of batches, see `Batch`
 * 3. topic counts: pairs of words (u32), for each block and each topic in it the topic's number and its number of events
 * 4. description in MessagePack: `PreparedFacts`
 * 5. index: see `PreparedIndex`
 * 6. foot, 128 bytes: `tcsready`, then doubles: number of blocks, of strays, offsets of topic counts, description, index
 *    and foot, size of the description; then at 64 the digests of topic counts, description, and index, and at 112 that of
 *    the 112 bytes before
 */
export const MAGIC = 'tcsprep\0';
export const FOOT_MAGIC = 'tcsready';
export const HEAD_BYTES = 64;
export const FOOT_BYTES = 128;
/** Where the digests in the foot begin, and where the last one stands. */
export const FOOT_DIGESTS_AT = 64;
export const FOOT_OWN_DIGEST_AT = 112;
/** Reads otherwise on a machine of the other byte order. */
export const BYTE_ORDER_MARK = 0x01020304;
/** What makes a file that another version of the program made unusable. */
export const VERSIONS: readonly number[] = [1, BATCH_VERSION, ENCODER_VERSION];

/** How the events of a recording are arranged: its order of play, and the kind of its table. */
export type Arrangement = 'sorted' | TableShape['kind'];

/** What a prepared file knows of its recording, so that the database need not be opened. Plain data. */
export interface PreparedFacts {
  /** The recording, without what was made to read it. */
  readonly recording: Recording;
  /** Whether it was read from a copy, which does not change while it is read. */
  readonly isSnapshot: boolean;
  /** See `FoundRecording.dataTimes`. */
  readonly dataTimes: Extent;
  /** See `Source.firstKeyS`. */
  readonly firstKeyS: number;
  readonly glance: Glance;
  readonly arrangement: Arrangement;
  readonly format: PayloadFormat;
  /** All topics. */
  readonly topics: readonly string[];
}

/** Whether bytes have a digest. @param words four, of which those from `at` on are meant */
export function hasDigest(bytes: Uint8Array<ArrayBuffer>, words: Int32Array, at = 0): boolean {
  return bytesDigest(bytes).every((word, i) => word === words[at + i]);
}
