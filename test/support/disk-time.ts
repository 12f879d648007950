import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TRIES = 9;
/** A disk in memory takes less than this. */
const LEAST_MS = 0.02;

/**
 * How long the disk of a folder takes until it has what is written to it, in milliseconds.
 *
 * @returns undefined: no time that a program could wait for
 */
export function diskTimeMs(folder: string): number | undefined {
  const file = openSync(join(folder, 'tried'), 'w');
  const times = Array.from({ length: TRIES }, () => {
    const beganMs = performance.now();
    writeSync(file, 'x'.repeat(1000));
    fsyncSync(file);
    return performance.now() - beganMs;
  });
  closeSync(file);
  const medianMs = times.sort((a, b) => a - b)[TRIES >> 1];
  return medianMs < LEAST_MS ? undefined : medianMs;
}
