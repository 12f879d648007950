import { createHash } from 'node:crypto';
import { BlockFile } from './block-file.js';

const LANDMARK_BYTES = 4096;

/** A digest of the beginning of a file, and of its bytes up to a size. @param sizeBytes default: that of the file */
export function landmarkOf(path: string, sizeBytes?: number): string {
  const file = new BlockFile(path);
  try {
    const size = Math.min(sizeBytes ?? file.sizeBytes, file.sizeBytes);
    const count = Math.min(LANDMARK_BYTES, size);
    return createHash('sha256')
      .update(file.read(0, count))
      .update(file.read(size - count, count))
      .digest('hex');
  } finally {
    file.close();
  }
}
