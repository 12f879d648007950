import type { ThreadTimes } from '../../kernel/thread-times.js';
import { threadUse } from '../../kernel/thread-times.js';
import { type Histogram, recordedSince } from '../../measure/histogram.js';
import { lagSlope } from '../search/lag-slope.js';
import type { LagSlope } from '../search/trial.js';
import type { SubscriberKind } from '../subscriber-kind.js';
import type { WatchedPoint } from '../watch/watched.js';
import { type GaveWay, WhatGaveWay } from '../what-gave-way.js';
import type { TrialFigures } from './trial-figures.js';

/**
 * A subscriber has a backlog where it is behind by more than it takes in this many looks on average: so it is never without an event. It
 * is behind at all where it is by more than it takes in some milliseconds: less is under way.
 */
const BACKLOG_LOOKS = 1.5;
const BEHIND_S = 0.01;
/** Intervals that follow each other in which a subscriber had more to take than it took: fewer show a moment, and no rate. */
const LEAST_BACKLOG_INTERVALS = 3;

/** The shortest time over which a rate is taken. */
const RATE_US = 500_000;

interface Sample extends WatchedPoint {
  readonly isMeasured: boolean;
}

/** What is seen of one subscriber in one trial. */
export class TrialRecord {
  readonly name: string;
  readonly kind: SubscriberKind;
  private readonly _begin: WatchedPoint;
  private readonly _samples: Sample[] = [];
  private readonly _gaveWay = new WhatGaveWay();
  private readonly _windows: Histogram[] = [];
  private _latencies: Histogram | undefined;
  private _backedUp = { sum: 0, looks: 0 };
  private _threads: { readonly times: ThreadTimes; readonly sample: number } | undefined;

  /** @param begin how it stood before the trial, when nothing was sent */
  constructor(name: string, kind: SubscriberKind, begin: WatchedPoint) {
    this.name = name;
    this.kind = kind;
    this._begin = begin;
  }

  /** Takes a look. One that shows nothing new does not count. @param isMeasured whether it is of the measured time */
  add(point: WatchedPoint, isMeasured: boolean, backedUpShare: number | null): void {
    const last = this._samples.at(-1) ?? this._begin;
    if (!(point.atUs > last.atUs)) return;
    this._samples.push({ ...point, lag: this._ownLag(point), isMeasured });
    if (!isMeasured || backedUpShare === null) return;
    this._backedUp.sum += backedUpShare;
    this._backedUp.looks += 1;
  }

  /** Takes what the threads of its process have done so far. */
  addThreads(times: ThreadTimes | undefined): void {
    if (times === undefined || this._samples.length === 0) return;
    const before = this._threads;
    this._threads = { times, sample: this._samples.length - 1 };
    if (before === undefined || times.atNs <= before.times.atNs) return;
    this._gaveWay.add({
      elapsedMs: (times.atNs - before.times.atNs) / 1e6,
      isHeldUp: this._isBehindSince(before.sample),
      ...{ busyShare: 0, deliveryBitsPerS: 0, retransmissions: 0, isBehind: false },
      ...{ peerReceiveQueueBytes: null, isProcessKnown: true },
      threads: threadUse(before.times, times),
    });
  }

  /** Takes the latencies of all events up to now. The first call begins the first window, each later one ends a window. */
  addLatencies(latencies: Histogram | undefined): void {
    if (latencies === undefined) return;
    if (this._latencies !== undefined) this._windows.push(recordedSince(latencies, this._latencies));
    this._latencies = latencies;
  }

  /** Events behind at the last look; 0: none, or not known. */
  get lag(): number {
    return this._samples.at(-1)?.lag ?? 0;
  }

  /** Whether it was behind at the last look by more than is under way to a subscriber that keeps up. */
  get isBehind(): boolean {
    return this._samples.length > 0 && this._isBehindSince(this._samples.length - 1);
  }

  /** Events received so far; null: not known. */
  get received(): number | null {
    return this._samples.at(-1)?.received ?? null;
  }

  /** How long it would take for what it is behind by, without `ofThat` events, in seconds; Infinity: it has not received anything. */
  catchUpS(ofThat = 0): number {
    const lag = this.lag - ofThat;
    if (lag <= 0) return 0;
    return lag / Math.max(this._backlogRate(1) ?? 0, this._receivedPerS(this._samples) ?? 0);
  }

