import { anySpan, count, counted } from '../../shared/text.js';
import type { LoadBound, LoadSearch, LoadTrial } from '../../web/load-protocol.js';
import type { LoadProgress } from '../load-progress.js';
import type { ResolvedSearch } from '../resolve-search.js';
import { amountText } from '../search/amount-text.js';
import type { BurstProgress, BurstResult, SearchProgress, SearchTrial } from '../search/search-result.js';
import type { SearchReport } from '../search-report.js';
import type { StageUnit } from '../stage-spec.js';
import { PHASES, whyText, worstOf } from './search-words.js';
import { trialPoint } from './trial-point.js';

/** The latest trials that are shown. */
const MOST_TRIALS = 200;

type Tried = Pick<LoadSearch, 'now' | 'load' | 'elapsedS' | 'leftS' | 'lower' | 'upper' | 'trials'> & {
  readonly count: number;
};

const NOTHING: Tried = {
  ...{ now: null, load: null, elapsedS: null, leftS: null, lower: null, upper: null, trials: [], count: 0 },
};

/** What the page in the browser shows of a search. */
export class SearchOnPage {
  private readonly _goal: Pick<LoadSearch, 'goal' | 'hasBounds'>;
  /** Each trial and burst as it is shown: that of one does not change. */
  private readonly _shown = new WeakMap<SearchTrial | BurstResult, LoadTrial>();
  private _seen: { readonly of: object | null; readonly last: object | undefined } = {
    of: null,
    last: undefined,
  };
  private _tried = NOTHING;

  constructor(search: ResolvedSearch) {
    this._goal = { goal: goalText(search), hasBounds: search.kind !== 'sweep' };
  }

  get course(): LoadSearch {
    const { count, ...tried } = this._tried;
    return { ...this._goal, ...tried, omitted: count - tried.trials.length };
  }

  /** Takes how the search stands. @returns whether something has changed */
  note({ search, burst }: LoadProgress): boolean {
    const of = search ?? burst;
    // The latest trial, and not their number: in a sweep one that is repeated stands in the place of the one before.
    const last = search?.trials.at(-1) ?? burst?.bursts.at(-1);
    if (of === this._seen.of && last === this._seen.last) return false;
    this._seen = { of, last };
    if (search !== null) this._tried = this._triedLoads(search);
    else if (burst !== null) this._tried = this._triedBursts(burst);
    return true;
  }

  /** Takes what was found at the end: nothing is tried any more. @param progress undefined: nothing was tried */
  end(progress: LoadProgress | undefined, found: SearchReport | null): void {
    // The last trial has ended since.
    if (progress !== undefined) this.note(progress);
    this._tried = { ...this._tried, ...boundsOf(found), now: null, load: null, leftS: null };
  }

  private _triedLoads(progress: SearchProgress): Tried {
    const { unit, phase, trial, number, lower, upper, elapsedS, leftS, trials } = progress;
    const bound = (load: number | null) => boundOf(load, (of) => amountText(of, unit));
    return {
      now: `${amountText(trial.load, unit)} for ${anySpan(trial.measuredS)}, trial ${count(number)}, ${PHASES[phase]}`,
      ...{ load: trial.load, elapsedS, leftS, lower: bound(lower), upper: bound(upper) },
      ...{ count: trials.length, trials: this._latest(trials, (each, i) => shownTrial(each, i + 1, unit)) },
    };
  }

  private _triedBursts(progress: BurstProgress): Tried {
    const { events, number, lower, upper, elapsedS, leftS, bursts } = progress;
    const bound = (size: number | null) => boundOf(size, (of) => counted(of, 'event'));
    return {
      now: `${counted(events, 'event')} back to back, burst ${count(number)}`,
      ...{ load: events, elapsedS, leftS, lower: bound(lower), upper: bound(upper) },
      ...{ count: bursts.length, trials: this._latest(bursts, (each, i) => shownBurst(each, i + 1)) },
    };
  }

  private _latest<T extends SearchTrial | BurstResult>(
    all: readonly T[],
    show: (each: T, i: number) => LoadTrial,
  ): LoadTrial[] {
    const from = Math.max(0, all.length - MOST_TRIALS);
    return all.slice(from).map((each, i) => {
      const shown = this._shown.get(each) ?? show(each, from + i);
      this._shown.set(each, shown);
      return shown;
    });
  }
}

function goalText({ kind, unit, sweep }: ResolvedSearch): string {
  if (kind === 'burst') return 'the largest burst of which nothing is lost';
  if (sweep === undefined) return `the highest ${unit} that all subscribers bear`;
  return `${amountText(sweep.from, unit)} to ${amountText(sweep.to, unit)} in ${sweep.steps} steps`;
}

/** What the last search has found. */
function boundsOf(found: SearchReport | null): Pick<Tried, 'lower' | 'upper'> {
  const run = found?.highest?.runs.at(-1);
  const { lower = null, upper = null } = run ?? found?.burst ?? {};
  const textOf = (load: number) => (run === undefined ? counted(load, 'event') : amountText(load, run.unit));
  return { lower: boundOf(lower, textOf), upper: boundOf(upper, textOf) };
}

function boundOf(load: number | null, textOf: (load: number) => string): LoadBound | null {
  return load === null ? null : { load, text: textOf(load) };
}

function shownTrial(trial: SearchTrial, number: number, unit: StageUnit): LoadTrial {
  const { load, phase, measuredS, offeredPerS } = trial;
  return {
    ...{ number, text: amountText(load, unit), purpose: PHASES[phase], measuredS, offeredPerS },
    ...trialPoint(trial),
    ...{ lost: worstOf(trial)?.lost ?? null, why: whyText(trial) },
  };
}

function shownBurst({ events, outcome, reasons }: BurstResult, number: number): LoadTrial {
  return {
    ...{ number, load: events, text: counted(events, 'event'), purpose: '', outcome, measuredS: null },
    ...{ offeredPerS: null, lagShare: null, p99Us: null, lost: null, why: reasons.join(', ') },
  };
}
