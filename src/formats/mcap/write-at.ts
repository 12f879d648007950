import { writeSync } from 'node:fs';

/** Writes all bytes at a place of a file. On a disk that fills up a write is short, and only the next one fails. */
export function writeAt(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
}
