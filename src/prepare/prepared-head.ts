import { BATCH_VERSION } from '../batch/batch.js';
import { FileFault } from '../database/cache/own-file.js';
import { ENCODER_VERSION } from '../encode/encoder-version.js';

export const HEAD_BYTES = 64;
const MAGIC = 'tcsprep\0';
/** Reads otherwise on a machine of the other byte order. */
const BYTE_ORDER_MARK = 0x01020304;
/** Version of the layout of a file and of what stands in it besides batches: raise it with each change. */
export const LAYOUT_VERSION = 3;
/** What makes a file that another version of the program made unusable. */
const VERSIONS: readonly number[] = [LAYOUT_VERSION, BATCH_VERSION, ENCODER_VERSION];

/** The head of a prepared file. */
export function packHead(): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  new Uint32Array(bytes.buffer, MAGIC.length, 1 + VERSIONS.length).set([BYTE_ORDER_MARK, ...VERSIONS]);
  return bytes;
}

/** @throws FileFault where these are not the bytes of a head that this version makes on this machine */
export function requireHead({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (Buffer.from(buffer).toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new FileFault('it is no prepared file');
  const [mark, ...versions] = new Uint32Array(buffer, MAGIC.length, 1 + VERSIONS.length);
  if (mark !== BYTE_ORDER_MARK) throw new FileFault('a machine of another byte order made it');
  if (VERSIONS.some((version, i) => version !== versions[i]))
    throw new FileFault('another version of tcs-replay made it');
}
