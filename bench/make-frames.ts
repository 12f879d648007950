import { closeSync, openSync, writeSync } from 'node:fs';
import { madeOnceSync } from './made-once.js';

const SIZES_BYTES = 8;
const CHUNK_BYTES = 1 << 20;

/**
 * Makes a file of messages, in the format of bench/peer/frames.h, unless it exists.
 *
 * @param fill adds all messages
 */
export function makeFrames(path: string, fill: (writer: FramesWriter) => void): void {
  madeOnceSync(path, (partPath) => {
    const writer = new FramesWriter(partPath);
    try {
      fill(writer);
    } finally {
      writer.close();
    }
  });
}

/** Writes messages to a file in the format of bench/peer/frames.h. */
class FramesWriter {
  private readonly _file: number;
  private _chunk: Buffer[] = [];
  private _chunkBytes = 0;

  constructor(path: string) {
    this._file = openSync(path, 'w');
  }

  add(topic: string, payload: string): void {
    const [first, second] = [Buffer.from(topic), Buffer.from(payload)];
    // The programs in C read sizes in the machine's byte order, which is little endian wherever Node runs.
    const sizes = Buffer.alloc(SIZES_BYTES);
    sizes.writeUInt32LE(first.length, 0);
    sizes.writeUInt32LE(second.length, SIZES_BYTES / 2);
    this._chunk.push(sizes, first, second);
    this._chunkBytes += SIZES_BYTES + first.length + second.length;
    if (this._chunkBytes >= CHUNK_BYTES) this._flush();
  }

  close(): void {
    this._flush();
    closeSync(this._file);
  }

  private _flush(): void {
    writeSync(this._file, Buffer.concat(this._chunk));
    this._chunk = [];
    this._chunkBytes = 0;
  }
}
