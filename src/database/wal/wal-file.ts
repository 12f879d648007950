import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type WalChecksum, walChecksum } from './wal-checksum.js';

/** Sizes of the header of a WAL file and of that of a frame (https://www.sqlite.org/fileformat.html, 4.1). */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The magic number without its last bit, which tells the byte order of checksums. */
const MAGIC = 0x377f0682;
const [PAGE_SIZE_AT, SALTS_AT, CHECKSUM_AT] = [8, 16, 24];
const [FRAME_SALTS_AT, FRAME_CHECKSUM_AT] = [8, 16];
/** Frames are read in runs of about this size. */
const RUN_BYTES = 1 << 20;

/** What tells a log from the one before and after it in the same file. The first salt counts up, the second one is random. */
export type Salts = readonly [number, number];

/** The header of a WAL file. */
export interface WalHeader {
  readonly pageBytes: number;
  readonly isBigEndian: boolean;
  readonly salts: Salts;
  /** With which the checksum of the first frame begins. */
  readonly checksum: WalChecksum;
}

/** A place in a log: just behind some of its frames. Plain data. */
export interface WalPlace extends Pick<WalHeader, 'pageBytes' | 'isBigEndian' | 'salts' | 'checksum'> {
  /** Number of the frames before. */
  readonly frames: number;
}

/** Frames that follow a place. */
export interface WalScan {
  /** Behind the last frame that ends a transaction; undefined: none does. */
  readonly committed: WalPlace | undefined;
  /** Size of the database with that transaction, in pages; 0 without one. */
  readonly pages: number;
}

/** What a file holds where the header of a log is expected. */
export type WalStart = WalHeader | 'nothing' | 'being written';

/** The file beside a database in WAL mode, read past SQLite. The caller closes it. */
export class WalFile {
  private readonly _descriptor: number;

  /** @returns undefined where there is none. @throws an error of the file system */
  static open(path: string): WalFile | undefined {
    try {
      return new WalFile(openSync(path, 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  private constructor(descriptor: number) {
    this._descriptor = descriptor;
  }

  close(): void {
    closeSync(this._descriptor);
  }

  start(): WalStart {
    const bytes = Buffer.alloc(HEADER_BYTES);
    if (readSync(this._descriptor, bytes, 0, HEADER_BYTES, 0) < HEADER_BYTES) return 'nothing';
    const view = viewOf(bytes);
    const magic = view.getUint32(0);
    const isBigEndian = (magic & 1) === 1;
    const checksum = walChecksum([0, 0], view, 0, CHECKSUM_AT, isBigEndian);
    const isValid = (magic & ~1) >>> 0 === MAGIC && isEqual(checksum, pairAt(view, CHECKSUM_AT));
    if (!isValid) return 'being written';
    return { pageBytes: view.getUint32(PAGE_SIZE_AT), isBigEndian, salts: pairAt(view, SALTS_AT), checksum };
  }

  /**
   * Whether the frame before a place still stands in the file. Then so does what follows it, though the log was restarted: a log is
   * written from its beginning, and where its file is cut off, that is seldom between two frames.
   */
  hasFrameBefore({ frames, pageBytes, salts, checksum }: WalPlace): boolean {
    if (frames === 0) return false;
    const frameBytes = FRAME_HEADER_BYTES + pageBytes;
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    const at = HEADER_BYTES + (frames - 1) * frameBytes;
    if (readSync(this._descriptor, header, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES) return false;
    const view = viewOf(header);
    const isSame =
      isEqual(pairAt(view, FRAME_SALTS_AT), salts) && isEqual(pairAt(view, FRAME_CHECKSUM_AT), checksum);
    return isSame && (fstatSync(this._descriptor).size - HEADER_BYTES) % frameBytes === 0;
  }

  /**
   * Reads the frames behind a place, as far as they belong to its log and their checksums are right.
   *
   * @param onPage called for each frame up to `until`, with its page; the bytes are valid until it returns
   * @param until number of the last frame that is read; default: all are
   */
  scan(
    place: WalPlace,
    onPage: (page: number, bytes: Uint8Array) => void = () => {},
    until = Number.POSITIVE_INFINITY,
  ): WalScan {
    const frameBytes = FRAME_HEADER_BYTES + place.pageBytes;
    const framesARun = Math.max(1, Math.floor(RUN_BYTES / frameBytes));
    const run = Buffer.alloc(framesARun * frameBytes);
    const view = viewOf(run);
    let { frames, checksum } = place;
    let committed: WalPlace | undefined;
    let pages = 0;
    for (;;) {
      const length = readSync(this._descriptor, run, 0, run.length, HEADER_BYTES + frames * frameBytes);
      const read = Math.floor(length / frameBytes);
      for (let i = 0; i < read; i++) {
        const at = i * frameBytes;
        const dataAt = at + FRAME_HEADER_BYTES;
        if (frames >= until || !isEqual(pairAt(view, at + FRAME_SALTS_AT), place.salts))
          return { committed, pages };
        checksum = walChecksum(checksum, view, at, at + 8, place.isBigEndian);
        checksum = walChecksum(checksum, view, dataAt, at + frameBytes, place.isBigEndian);
        if (!isEqual(checksum, pairAt(view, at + FRAME_CHECKSUM_AT))) return { committed, pages };
        frames += 1;
        onPage(view.getUint32(at), run.subarray(dataAt, at + frameBytes));
        const pagesAfter = view.getUint32(at + 4);
        if (pagesAfter === 0) continue;
        pages = pagesAfter;
        committed = { ...place, frames, checksum };
      }
      if (read < framesARun) return { committed, pages };
    }
  }
}

/** The place before the first frame of a log. */
export function beginOf(header: WalHeader): WalPlace {
  return { ...header, frames: 0 };
}

export function isEqual(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function pairAt(view: DataView, at: number): readonly [number, number] {
  return [view.getUint32(at), view.getUint32(at + 4)];
}
