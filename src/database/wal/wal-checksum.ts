/** A checksum of a WAL file: two numbers of 32 bits, each frame's made from that of the frame before (fileformat.html, 4.2). Plain data. */
export type WalChecksum = readonly [number, number];

/**
 * Continues a checksum over some bytes.
 *
 * @param end index just past the last byte; the number of bytes is a multiple of 8
 * @param isBigEndian the byte order of the machine that began the log
 */
export function walChecksum(
  [before0, before1]: WalChecksum,
  bytes: DataView,
  start: number,
  end: number,
  isBigEndian: boolean,
): WalChecksum {
  let sum0 = before0;
  let sum1 = before1;
  const isLittleEndian = !isBigEndian;
  for (let at = start; at < end; at += 8) {
    sum0 = (sum0 + bytes.getUint32(at, isLittleEndian) + sum1) | 0;
    sum1 = (sum1 + bytes.getUint32(at + 4, isLittleEndian) + sum0) | 0;
  }
  return [sum0 >>> 0, sum1 >>> 0];
}
