import { Random } from '../../generate/random.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { TrialPace } from '../../pacing/trial-pace.js';
import { systemClock } from '../../shared/clock.js';
import type { NameOf } from '../../shared/expect.js';
import type { LoadTestOptions } from '../load-options.js';
import type { LoadProgress } from '../load-progress.js';
import { LoadRun, type RunFindings } from '../load-run.js';
import type { ResolvedLoad } from '../resolve-load.js';
import type { ResolvedSearch } from '../resolve-search.js';
import { findBurst } from '../search/find-burst.js';
import { findHighest } from '../search/find-highest.js';
import type { SearchCourse } from '../search/search-course.js';
import type {
  BurstProgress,
  BurstResult,
  BurstSearchResult,
  SearchProgress,
  SearchResult,
  SweepResult,
} from '../search/search-result.js';
import { searchRuns } from '../search/search-runs.js';
import { type SweepRange, sweep } from '../search/sweep.js';
import type { TrialPlan, TrialResult } from '../search/trial.js';
import type { SearchReport } from '../search-report.js';
import { judgeSearch } from './judge-search.js';
import { SHORTEST_LOOK_MS, trialLookMs } from './trial-look-ms.js';
import { TrialRunner } from './trial-runner.js';

/** Time between two points of the series, and between two calls of the user's `onLoadProgress`. */
const POINT_MS = 250;
/** Longest time of one search, in seconds. */
const LIMIT_S = 180;
/** Loads that are tried: from far below one event a second to what no publisher sends. */
const [LEAST_LOAD, MOST_LOAD] = [0.01, 1e7];
/** Largest burst that is tried: so many events are remembered. */
const MOST_BURST = 1_000_000;
/** An overload, and its time in seconds: how long do subscribers take to catch up after it? (RFC 2544, 26.5) */
const [OVERLOAD, OVERLOAD_S] = [1.1, 10];

/** A load test that searches: it runs trials, one after the other, and what they find decides on the next. */
export class LoadSearch extends LoadRun {
  protected readonly pace: TrialPace;
  protected readonly figures: TrialRunner;
  private readonly _search: ResolvedSearch;
  private readonly _stopping = new AbortController();
  private _found: SearchReport = { highest: null, burst: null, sweep: null, recoveryS: null };
  private _searching: Promise<void> | undefined;
  private _isStopped = false;
  private _startNs = Number.NaN;
  private _durationS = 0;
  private _progress: Pick<LoadProgress, 'search' | 'burst'> = { search: null, burst: null };
  private _point = { atNs: Number.NaN, sent: 0 };

  constructor(
    options: LoadTestOptions,
    load: ResolvedLoad,
    search: ResolvedSearch,
    nameOf: NameOf<keyof LoadTestOptions>,
  ) {
    const lookMs = trialLookMs(load.specs.reduce((sum, { count }) => sum + count, 0));
    super(options, load, nameOf, { reportIntervalMs: lookMs, checkInIntervalMs: SHORTEST_LOOK_MS });
    this._search = search;
    const random = new Random(load.seed, 'arrivals');
    this.pace = new TrialPace({
      arrival: load.arrival,
      random: () => random.uniform(),
      onReady: () => this._begin(),
    });
    this.figures = new TrialRunner({
      ...{ load, pace: this.pace, subscribers: this.subscribers, lookMs },
      ...{ warmUpS: search.warmUpS, width: search.width, signal: this._stopping.signal },
      restart: async () => this.playback?.restart(),
      onLook: (points, isDrain) => this._look(points, isDrain),
    });
  }

  protected override stop(): void {
    this._isStopped = true;
    this._stopping.abort();
  }

  protected override attended(): void {}

  protected override async afterLast(): Promise<void> {
    this._stopping.abort();
    try {
      await this._searching;
    } finally {
      await this.subscribers.end();
      this.subscribers.watch?.look(0);
    }
  }

  protected override findings({ sent, filtered }: ReplayOutcome): RunFindings {
    const endedBy = this._isStopped ? 'signal' : 'end';
    return {
      ...{
        endedBy,
        durationS: this._durationS,
        stages: [],
        subscribers: this.subscribers.results,
        search: this._found,
      },
      ...judgeSearch(this._found, this.load.conditions, {
        endedBy,
        sent,
        filtered,
        failures: this.failures(true),
      }),
    };
  }

  protected override close(): void {}

  private _begin(): void {
    this._startNs = systemClock.nowNs();
    this._point = { atNs: this._startNs, sent: 0 };
    const ended = this._find().catch((error) => {
      // What fails after the end is its consequence.
      if (!this._isOver) throw error;
    });
    this._searching = ended.finally(() => {
      this._durationS = this._elapsedS;
      this.playback?.quit();
    });
    // `afterLast` tells of it.
    this._searching.catch(() => {});
  }

  private get _elapsedS(): number {
    return (systemClock.nowNs() - this._startNs) / 1e9;
  }

