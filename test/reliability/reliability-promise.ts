import type { Random } from '../../src/generate/random.js';

/** What one trial went through, by what was counted: `{ events: 2000 }`. */
export type Counts = Readonly<Record<string, number>>;

/** A promise of the program, and a trial that would break it. */
export interface ReliabilityPromise {
  /** Name for the command line: `kills`. */
  readonly name: string;
  readonly says: string;
  /** How it is tried. */
  readonly method: string;
  /**
   * Tries it once.
   *
   * @param random all that the trial chooses comes from here, so that a seed repeats it
   * @param folder an empty folder of its own; the caller removes it
   * @throws AssertionError where the promise is broken
   */
  trial(random: Random, folder: string): Promise<Counts>;
}
