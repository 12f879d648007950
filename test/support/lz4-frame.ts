/**
 * A compressor of LZ4 frames, since the package that reads them cannot write them. The format is that of
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md.
 */

/** Magic; version 1, independent blocks, no checksums; blocks of up to 4 MiB; the checksum of these two bytes. */
const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
const BLOCK_BYTES = 4 << 20;
const [END_MARK, STORED_FLAG] = [0, 0x8000_0000];

const SHORTEST_MATCH = 4;
const FARTHEST = 65_535;
/** The last match begins at least so far before the end of a block, and its last bytes are literals. */
const [MATCH_FREE_BYTES, LITERAL_BYTES_AT_END] = [12, 5];
const HASH_BITS = 14;
/** The largest length in a half of a token; more bytes follow it. */
const FULL_NIBBLE = 15;
const FULL_BYTE = 255;

/** Compresses bytes into one frame. */
export function lz4Frame(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = Buffer.from(bytes.subarray(at, at + BLOCK_BYTES));
    const compressed = compressBlock(block);
    const isStored = compressed.length >= block.length;
    parts.push(
      size(isStored ? block.length + STORED_FLAG : compressed.length),
      isStored ? block : compressed,
    );
  }
  return Buffer.concat([...parts, size(END_MARK)]);
}

function size(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function compressBlock(block: Buffer): Buffer {
  const out: number[] = [];
  const lastOf = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalsAt = 0;
  for (let at = 0; at < block.length - MATCH_FREE_BYTES; ) {
    const word = block.readUInt32LE(at);
    const hash = Math.imul(word, 2_654_435_761) >>> (32 - HASH_BITS);
    const from = lastOf[hash];
    lastOf[hash] = at;
    if (from === -1 || at - from > FARTHEST || block.readUInt32LE(from) !== word) {
      at += 1;
      continue;
    }
    let length = SHORTEST_MATCH;
    const most = block.length - LITERAL_BYTES_AT_END - at;
    while (length < most && block[from + length] === block[at + length]) length += 1;
    addSequence(out, block.subarray(literalsAt, at), { offset: at - from, length });
    at += length;
    literalsAt = at;
  }
  addSequence(out, block.subarray(literalsAt), undefined);
  return Buffer.from(out);
}

function addSequence(
  out: number[],
  literals: Buffer,
  match: { readonly offset: number; readonly length: number } | undefined,
): void {
  const matchLength = match === undefined ? 0 : match.length - SHORTEST_MATCH;
  out.push((Math.min(literals.length, FULL_NIBBLE) << 4) | Math.min(matchLength, FULL_NIBBLE));
  addLength(out, literals.length);
  for (const byte of literals) out.push(byte);
  if (match === undefined) return;
  out.push(match.offset & 0xff, match.offset >> 8);
  addLength(out, matchLength);
}

/** Adds what of a length is not in the token. */
function addLength(out: number[], length: number): void {
  if (length < FULL_NIBBLE) return;
  let rest = length - FULL_NIBBLE;
  for (; rest >= FULL_BYTE; rest -= FULL_BYTE) out.push(FULL_BYTE);
  out.push(rest);
}
