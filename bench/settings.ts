import type { Level } from './result.js';

/** What a run of the benchmark is asked for, whatever its scenarios. */
export interface Settings {
  readonly level: Level;
  /** Events of the night that is played whole; undefined: what the level has. */
  readonly events: number | undefined;
  /** Seconds of a trial at a pace; undefined: what the level has. */
  readonly seconds: number | undefined;
  /** High-water mark of ours; undefined: its default. */
  readonly highWaterMark: number | undefined;
  /** Whether a case of this id is measured. */
  readonly wants: (caseId: string) => boolean;
  readonly signal: AbortSignal;
  /** Is told what is being made, where that takes a while. */
  readonly onMake: (what: string) => void;
  /** Is told how far the making is. */
  readonly onStep: (step: string) => void;
}

/** What differs from level to level. */
export function atLevel<T>(level: Level, values: { readonly [each in Level]: T }): T {
  return values[level];
}
