import type { StageUnit } from '../stage-spec.js';
import { LoadRecord } from './load-record.js';
import { type Bounds, boundsOf, nextLoad } from './next-load.js';
import type { SearchGoal } from './search-goal.js';
import type { SearchEnd, SearchPhase, SearchProgress, SearchResult, SearchTrial } from './search-result.js';
import { searchVerdict } from './search-verdict.js';
import type { RunTrial } from './trial.js';
import { lagVarianceS, trialTimeS } from './trial-time.js';

/** Measured time that is enough for a load while bounds are looked for, in seconds. */
const SHORT_SUM_S = 5;
/** Trials of a hold that say nothing, after which it is given up. */
const MOST_INVALID_HOLDS = 2;
/** What a trial takes besides its measured time, before one was run. */
const FIRST_OVERHEAD_S = 4;
/** What is taken of the latest trials for that. */
const OVERHEADS = 4;

export interface FindHighestOptions extends SearchGoal {
  readonly unit: StageUnit;
  /** About the highest load that holds, such as the rate that subscribers took under an overload. */
  readonly guess: number;
  /** Events a second that a load of 1 is, about: 1 for rates, the recorded rate for speeds. */
  readonly eventsPerLoad: number;
  readonly leastLoad: number;
  readonly mostLoad: number;
  /** Time that the search takes at most, in seconds. */
  readonly limitS: number;
  /** Seconds since the search began. */
  readonly elapsedS: () => number;
  /** Called before each trial. */
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Ends the search; the trial that runs then does not count. */
  readonly signal?: AbortSignal;
}

/**
 * Searches for the highest load that holds: the method of RFC 9971 (MLRsearch), for subscribers. It has no clock and no sockets of its own.
 *
 * @throws what `runTrial` throws
 */
export async function findHighest(runTrial: RunTrial, options: FindHighestOptions): Promise<SearchResult> {
  return new HighestSearch(runTrial, options).run();
}

interface Step {
  readonly load: number;
  readonly measuredS: number;
  readonly phase: SearchPhase;
}

class HighestSearch {
  private readonly _runTrial: RunTrial;
  private readonly _options: FindHighestOptions;
  private readonly _records = new Map<number, LoadRecord>();
  private readonly _trials: SearchTrial[] = [];
  private _hasChanged = false;

  constructor(runTrial: RunTrial, options: FindHighestOptions) {
    this._runTrial = runTrial;
    this._options = options;
  }

  async run(): Promise<SearchResult> {
    const { signal, unit, width, elapsedS } = this._options;
    let next = this._next();
    while (typeof next !== 'string' && !signal?.aborted) {
      await this._try(next);
      if (!signal?.aborted) next = this._next();
    }
    const endedBy = typeof next === 'string' ? next : 'stopped';
    const bounds = this._bounds();
    const trials = this._trials;
    return {
      ...{ unit, endedBy },
      ...searchVerdict({ unit, width, endedBy, bounds, trials, hasChanged: this._hasChanged }),
      loads: [...this._records.values()]
        .sort((a, b) => a.load - b.load)
        .map((record) => record.searched(this._options, SHORT_SUM_S)),
      ...{ trials, tookS: elapsedS() },
    };
  }

  /** What to try next: bounds first, then more trials of the upper one, then the hold of the lower one, then the upper one once more. */
  private _next(): Step | SearchEnd {
    const bounds = this._bounds();
    const { open, lower, upper } = bounds;
    const load = open?.load ?? nextLoad(bounds, this._capacityOf(bounds), this._options);
    let end: SearchEnd = 'time';
    if (typeof load === 'string') end = load;
    else {
      const step =
        bounds.failedHolds > 0 && upper !== null
          ? this._long(load)
          : this._short(load, lower !== null && upper !== null ? 'narrow' : 'outward');
      if (this._hasTimeFor(step, lower)) return step;
    }
    return this._confirm(bounds) ?? this._hold(bounds) ?? this._lastWord(bounds) ?? end;
  }

