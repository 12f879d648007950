import { count } from '../../shared/text.js';
import type {
  LoadConditionRow,
  LoadCourse,
  LoadNow,
  LoadPoint,
  LoadStage,
  SubscriberRow,
} from '../../web/load-protocol.js';
import type { ShownLoad } from '../../web/shown-load.js';
import { foundText } from '../found-text.js';
import type { LoadProgress } from '../load-progress.js';
import type { LoadReport, SubscriberResult } from '../load-report.js';
import type { ResolvedLoad } from '../resolve-load.js';
import { amountText } from '../search/amount-text.js';
import type { StageResult } from '../stage-figures.js';
import { stageText } from '../verdict.js';
import type { SubscriberNow, Watched } from '../watch/watched.js';
import { headline, lostText, VERDICTS } from './load-words.js';
import { SearchOnPage } from './search-on-page.js';
import { searchFindings } from './search-words.js';
import { isBackedUp, worstFirst } from './worst-first.js';

/** Rows of subscribers that are made at a look. */
const MOST_ROWS = 200;
/** Subscribers whose latencies are read at a look: that takes half a millisecond for each. The others are next. */
const MOST_LATENCIES = 2;
const MOST_CONDITIONS = 200;
const MOST_REASONS = 50;
const MOST_NOTICES = 5;
/** Time between two figures of the stage that is played, in seconds. */
const STAGE_S = 1;

export interface LoadOnPageOptions {
  readonly load: Pick<ResolvedLoad, 'unit' | 'stages' | 'search' | 'conditions'>;
  readonly title: string | undefined;
  /** Undefined: subscribers are not there yet. */
  readonly watch: () => { readonly all: readonly WatchedNow[] } | undefined;
  /** Ends the load test as it stands. */
  readonly onQuit: () => void;
}

/** What is asked of a subscriber while the load is applied. */
export type WatchedNow = Pick<Watched, 'state' | 'proof' | 'agent' | 'mostLag' | 'latencyPercentiles'>;

type Latencies = Pick<SubscriberRow, 'p50Us' | 'p99Us'>;

const WAITING: LoadNow = {
  ...{ phase: 'waiting', atS: 0, durationS: 0, stage: 0, intended: null },
  ...{ offeredPerS: 0, lateP99Us: null, sent: 0 },
};
const UNMEASURED: Latencies = { p50Us: null, p99Us: null };

/** What the page in the browser shows of a load test. Rows and latencies are only made where a page asks for them. */
export class LoadOnPage implements ShownLoad {
  private readonly _options: LoadOnPageOptions;
  private readonly _search: SearchOnPage | undefined;
  private readonly _stages: LoadStage[];
  private readonly _notices: string[] = [];
  private _progress: LoadProgress | undefined;
  private _report: LoadReport | undefined;
  private _now = WAITING;
  /** Undefined: it has changed since it was made. */
  private _course: LoadCourse | undefined;
  /** When the stages were looked at last, in seconds since the load began; and the one that was played. */
  private _stagesSeen = { atS: Number.NEGATIVE_INFINITY, stage: 0 };
  private _point: LoadPoint | null = null;
  private _rows: { readonly of: LoadNow; readonly rows: readonly SubscriberRow[] } | undefined;
  /** By the place of the subscriber. */
  private readonly _latencies = new Map<number, Latencies>();
  private _nextLatency = 0;

  constructor(options: LoadOnPageOptions) {
    const { unit, stages, search } = options.load;
    this._options = options;
    this._search = search && new SearchOnPage(search);
    this._stages = stages.map(({ fromPerS, toPerS, durationS }) => ({
      text: stageText({ from: fromPerS, to: toPerS }, unit),
      ...{ durationS, playedS: 0, intended: 0, offered: 0, lateP99Us: null },
    }));
  }

