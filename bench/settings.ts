import type { Level } from './result.js';

/** What the command line asks of all scenarios. */
export interface Settings {
  readonly level: Level;
  /** Events of the nights that are replayed whole; undefined: the level's default. */
  readonly events: number | undefined;
  /** Seconds of a paced trial; undefined: the level's default. */
  readonly seconds: number | undefined;
  /** High-water mark of tcs-replay; undefined: its default. */
  readonly highWaterMark: number | undefined;
  /** Whether the case with this id is to be measured. */
  readonly wants: (caseId: string) => boolean;
  readonly signal: AbortSignal;
  /** Called before something is made that takes a while. */
  readonly onMake: (what: string) => void;
  /** Called with the progress of making it. */
  readonly onStep: (step: string) => void;
}

/** Selects the value for a level. */
export function atLevel<T>(level: Level, values: { readonly [each in Level]: T }): T {
  return values[level];
}
