import { type Histogram, LARGEST_NS, latenessHistogram, percentile } from '../measure/histogram.js';
import type { StagePlan } from '../pacing/stage-plan.js';

/** How the load of a stage was kept. */
export interface StageResult {
  /** Events a second, or times the recorded speed, at its begin and its end. */
  readonly from: number;
  readonly to: number;
  readonly durationS: number;
  /** How much of that time was played, in seconds. */
  readonly playedS: number;
  /** Number of events that were due in that time; of a speed, those that were sent. */
  readonly intended: number;
  /** Number of events that were sent in it. */
  readonly offered: number;
  readonly bytes: number;
  /** Sent minus due, in microseconds; null: nothing was sent. */
  readonly lateP50Us: number | null;
  readonly lateP99Us: number | null;
  readonly lateMaxUs: number | null;
}

interface Sums {
  due: number;
  sent: number;
  bytes: number;
  readonly late: Histogram;
}

/** Counts what is sent in each stage, and how late. A stage is that of the moment when an event is sent. */
export class StageFigures {
  private readonly _plan: StagePlan;
  private readonly _sums: readonly Sums[];
  private readonly _isRate: boolean;
  private _startNs = Number.NaN;
  private _endsNs = Number.NaN;
  private _stage = -1;
  private _sent = 0;
  /** Lateness since the last call of `takeRecent`. */
  private readonly _recent = latenessHistogram();

  /** @param isRate whether stages are events a second; otherwise they are speeds */
  constructor(plan: StagePlan, isRate: boolean) {
    this._plan = plan;
    this._isRate = isRate;
    this._sums = plan.stages.map(() => ({ due: 0, sent: 0, bytes: 0, late: latenessHistogram() }));
  }

  /** Number of events sent. */
  get sent(): number {
    return this._sent;
  }

  /** The present stage. */
  get stage(): number {
    return Math.max(0, this._stage);
  }

  /** @param startNs when the first stage began, on the steady clock */
  add(nowNs: number, dueNs: number, sizeBytes: number, startNs: number): void {
    if (!(nowNs < this._endsNs)) this._turn(nowNs, startNs);
    const sums = this._sums[this._stage];
    sums.sent += 1;
    sums.bytes += sizeBytes;
    this._sent += 1;
    // Nearly all events are due in the stage in which they are sent.
    const dueStage = dueNs < this._beganNs ? this._plan.stageAt((dueNs - startNs) / 1e9) : this._stage;
    this._sums[dueStage].due += 1;
    const lateNs = Math.min(Math.max(0, Math.round(nowNs - dueNs)), LARGEST_NS);
    sums.late.recordValue(lateNs);
    this._recent.recordValue(lateNs);
  }

  /** Lateness p99 of the events since the last call, in microseconds; null: there were none. */
  takeRecentP99Us(): number | null {
    if (this._recent.totalCount === 0) return null;
    const p99Us = percentile(this._recent, 99) / 1000;
    this._recent.reset();
    return p99Us;
  }

  /** @param playedS how long the load went on, in seconds from its start */
  results(playedS: number): StageResult[] {
    return this._plan.stages.map((_, i) => this.result(i, playedS));
  }

  /** The same of one stage. @param stage from 0 */
  result(stage: number, playedS: number): StageResult {
    const { fromPerS, toPerS, durationS } = this._plan.stages[stage];
    const startS = this._plan.startS(stage);
    const endS = Math.min(Math.max(playedS, startS), startS + durationS);
    const { due, sent, bytes, late } = this._sums[stage];
    const at = (percent: number) => (sent === 0 ? null : percentile(late, percent) / 1000);
    const intended = this._isRate ? Math.round(this._plan.amountAt(endS) - this._plan.amountAt(startS)) : due;
    return {
      ...{ from: fromPerS, to: toPerS, durationS, playedS: endS - startS, intended, offered: sent, bytes },
      ...{ lateP50Us: at(50), lateP99Us: at(99), lateMaxUs: at(100) },
    };
  }

  private get _beganNs(): number {
    return this._startNs + 1e9 * this._plan.startS(this._stage);
  }

  private _turn(nowNs: number, startNs: number): void {
    this._startNs = startNs;
    this._stage = this._plan.stageAt((nowNs - startNs) / 1e9);
    const isLast = this._stage === this._plan.stages.length - 1;
    this._endsNs = isLast ? Number.POSITIVE_INFINITY : startNs + 1e9 * this._plan.startS(this._stage + 1);
  }
}