  /** Takes how the load stands. @param stageResult the figures of a stage, from 0, as of now; absent in a search */
  note(progress: LoadProgress, stageResult?: (stage: number) => StageResult): void {
    this._progress = progress;
    const { phase, atS, durationS, stage, offeredPerS, lateP99Us, sent } = progress;
    this._now = {
      ...{ phase, atS, durationS, stage: stageResult === undefined ? 0 : stage },
      ...{ intended: this._intended(progress), offeredPerS, lateP99Us, sent },
    };
    this._addToPoint(progress);
    if (this._search?.note(progress) === true) this._course = undefined;
    if (stageResult !== undefined) this._lookAtStages(progress, stageResult);
  }

  /** Takes a sentence for the user. */
  notice(notice: string): void {
    this._notices.push(notice);
    if (this._notices.length > MOST_NOTICES) this._notices.shift();
    this._course = undefined;
  }

  /** Takes what was found at the end. */
  judge(report: LoadReport): void {
    this._report = report;
    this._now = { ...this._now, phase: 'over', sent: report.load.sent };
    for (const [i, result] of report.load.stages.entries()) this._setStage(i, result);
    this._search?.end(this._progress, report.search);
    this._course = undefined;
  }

  get now(): LoadNow {
    return this._now;
  }

  get course(): LoadCourse {
    const { title } = this._options;
    this._course ??= {
      title: title ?? null,
      stages: [...this._stages],
      search: this._search?.course ?? null,
      ...this._conditions(),
      verdict: this._report === undefined ? null : verdictOf(this._report),
      notices: [...this._notices],
    };
    return this._course;
  }

  get subscriberCount(): number {
    return this._progress?.subscribers.length ?? 0;
  }

  worst(most: number): readonly SubscriberRow[] {
    if (this._rows?.of !== this._now) this._rows = { of: this._now, rows: this._makeRows(most) };
    return this._rows.rows.slice(0, most);
  }

  takePoint(): LoadPoint | null {
    const point = this._point;
    this._point = null;
    return point;
  }

  quit(): void {
    this._options.onQuit();
  }

  private _intended({ burst, phase, intended, unit }: LoadProgress): string | null {
    if (phase === 'drain') return null;
    return burst === null ? amountText(intended, unit) : 'back to back';
  }

  private _lookAtStages(
    { atS, stage, phase }: LoadProgress,
    stageResult: (stage: number) => StageResult,
  ): void {
    const seen = this._stagesSeen;
    const played = stage - 1;
    if (phase === 'load' && played === seen.stage && atS - seen.atS < STAGE_S) return;
    // Those that were over before do not change.
    for (let i = seen.stage; i <= played; i++) this._setStage(i, stageResult(i));
    this._stagesSeen = { atS, stage: played };
    this._course = undefined;
  }

  private _setStage(i: number, { playedS, intended, offered, lateP99Us }: StageResult): void {
    this._stages[i] = { ...this._stages[i], playedS, intended, offered, lateP99Us };
  }

  private _addToPoint({ unit, intended, offeredPerS, phase, subscribers }: LoadProgress): void {
    const others = subscribers.filter(({ kind }) => kind !== 'sentinel');
    const before = this._point;
    const losses = others.flatMap(({ lost }) => lost ?? []);
    this._point = {
      intendedPerS: unit === 'rate' && phase === 'load' ? intended : null,
      offeredPerS,
      mostLag: greatest([before?.mostLag ?? null, ...others.map(({ lag }) => lag)]),
      lost: losses.length === 0 ? null : losses.reduce((sum, each) => sum + each, 0),
      p99Us: greatest([before?.p99Us ?? null, ...others.map(({ p99Us }) => p99Us)]),
    };
  }