  /** Most events that it took a second, over half a second or more; null: not known. */
  private _mostPerS(): number | null {
    let most: number | null = null;
    let from = 0;
    for (let to = 1; to < this._samples.length; to++) {
      while (this._samples[to].atUs - this._samples[from + 1].atUs >= RATE_US) from += 1;
      const [first, last] = [this._samples[from], this._samples[to]];
      if (last.atUs - first.atUs < RATE_US || first.received === null || last.received === null) continue;
      most = Math.max(most ?? 0, (1e6 * (last.received - first.received)) / (last.atUs - first.atUs));
    }
    return most;
  }

  /**
   * @param gaveWay what the kernel tells of its connection
   * @param recoveryS time from the end of the load until it had received all; Infinity: it had not in the time to drain
   */
  figures(hasGone: boolean, gaveWay: GaveWay | null, recoveryS: number): TrialFigures {
    const measured = this._samples.filter(({ isMeasured }) => isMeasured);
    const lags = measured.flatMap(({ lag }) => lag ?? []);
    const spans = measured.flatMap(({ lagS }) => (lagS === null || Number.isNaN(lagS) ? [] : lagS));
    const [begin, end] = [this._begin, this._samples.at(-1) ?? this._begin];
    const { name, kind } = this;
    return {
      ...{ name, kind, hasGone, recoveryS: end.lag === null ? null : recoveryS },
      lagSlope: this._lagSlope(measured),
      mostPerS: this._mostPerS(),
      backlogRatePerS: this._backlogRate(LEAST_BACKLOG_INTERVALS),
      lost: grown(begin.missing, end.missing),
      wanted: grown(begin.wanted, end.wanted),
      mostLag: lags.length === 0 ? null : Math.max(...lags),
      mostLagS: spans.length === 0 ? null : Math.max(...spans),
      endLag: end.lag,
      windows: this._windows,
      receivedPerS: this._receivedPerS(measured),
      received: grown(begin.received, end.received),
      duplicated: grown(begin.duplicated, end.duplicated),
      reordered: grown(begin.reordered, end.reordered),
      backedUpShare: this._backedUp.looks === 0 ? null : this._backedUp.sum / this._backedUp.looks,
      gaveWay: this._gaveWay.verdict ?? gaveWay,
    };
  }

  /** What was lost at the end of the trial before lags until the first event comes after it. */
  private _ownLag({ lag, received }: WatchedPoint): number | null {
    if (lag === null || received !== this._begin.received) return lag;
    return Math.max(0, lag - (this._begin.lag ?? 0));
  }

  private _lagSlope(measured: readonly Sample[]): LagSlope | null {
    const from = measured[0]?.atUs ?? 0;
    const points = measured.flatMap(({ atUs, lag }) =>
      lag === null ? [] : [[(atUs - from) / 1e6, lag] as const],
    );
    return lagSlope(points);
  }

  private _receivedPerS(samples: readonly Sample[]): number | null {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.atUs <= first.atUs) return null;
    if (first.received === null || last.received === null) return null;
    return (1e6 * (last.received - first.received)) / (last.atUs - first.atUs);
  }

  /** @param first index of a sample */
  private _isBehindSince(first: number): boolean {
    const least = BEHIND_S * (this._receivedPerS(this._samples) ?? 0);
    return this._samples.slice(first).every(({ lag }) => lag !== null && lag > least);
  }

  /** @param least number of intervals that follow each other */
  private _backlogRate(least: number): number | null {
    const perS = this._receivedPerS(this._samples) ?? 0;
    let [events, us] = [0, 0];
    let from = 0;
    for (let i = 1; i <= this._samples.length; i++) {
      const isOn = i < this._samples.length && isBacklogged(this._samples[i - 1], this._samples[i], perS);
      if (isOn) continue;
      if (i - 1 - from >= least) {
        const [first, last] = [this._samples[from], this._samples[i - 1]];
        events += (last.received ?? 0) - (first.received ?? 0);
        us += last.atUs - first.atUs;
      }
      from = i;
    }
    return us === 0 ? null : (1e6 * events) / us;
  }
}

function grown(before: number | null, now: number | null): number | null {
  return now === null ? null : Math.max(0, now - (before ?? 0));
}

/** Whether a subscriber that takes `perS` a second had a backlog in an interval. */
function isBacklogged(from: WatchedPoint, to: WatchedPoint, perS: number): boolean {
  if (from.lag === null || from.received === null || to.received === null) return false;
  return from.lag > 0 && from.lag >= (BACKLOG_LOOKS * perS * (to.atUs - from.atUs)) / 1e6;
}
