import type { StageUnit } from '../stage-spec.js';
import type { SearchCourse } from './search-course.js';
import type { SearchTrial, SweepResult } from './search-result.js';
import type { RunTrial } from './trial.js';
import { lagVarianceS, trialTimeS } from './trial-time.js';

const MOST_INVALID = 3;

/** The first and the last load, and how many there are, at least 2: at equal distances of logarithms. */
export interface SweepRange {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

export interface SweepOptions extends SweepRange, SearchCourse {
  readonly unit: StageUnit;
  /** Growth of the lag that is told from none, twice: as the width of a search. */
  readonly width: number;
  /** Events a second that a load of 1 is, about. */
  readonly eventsPerLoad: number;
}

/**
 * Latency and lag against load: a trial of each load, from the lowest to the highest. One that says nothing is repeated, up to three times.
 *
 * @throws what `runTrial` throws
 */
export async function sweep(runTrial: RunTrial, options: SweepOptions): Promise<SweepResult> {
  const { unit, elapsedS, signal, onProgress, width } = options;
  const trials: SearchTrial[] = [];
  for (const load of sweepLoads(options)) {
    for (let tries = 0; tries < MOST_INVALID && !signal?.aborted; tries++) {
      const measuredS = trialTimeS(load * options.eventsPerLoad, lagVarianceS(trials), width / 2);
      const startS = elapsedS();
      onProgress?.({
        ...{
          unit,
          phase: 'sweep',
          trial: { load, measuredS },
          number: trials.length + 1,
          lower: null,
          upper: null,
        },
        ...{ elapsedS: startS, leftS: null, trials },
      });
      const result = await runTrial({ load, measuredS });
      if (signal?.aborted) break;
      if (tries > 0) trials.pop();
      trials.push({ ...result, phase: 'sweep', startS, tookS: elapsedS() - startS });
      if (result.outcome !== 'invalid') break;
    }
  }
  return { unit, trials, tookS: elapsedS() };
}

/** Loads at equal distances of logarithms. */
export function sweepLoads({ from, to, steps }: SweepRange): number[] {
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  return Array.from({ length: steps }, (_, i) =>
    i === steps - 1 ? most : least * (most / least) ** (i / (steps - 1)),
  );
}
