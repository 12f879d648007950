import type { StageUnit } from '../stage-spec.js';
import { LoadRecord } from './load-record.js';
import { type Bounds, boundsOf, heldBounds, nextLoad } from './next-load.js';
import type { SearchCourse } from './search-course.js';
import type { SearchGoal } from './search-goal.js';
import type { SearchEnd, SearchPhase, SearchResult, SearchTrial } from './search-result.js';
import { searchVerdict } from './search-verdict.js';
import type { RunTrial } from './trial.js';
import { lagVarianceS, trialTimeS } from './trial-time.js';

/** Measured time that is enough for a load while bounds are looked for, in seconds. */
const SHORT_SUM_S = 5;
/** Trials of a hold that say nothing, after which it is given up. */
const MOST_INVALID_HOLDS = 2;
/** What a trial takes besides its measured time, before one was run. */
const FIRST_OVERHEAD_S = 4;
/** Trials of the upper bound after the hold of the lower one, if they do not agree. */
const LAST_WORDS = 3;
/** What is taken of the latest trials for that. */
const OVERHEADS = 4;

export interface FindHighestOptions extends SearchGoal, SearchCourse {
  readonly unit: StageUnit;
  /** About the highest load that holds, such as the rate that subscribers took under an overload. */
  readonly guess: number;
  /** Events a second that a load of 1 is, about: 1 for rates, the recorded rate for speeds. */
  readonly eventsPerLoad: number;
  readonly leastLoad: number;
  readonly mostLoad: number;
  /** Time that the search takes at most, in seconds. */
  readonly limitS: number;
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
    const { signal, unit, width, holdS, elapsedS } = this._options;
    let next = this._next();
    while (typeof next !== 'string' && !signal?.aborted) {
      await this._try(next);
      if (!signal?.aborted) next = this._next();
    }
    const endedBy = typeof next === 'string' ? next : 'stopped';
    const bounds = heldBounds(this._bounds(), this._records.values());
    const trials = this._trials;
    return {
      ...{ unit, endedBy },
      ...searchVerdict({ unit, width, holdS, endedBy, bounds, trials, hasChanged: this._hasChanged }),
      loads: [...this._records.values()]
        .sort((a, b) => a.load - b.load)
        .map((record) => record.searched(this._options, this._shortSumS)),
      ...{ trials, tookS: elapsedS() },
    };
  }

  /** What to try next: bounds first, then more trials of the upper one, then the hold of the lower one, then the upper one once more. */
  private _next(): Step | SearchEnd {
    const bounds = this._bounds();
    const { open, lower } = bounds;
    const load = open?.load ?? nextLoad(bounds, this._capacityOf(bounds), this._options);
    let end: SearchEnd = 'time';
    if (typeof load === 'string') end = load;
    else {
      const step = this._stepTo(load, bounds);
      if (this._hasTimeFor(step, lower)) return step;
    }
    return this._confirm(bounds) ?? this._hold(bounds) ?? this._lastWord(bounds) ?? end;
  }

  private _stepTo(load: number, bounds: Bounds): Step {
    const { open, lower, upper, failedHolds } = bounds;
    if (failedHolds > 0 && upper !== null) return this._long(load);
    const step = this._short(load, lower !== null && upper !== null ? 'narrow' : 'outward', bounds);
    return open?.isMixed ? this._longer(step, this._options.trialSumS / 4) : step;
  }

  private _confirm(bounds: Bounds): Step | null {
    const { lower, upper } = bounds;
    const { trialSumS } = this._options;
    if (lower === null || upper === null || upper.state(this._options, trialSumS) === 'fails') return null;
    const step = this._longer(this._short(upper.load, 'confirm', bounds), trialSumS / 4);
    return this._hasTimeFor(step, lower) ? step : null;
  }

  private _hold(bounds: Bounds): Step | null {
    const { lower } = bounds;
    const { holdS, trialSumS } = this._options;
    if (lower === null || lower.hold !== undefined) return null;
    if (holdS === 0) {
      if (lower.state(this._options, trialSumS) !== 'open') return null;
      const step = this._longer(this._short(lower.load, 'confirm', bounds), trialSumS / 4);
      return this._hasTimeFor(step, null) ? step : null;
    }
    if (lower.trials.filter(({ phase }) => phase === 'hold').length >= MOST_INVALID_HOLDS) return null;
    const step = this._long(lower.load);
    return this._hasTimeFor(step, null) ? step : null;
  }

  /** Bounds are of one machine only if the upper one still does not hold after the lower one did: two trials of three tell. */
  private _lastWord(bounds: Bounds): Step | null {
    const { lower, upper } = bounds;
    const held = lower?.hold;
    if (held === undefined || upper === null) return null;
    const since = upper.validTrials.filter(({ startS }) => startS > held.startS);
    if (since[0]?.outcome === 'bad' || since.length >= LAST_WORDS) return null;
    const step = this._short(upper.load, 'confirm', bounds);
    return this._hasTimeFor(step, null) ? step : null;
  }

  private _longer(step: Step, leastS: number): Step {
    return { ...step, measuredS: Math.max(step.measuredS, leastS) };
  }

  private _long(load: number): Step {
    return { load, measuredS: this._options.holdS, phase: 'hold' };
  }

  private _short(load: number, phase: SearchPhase, { lower, upper }: Bounds): Step {
    const { width, eventsPerLoad } = this._options;
    const sent = this._trials.findLast(({ offeredPerS }) => offeredPerS > 0);
    const ratePerS = load * (sent === undefined ? eventsPerLoad : sent.offeredPerS / sent.load);
    // Far from the bounds the answer is coarse, and so can the question be.
    const apart = Math.min(
      lower === null ? 0 : load / lower.load - 1,
      upper === null ? 1 : upper.load / load - 1,
    );
    const share = Math.max(width, apart) / 2;
    return { load, phase, measuredS: trialTimeS(ratePerS, lagVarianceS(this._trials), share) };
  }

  /** @param toHold the load that has to be held after it; null: none */
  private _hasTimeFor({ measuredS }: Step, toHold: LoadRecord | null): boolean {
    const { limitS, holdS, elapsedS } = this._options;
    const overheadS = this._overheadS();
    const isToHold = holdS > 0 && toHold !== null && toHold.hold === undefined;
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
    this._noteChange(record, lower);
  }

  /** Where most trials after the hold were good, the trials before it were of another machine. */
  private _noteChange(record: LoadRecord, lower: LoadRecord | null): void {
    const heldS = lower?.hold?.startS;
    if (heldS === undefined || record.load <= (lower?.load ?? 0)) return;
    const since = record.validTrials.filter(({ startS }) => startS > heldS);
    const isBorne = 2 * since.filter(({ outcome }) => outcome === 'good').length > LAST_WORDS;
    if (!isBorne || since.length === record.validTrials.length) return;
    record.forgetBefore(heldS);
    this._hasChanged = true;
  }

  private get _shortSumS(): number {
    return Math.min(SHORT_SUM_S, this._options.trialSumS);
  }

  private _bounds(): Bounds {
    return boundsOf(this._records.values(), this._options, this._shortSumS);
  }

  /** What the slowest subscriber took in trials of the upper bound in which its lag grew, as a load: the most of these, which a hiccup does not lower. */
  private _capacityOf({ upper }: Bounds): number | null {
    const each = (upper?.badTrials ?? []).flatMap(({ subscribers, load, offeredPerS }) => {
      const rates = subscribers.flatMap(({ kind, lagSlope }) =>
        kind !== 'sentinel' && lagSlope !== null && lagSlope.lowPerS > 0 ? [offeredPerS - lagSlope.perS] : [],
      );
      return rates.length > 0 && offeredPerS > 0 ? [(Math.min(...rates) * load) / offeredPerS] : [];
    });
    const most = Math.max(...each);
    return most > 0 ? most : null;
  }
}