  private _makeRows(most: number): SubscriberRow[] {
    const subscribers = this._progress?.subscribers ?? [];
    const watched = this._options.watch()?.all ?? [];
    const order = worstFirst(subscribers).slice(0, MOST_ROWS);
    const results = this._report?.subscribers;
    if (results === undefined) this._readLatencies(order.slice(0, most), watched);
    return order.flatMap((id) => {
      const each = watched[id];
      if (each === undefined) return [];
      const row = this._rowOf(id, subscribers[id], each);
      const result = results?.[id];
      return result === undefined ? row : { ...row, ...finalFigures(result) };
    });
  }

  private _rowOf(id: number, now: SubscriberNow, watched: WatchedNow): SubscriberRow {
    const { name, received, receivedPerS, lag, lost, backedUpShare } = now;
    const { state, mostLag } = watched;
    return {
      ...{ id, name, state, received, receivedPerS, lag, mostLag, lost, backedUpShare },
      ...(this._latencies.get(id) ?? UNMEASURED),
      knownBy: knownBy(watched, now),
      lostText: lost === null ? 'unknown' : count(lost),
      isBackedUp: isBackedUp(backedUpShare),
    };
  }

  /** Reads the latencies of the next few of these. */
  private _readLatencies(ids: readonly number[], watched: readonly WatchedNow[]): void {
    for (let n = Math.min(MOST_LATENCIES, ids.length); n > 0; n--) {
      const id = ids[this._nextLatency++ % ids.length];
      this._latencies.set(id, latenciesOf(watched[id]));
    }
  }

  private _conditions(): Pick<LoadCourse, 'conditions' | 'omittedConditions'> {
    const rows = this._report === undefined ? this._conditionsGiven() : conditionsJudged(this._report);
    return {
      conditions: rows.slice(0, MOST_CONDITIONS),
      omittedConditions: Math.max(0, rows.length - MOST_CONDITIONS),
    };
  }

  private _conditionsGiven(): LoadConditionRow[] {
    return this._options.load.conditions.map(({ condition, subscriber }) => ({
      ...{ condition, subscriber: subscriber ?? '', outcome: null, found: '' },
    }));
  }
}

function latenciesOf(watched: WatchedNow | undefined): Latencies {
  const percentiles = watched?.latencyPercentiles([50, 99]);
  if (percentiles === undefined) return UNMEASURED;
  const [p50Us, p99Us] = percentiles.map((ns) => ns / 1000);
  return { p50Us, p99Us };
}

/** What only the end shows: what is missing then is lost. */
function finalFigures(result: SubscriberResult): Partial<SubscriberRow> {
  const { received, endLag, mostLag, lost, latency } = result;
  return {
    ...{ received, receivedPerS: null, lag: endLag, mostLag },
    ...{ lost: lost?.about ?? null, lostText: lostText(result) },
    ...{ p50Us: latency?.p50Us ?? null, p99Us: latency?.p99Us ?? null },
  };
}

function knownBy({ proof, agent }: WatchedNow, { lag, lost }: SubscriberNow): string {
  if (proof === 'count') return 'own count';
  if (proof === 'check-in') return agent === undefined ? 'checks in' : `agent ${agent}`;
  if (proof === 'endpoint') return 'endpoint';
  return proof === 'kernel' || lag !== null || lost !== null ? 'connection' : 'nothing yet';
}

const OUTCOMES = ['missed', 'unknown', 'kept'] as const;

/** Those that were missed first. */
function conditionsJudged({ conditions }: LoadReport): LoadConditionRow[] {
  return OUTCOMES.flatMap((wanted) => conditions.filter(({ outcome }) => outcome === wanted)).map((each) => {
    const { condition, subscriber, outcome, reason } = each;
    return { condition, subscriber, outcome, found: reason ?? foundText(each) };
  });
}

function verdictOf(report: LoadReport): NonNullable<LoadCourse['verdict']> {
  const { verdict, reasons, search } = report;
  return {
    ...{ verdict, title: VERDICTS[verdict], headline: headline(report) },
    findings: search === null ? [] : searchFindings(search),
    reasons: reasons.slice(0, MOST_REASONS),
  };
}

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