  private async _find(): Promise<void> {
    const { kind, sweep: range } = this._search;
    if (range !== undefined) this._found = { ...this._found, sweep: await this._sweep(range) };
    else if (kind === 'burst') this._found = { ...this._found, burst: await this._findBurst() };
    else {
      await this._findAgain();
      const { median, verdict } = this._found.highest ?? {};
      if (verdict === 'found' && median != null && !this._isOver)
        this._found = { ...this._found, recoveryS: await this._recoveryS(median) };
    }
  }

  private get _isOver(): boolean {
    return this._stopping.signal.aborted;
  }

  private async _findAgain(): Promise<void> {
    const runs: SearchResult[] = [];
    while (runs.length < this._search.runs && (runs.length === 0 || !this._isOver)) {
      runs.push(await this._findHighest());
      this._found = { ...this._found, highest: searchRuns(runs) };
    }
  }

  private _sweep(range: SweepRange): Promise<SweepResult> {
    const { unit, width } = this._search;
    if (unit === 'speed') this.figures.eventsPerLoad = this.eventsPerRecordedS;
    return sweep((plan) => this._runTrial(plan), {
      ...{ ...range, unit, width, eventsPerLoad: this.figures.eventsPerLoad },
      ...this._courseOfTrials(),
    });
  }

  private _findBurst(): Promise<BurstSearchResult> {
    const { highWaterMark } = this.load;
    const guess = highWaterMark === 0 ? MOST_BURST : Math.min(highWaterMark, MOST_BURST);
    const { width } = this._search;
    return findBurst((events) => this._runBurst(events), {
      ...{ guess, mostEvents: MOST_BURST, width, limitS: LIMIT_S },
      ...this._course((burst: BurstProgress) => {
        this._progress = { search: null, burst };
      }),
    });
  }

  /** How a search is followed and ended. */
  private _course<Progress>(onProgress: (progress: Progress) => void): SearchCourse<Progress> {
    const startNs = systemClock.nowNs();
    return {
      elapsedS: () => (systemClock.nowNs() - startNs) / 1e9,
      onProgress,
      signal: this._stopping.signal,
    };
  }

  private _courseOfTrials(): SearchCourse {
    return this._course((search: SearchProgress) => {
      this._progress = { search, burst: null };
    });
  }

  private async _findHighest(): Promise<SearchResult> {
    const { unit, width, trialSumS, exceedRatio, holdS } = this._search;
    const course = this._courseOfTrials();
    const { guess, eventsPerLoad } = await this.figures.probe();
    return findHighest((plan) => this._runTrial(plan), {
      ...{ unit, width, trialSumS, exceedRatio, holdS, guess, eventsPerLoad },
      ...{ leastLoad: LEAST_LOAD, mostLoad: MOST_LOAD, limitS: LIMIT_S },
      ...course,
    });
  }

  private async _runBurst(events: number): Promise<BurstResult> {
    try {
      return await this.figures.burst(events);
    } catch (error) {
      if (!this._isOver) throw error;
      return {
        ...{ events, outcome: 'invalid', reasons: [] },
        ...{ limit: null, lost: [], recoveryS: null },
      };
    }
  }

  private async _runTrial(plan: TrialPlan): Promise<TrialResult> {
    try {
      return await this.figures.run(plan);
    } catch (error) {
      if (!this._isOver) throw error;
      // The search ends without this trial.
      return { ...plan, ...STOPPED };
    }
  }

  private async _recoveryS(load: number): Promise<number | null> {
    const recovery = this.figures.recovery({ load: OVERLOAD * load, measuredS: OVERLOAD_S });
    return recovery.catch((error) => {
      if (!this._isOver) throw error;
      return null;
    });
  }

  private _look(points: LoadProgress['subscribers'], isDrain: boolean): void {
    const nowNs = systemClock.nowNs();
    const elapsedS = (nowNs - this._point.atNs) / 1e9;
    if (elapsedS < POINT_MS / 1000) return;
    const { sent, plan } = this.figures;
    const offeredPerS = (sent - this._point.sent) / elapsedS;
    this._point = { atNs: nowNs, sent };
    const atS = this._elapsedS;
    const lateP99Us = this.figures.takeRecentP99Us();
    const { startNs } = this.pace;
    const inTrialS = Number.isNaN(startNs) ? 0 : (nowNs - startNs) / 1e9;
    const intended = isDrain || plan === undefined ? 0 : plan.rateAt(inTrialS);
    const { unit } = this.load;
    this.series.add({
      intendedPerS: unit === 'rate' ? intended : offeredPerS,
      ...{ atS, offeredPerS, lateP99Us, subscribers: points },
    });
    this.tell({
      phase: isDrain ? 'drain' : 'load',
      ...{ atS: inTrialS, durationS: plan?.durationS ?? 0, stage: 1, stages: 1, unit, intended },
      ...{ offeredPerS, lateP99Us, sent, subscribers: points, ...this._progress },
    });
  }
}

const STOPPED: Omit<TrialResult, keyof TrialPlan> = {
  ...{ outcome: 'invalid', reasons: ['It was stopped'], limit: null, isLossy: false },
  ...{ offeredPerS: 0, subscribers: [] },
};
