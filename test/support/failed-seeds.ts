import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Seeds of property tests that have failed, in the repository: a line each, `<file> <seed>`. They are tried again at each
 * run of their file; commit them with the fix.
 */
const PATH = fileURLToPath(new URL('../../../test/failed-seeds.txt', import.meta.url));

export interface FailedSeed {
  /** Below `test/`, without its ending: `pacing/pacer`. */
  readonly file: string;
  readonly seed: string;
}

export function failedSeeds(): FailedSeed[] {
  if (!existsSync(PATH)) return [];
  const lines = readFileSync(PATH, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [file, seed] = line.split(' ');
      return { file, seed };
    });
}

/** Keeps the seed that a failure's message names, if it names one. */
export function keepSeed(file: string, message: string): void {
  const seed = /\{ seed: (-?\d+), path: /.exec(message)?.[1];
  if (seed === undefined) return;
  const isKept = failedSeeds().some((kept) => kept.file === file && kept.seed === seed);
  if (!isKept) appendFileSync(PATH, `${file} ${seed}\n`);
}