  private _confirm({ lower, upper }: Bounds): Step | null {
    if (lower === null || upper === null || upper.state(this._options, this._options.trialSumS) === 'fails')
      return null;
    const step = this._short(upper.load, 'confirm');
    return this._hasTimeFor(step, lower) ? step : null;
  }

  private _hold({ lower }: Bounds): Step | null {
    if (lower === null || lower.hold !== undefined) return null;
    if (lower.trials.filter(({ phase }) => phase === 'hold').length >= MOST_INVALID_HOLDS) return null;
    const step = this._long(lower.load);
    return this._hasTimeFor(step, null) ? step : null;
  }

  /** Bounds are of one machine only if the upper one still does not hold after the lower one did. */
  private _lastWord({ lower, upper }: Bounds): Step | null {
    const held = lower?.hold;
    if (held === undefined || upper === null) return null;
    if (upper.trials[upper.trials.length - 1].startS > held.startS) return null;
    const step = this._short(upper.load, 'confirm');
    return this._hasTimeFor(step, null) ? step : null;
  }

  private _long(load: number): Step {
    return { load, measuredS: this._options.holdS, phase: 'hold' };
  }

  private _short(load: number, phase: SearchPhase): Step {
    const perLoad = this._trials.findLast(({ offeredPerS }) => offeredPerS > 0);
    const ratePerS =
      load * (perLoad === undefined ? this._options.eventsPerLoad : perLoad.offeredPerS / perLoad.load);
    return { load, phase, measuredS: trialTimeS(ratePerS, lagVarianceS(this._trials), this._options.width) };
  }

  /** @param toHold the load that has to be held after it; null: none */
  private _hasTimeFor({ measuredS }: Step, toHold: LoadRecord | null): boolean {
    const { limitS, holdS, elapsedS } = this._options;
    const overheadS = this._overheadS();
    const isToHold = toHold !== null && toHold.hold === undefined;
    return elapsedS() + measuredS + overheadS + (isToHold ? holdS + overheadS : 0) <= limitS;
  }

  private _overheadS(): number {
    const some = this._trials.slice(-OVERHEADS).map(({ tookS, measuredS }) => tookS - measuredS);
    return some.length === 0 ? FIRST_OVERHEAD_S : Math.max(...some);
  }

  private async _try({ load, measuredS, phase }: Step): Promise<void> {
    const { unit, elapsedS, limitS, onProgress, signal } = this._options;
    const { lower, upper } = this._bounds();
    const startS = elapsedS();
    onProgress?.({
      ...{ unit, phase, trial: { load, measuredS }, number: this._trials.length + 1 },
      ...{ lower: lower?.load ?? null, upper: upper?.load ?? null },
      ...{ elapsedS: startS, leftS: Math.max(0, limitS - startS), trials: this._trials },
    });
    const result = await this._runTrial({ load, measuredS });
    if (signal?.aborted) return;
    const trial: SearchTrial = { ...result, phase, startS, tookS: elapsedS() - startS };
    const record = this._records.get(load) ?? new LoadRecord(load);
    this._records.set(load, record);
    this._trials.push(trial);
    record.add(trial);
    const isLastWord = phase === 'confirm' && lower?.hold !== undefined && trial.outcome === 'good';
    if (isLastWord) {
      record.forgetEarlier();
      this._hasChanged = true;
    }
  }

  private _bounds(): Bounds {
    return boundsOf(this._records.values(), this._options, SHORT_SUM_S);
  }

  /** What the slowest subscriber took in trials of the upper bound in which its lag grew, as a load: the median of these. */
  private _capacityOf({ upper }: Bounds): number | null {
    const each = (upper?.badTrials ?? []).flatMap(({ subscribers, load, offeredPerS }) => {
      const rates = subscribers.flatMap(({ kind, lagSlope }) =>
        kind !== 'sentinel' && lagSlope !== null && lagSlope.lowPerS > 0 ? [offeredPerS - lagSlope.perS] : [],
      );
      return rates.length > 0 && offeredPerS > 0 ? [(Math.min(...rates) * load) / offeredPerS] : [];
    });
    const known = each.filter((load) => load > 0).sort((a, b) => a - b);
    return known.length === 0 ? null : known[known.length >> 1];
  }
}
