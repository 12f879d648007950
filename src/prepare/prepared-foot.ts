import { bytesDigest, hasDigest } from '../database/cache/content-digest.js';
import { FileFault } from '../database/cache/own-file.js';

export const FOOT_BYTES = 128;
const MAGIC = 'tcsready';
/** Where the digests of the parts begin, and where that of all before it stands. */
const [DIGESTS_AT, OWN_DIGEST_AT] = [64, 112];

/** The numbers of a foot. */
export interface PreparedFoot {
  readonly blocks: number;
  readonly strays: number;
  /** Offsets of topic counts, description, index, and of the foot itself. */
  readonly countsAt: number;
  readonly factsAt: number;
  readonly indexAt: number;
  readonly footAt: number;
  /** Size of the description without what fills it up. */
  readonly factsBytes: number;
}

/** A foot, and the digests of topic counts, description and index: four words each. */
export interface KnownFoot extends PreparedFoot {
  readonly digests: Int32Array;
}

/** @param parts topic counts, description and index */
export function packFoot(foot: PreparedFoot, parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array {
  const { blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes } = foot;
  const numbers = [blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes];
  const bytes = new Uint8Array(FOOT_BYTES);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  new Float64Array(bytes.buffer, MAGIC.length, numbers.length).set(numbers);
  const words = new Int32Array(bytes.buffer);
  for (const [i, part] of parts.entries()) words.set(bytesDigest(part), DIGESTS_AT / 4 + 4 * i);
  words.set(bytesDigest(bytes.slice(0, OWN_DIGEST_AT)), OWN_DIGEST_AT / 4);
  return bytes;
}

/** @param sizeBytes of the whole file @throws FileFault where these are not the last bytes of a whole file */
export function unpackFoot(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): KnownFoot {
  const words = new Int32Array(bytes.buffer);
  const isWhole =
    Buffer.from(bytes.buffer).toString('latin1', 0, MAGIC.length) === MAGIC &&
    hasDigest(bytes.slice(0, OWN_DIGEST_AT), words, OWN_DIGEST_AT / 4);
  const numbers = new Float64Array(bytes.buffer, MAGIC.length, 7);
  const [blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes] = numbers;
  if (!isWhole || footAt !== sizeBytes - FOOT_BYTES) throw new FileFault('it is cut off');
  const digests = words.subarray(DIGESTS_AT / 4);
  return { blocks, strays, countsAt, factsAt, indexAt, footAt, factsBytes, digests };
}
