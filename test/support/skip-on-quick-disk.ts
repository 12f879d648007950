import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TRIES = 9;
/** A program that waits less than this for its disk at each event is hardly held up by it. A disk in memory takes microseconds. */
const LEAST_MS = 0.5;

/** For node:test's `skip`: false where a disk takes a while until it has what is written to it, or else why the test is skipped. */
export function skipOnQuickDisk(folder: string): string | false {
  const file = openSync(join(folder, 'tried'), 'w');
  const times = Array.from({ length: TRIES }, () => {
    const beganMs = performance.now();
    writeSync(file, 'x'.repeat(1000));
    fsyncSync(file);
    return performance.now() - beganMs;
  });
  closeSync(file);
  const medianMs = times.sort((a, b) => a - b)[TRIES >> 1];
  return (
    medianMs < LEAST_MS &&
    `the disk of ${folder} takes ${medianMs.toFixed(3)} ms for an event: no program waits for it`
  );
}
