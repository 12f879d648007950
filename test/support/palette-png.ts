import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_COLORS = 256;
const [TRUECOLOR, PALETTE, TRUECOLOR_ALPHA] = [2, 3, 6];

/**
 * A picture with a palette of 256 colors, which takes a quarter of the bytes. Its most frequent colors stay as they are, others become the closest of these.
 *
 * @param png 8 bits a channel, not interlaced, without transparent pixels: as a browser writes its screenshots
 */
export function withPalette(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = Buffer.from(chunks.find(({ type }) => type === 'IHDR')!.data);
  const [width, height, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9]];
  if (header[8] !== 8 || header[12] !== 0 || (kind !== TRUECOLOR && kind !== TRUECOLOR_ALPHA))
    throw new Error('Expected a PNG of 8 bits a channel that is not interlaced');
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data));
  const pixelBytes = kind === TRUECOLOR ? 3 : 4;
  const pixels = unfiltered(inflateSync(data), width * pixelBytes, pixelBytes);
  const colors = Uint32Array.from({ length: width * height }, (_, i) => pixels.readUIntBE(i * pixelBytes, 3));
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_COLORS)
    .map(([color]) => color);
  const indexOf = new Map([...counts.keys()].map((color) => [color, closest(palette, color)] as const));
  const rows = Buffer.alloc(height * (width + 1));
  colors.forEach((color, i) => {
    rows[i + Math.floor(i / width) + 1] = indexOf.get(color)!;
  });
  header[9] = PALETTE;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunksOf(png: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const sizeBytes = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + sizeBytes),
    });
    at += sizeBytes + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** The bytes of the pixels. Each row began with the number of the filter by which its bytes tell only how they differ from others. */
function unfiltered(rows: Buffer, rowBytes: number, pixelBytes: number): Buffer {
  const height = rows.length / (rowBytes + 1);
  const pixels = Buffer.alloc(height * rowBytes);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (rowBytes + 1)];
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x;
      const left = x < pixelBytes ? 0 : pixels[at - pixelBytes];
      const up = y === 0 ? 0 : pixels[at - rowBytes];
      const upLeft = x < pixelBytes || y === 0 ? 0 : pixels[at - rowBytes - pixelBytes];
      const foretold = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter];
      pixels[at] = rows[y * (rowBytes + 1) + 1 + x] + foretold;
    }
  }
  return pixels;
}

/** The one of three that is closest to left + up − upLeft. */
function paeth(left: number, up: number, upLeft: number): number {
  const [a, b, c] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
  return a <= b && a <= c ? left : b <= c ? up : upLeft;
}

function closest(palette: readonly number[], color: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  palette.forEach((each, i) => {
    const [a, b] = [channels(each), channels(color)];
    const distance = a.reduce((sum, channel, j) => sum + (channel - b[j]) ** 2, 0);
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

function channels(color: number): number[] {
  return [color >> 16, (color >> 8) & 0xff, color & 0xff];
}
