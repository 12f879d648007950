import { setTimeout as delay } from 'node:timers/promises';
import { readThreadTimes } from '../../kernel/thread-times.js';
import { StagePlan } from '../../pacing/stage-plan.js';
import type { TrialPace } from '../../pacing/trial-pace.js';
import { systemClock } from '../../shared/clock.js';
import { isLatency } from '../load-condition.js';
import type { LoadProgress } from '../load-progress.js';
import type { LoadSubscribers } from '../load-subscribers.js';
import type { ResolvedLoad } from '../resolve-load.js';
import type { BurstResult } from '../search/search-result.js';
import type { TrialPlan, TrialResult } from '../search/trial.js';
import { StageFigures, type StageResult } from '../stage-figures.js';
import type { Watched } from '../watch/watched.js';
import { judgeBurst } from './judge-burst.js';
import { type FarBehind, judgeTrial } from './judge-trial.js';
import type { TrialFigures } from './trial-figures.js';
import { TrialRecord } from './trial-record.js';

/** Looks between two at connections and threads, which cost more. */
const LOOKS_A_SAMPLE = 3;
/** No trial is ended early before that: a subscriber may have been held up for a moment. */
const LEAST_S = 0.5;
/** A subscriber that takes nothing for so long does not catch up. */
const STANDSTILL_S = 1.5;
/** Longest time until subscribers have caught up. */
const MOST_DRAIN_S = 60;
/** Looks while subscribers catch up, for each that there would be while a load is applied. */
const DRAIN_LOOKS = 2;
/** Rest after all have caught up. */
const SETTLE_MS = 200;
/** Conditions on latency are judged by windows of this length. */
const WINDOW_S = 1;
/** An overload is looked for by loads that double, each for this time. */
const PROBE_STEP_S = 0.4;
const [PROBE_FROM, PROBE_STEPS] = [{ rate: 50, speed: 0.25 }, 18] as const;
/** It has gone far enough where a subscriber would take so long for what it is behind by. */
const PROBE_CATCH_UP_S = 1.5;
const LEAST_PROBE_LAG = 20;
/**
 * Events that are sent besides the load in the warm-up, where a subscriber is known by its connection alone: its own queue, of 1000 events
 * unless it sets another mark, hides how far it is behind until it is full. And for how many seconds of a load at most.
 */
const [FILL_EVENTS, FILL_S, LEAST_FILL_EVENTS, FILL_LOAD_S] = [1500, 0.5, 1000, 2];
/** Events of a burst are due at this rate: faster than any publisher. */
const BURST_PER_S = 1e6;

export interface TrialRunnerOptions {
  readonly load: Pick<ResolvedLoad, 'unit' | 'conditions' | 'drainS' | 'highWaterMark'>;
  /** Length of the ramp before the measured time, in seconds; 0: none. */
  readonly warmUpS: number;
  /** Width of the bracket that is searched for, as a share. */
  readonly width: number;
  readonly pace: TrialPace;
  readonly subscribers: LoadSubscribers;
  /** Time between two looks at them, in milliseconds. */
  readonly lookMs: number;
  /** Begins again with the first event. */
  readonly restart: () => Promise<void>;
  /** Ends the present trial with its reason. */
  readonly signal: AbortSignal;
  /** Called with each look. */
  readonly onLook: (points: LoadProgress['subscribers'], isDrain: boolean) => void;
}

/** What subscribers bear, about. */
export interface Probed {
  /** As a load. */
  readonly guess: number;
  /** Events a second of a load of 1. */
  readonly eventsPerLoad: number;
}

/** How a load is applied. */
interface ApplyOptions {
  /** What comes later is measured, in seconds. */
  readonly warmUpS: number;
  /** When it ends before its time. Default: never. */
  readonly early?: EarlyEnd;
  /** Number of events that have to be sent before it ends. Default: it ends by time. */
  readonly events?: number;
  /** Events that are sent besides the load: to be behind by these is as intended. Default: 0. */
  readonly fillEvents?: number;
}

/** When a trial ends since a subscriber is far behind. */
interface EarlyEnd {
  readonly catchUpS: number;
  readonly lag: number;
}

/** What was seen of a load. */
interface Seen {
  readonly playedS: number;
  readonly stages: readonly StageResult[];
  readonly sent: number;
  readonly figures: readonly TrialFigures[];
  readonly farBehind: FarBehind | undefined;
  /** Seconds until all had received what they did not lose; Infinity: they had not. */
  readonly recoveryS: number;
}

/**
 * A trial ends early where a subscriber would take so long for what it is behind by: the next trial waits for that. Fewer events
 * can be under way to a subscriber that nothing is wrong with.
 */
const TOO_FAR: EarlyEnd = { catchUpS: 4, lag: 50 };

/** Runs trials, one after the other, on subscribers that stay. Between two trials they catch up. */
export class TrialRunner {
  /** Events a second of a load of 1, about: of speeds, until `probe` has found it, that of the recording. */
  eventsPerLoad = 1;
  private readonly _options: TrialRunnerOptions;
  private _figures: StageFigures | undefined;
  private _plan: StagePlan | undefined;
  private _looks = 0;
  private _sentBefore = 0;

  constructor(options: TrialRunnerOptions) {
    this._options = options;
  }

  /** The load that is applied; undefined: none was yet. */
  get plan(): StagePlan | undefined {
    return this._plan;
  }

  /** Events that were sent in all trials. */
  get sent(): number {
    return this._sentBefore + (this._figures?.sent ?? 0);
  }

  /** Notes an event. As that of `StageFigures`. */
  add(nowNs: number, dueNs: number, sizeBytes: number, startNs: number): void {
    // An event that was due when its trial ended has no start.
    if (!Number.isNaN(startNs)) this._figures?.add(nowNs, dueNs, sizeBytes, startNs);
  }

  /** Lateness p99 of the last events, in microseconds; null: there were none. */
  takeRecentP99Us(): number | null {
    return this._figures?.takeRecentP99Us() ?? null;
  }

  /**
   * Raises the load until a subscriber falls behind.
   *
   * @throws the reason of `signal`
   */
  async probe(): Promise<Probed> {
    const { unit } = this._options.load;
    const stages = Array.from({ length: PROBE_STEPS }, (_, i) => {
      const perS = PROBE_FROM[unit] * 2 ** i;
      return { fromPerS: perS, toPerS: perS, durationS: PROBE_STEP_S };
    });
    const early = { catchUpS: PROBE_CATCH_UP_S, lag: LEAST_PROBE_LAG };
    const { figures, sent, playedS } = await this._apply(stages, { warmUpS: 0, early });
    const plan = new StagePlan(stages);
    const eventsPerLoad = unit === 'rate' ? 1 : sent / plan.amountAt(playedS);
    this.eventsPerLoad = eventsPerLoad;
    // The most that each took: what it takes at other moments can be the machine's limit, and not its own.
    const rates = figures.flatMap(({ mostPerS }) => mostPerS ?? []).filter((perS) => perS > 0);
    const guess = rates.length === 0 ? plan.rateAt(playedS) : Math.min(...rates) / eventsPerLoad;
    return { guess, eventsPerLoad };
  }

  /** Runs a trial. @throws the reason of `signal` */
  async run(plan: TrialPlan): Promise<TrialResult> {
    const { load, warmUpS, width } = this._options;
    const { unit, conditions } = load;
    const fillEvents = this._fillEvents(plan.load);
    const stages = stagesOf(plan, warmUpS, fillEvents / this.eventsPerLoad);
    const measuredFromS = new StagePlan(stages).durationS - plan.measuredS;
    const seen = await this._apply(stages, { warmUpS: measuredFromS, early: TOO_FAR, fillEvents });
    const measured = seen.stages[seen.stages.length - 1];
    const { figures: subscribers, sent, farBehind } = seen;
    return judgeTrial({
      ...{ plan, unit, conditions, width, subscribers, sent, farBehind },
      stage: measured,
      offeredPerS: offeredPerS(seen, plan, stages),
    });
  }

  /** Applies a load for a time, and waits until all have caught up. @returns how long that took, as `Seen.recoveryS` */
  async recovery(plan: TrialPlan): Promise<number> {
    const { recoveryS } = await this._apply(stagesOf(plan, this._options.warmUpS), { warmUpS: 0 });
    return recoveryS;
  }

  /** 0: no subscriber has a queue that hides its lag, or a condition is on latency, which the fill would raise. */
  private _fillEvents(load: number): number {
    const { subscribers, load: options } = this._options;
    const { conditions, highWaterMark } = options;
    const hasHidden = subscribers.watch?.all.some(
      ({ point }) => point.lag !== null && point.duplicated === null,
    );
    if (hasHidden !== true || conditions.some(isLatency)) return 0;
    const events = Math.min(FILL_EVENTS, LEAST_FILL_EVENTS + FILL_LOAD_S * load * this.eventsPerLoad);
    return highWaterMark === 0 ? events : Math.min(events, highWaterMark / 2);
  }

  /** Sends a number of events back to back. @throws the reason of `signal` */
  async burst(events: number): Promise<BurstResult> {
    const stage = { fromPerS: BURST_PER_S, toPerS: BURST_PER_S, durationS: events / BURST_PER_S };
    const { figures, recoveryS } = await this._apply([stage], { warmUpS: 0, events });
    return judgeBurst(events, figures, recoveryS);
  }

  /** Applies a load, and waits until all have caught up. */
  private async _apply(
    stages: StagePlan['stages'],
    { warmUpS, early, events = 0, fillEvents = 0 }: ApplyOptions,
  ): Promise<Seen> {
    const { pace, subscribers, lookMs, signal, load } = this._options;
    const plan = new StagePlan(stages);
    const figures = new StageFigures(plan, load.unit === 'rate');
    await this._drain(new Map());
    const records = this._beginRecords();
    this._plan = plan;
    this._sentBefore = this.sent;
    this._figures = figures;
    pace.prepare(plan);
    await this._options.restart();
    const { startNs } = pace;
    const atS = () => (systemClock.nowNs() - startNs) / 1e9;
    // Figures of the whole trial need one window; conditions on latency are judged by many.
    const windowS = load.conditions.some(isLatency) ? WINDOW_S : Number.POSITIVE_INFINITY;
    let windowsAtS = warmUpS;
    let farBehind: FarBehind | undefined;
    let taking: Promise<void> | undefined;
    const isOver = () => (events > 0 ? figures.sent >= events : atS() >= plan.durationS);
    while (!isOver() && farBehind === undefined) {
      const leftMs = events > 0 ? lookMs : 1000 * (plan.durationS - atS());
      await delay(Math.max(1, Math.min(lookMs, leftMs)), undefined, { signal });
      this._look(records, atS() >= warmUpS);
      if (early !== undefined && atS() > LEAST_S) farBehind = farthest(records, early, fillEvents, atS());
      if (atS() < windowsAtS || taking !== undefined) continue;
      windowsAtS += windowS;
      taking = this._takeLatencies(records).finally(() => {
        taking = undefined;
      });
    }
    const playedS = atS();
    pace.end();
    await taking;
    await this._takeLatencies(records);
    const recovered = await this._drain(records);
    await delay(SETTLE_MS, undefined, { signal });
    await subscribers.lookClosely();
    this._look(records, false, 0);
    const results = new Map(subscribers.watch?.all.map((watched) => [watched, watched.result()]));
    return {
      stages: figures.results(playedS),
      ...{ playedS, sent: figures.sent, farBehind, recoveryS: Math.max(0, ...recovered.values()) },
      figures: [...records].map(([watched, record]) => {
        const { hasGone = false, gaveWay = null } = results.get(watched) ?? {};
        return record.figures(hasGone, gaveWay, recovered.get(watched) ?? 0);
      }),
    };
  }

  private _beginRecords(): Map<Watched, TrialRecord> {
    const { watch } = this._options.subscribers;
    const points = watch?.look(0) ?? [];
    return new Map(
      watch?.all.map((watched, i) => [
        watched,
        new TrialRecord(points[i].name, points[i].kind, watched.point),
      ]),
    );
  }

  /** @param drainS seconds since the load ended; undefined: it has not */
  private _look(records: Map<Watched, TrialRecord>, isMeasured: boolean, drainS?: number): void {
    const { subscribers, onLook } = this._options;
    const { watch } = subscribers;
    if (watch === undefined) return;
    const points = watch.look(drainS);
    for (const [i, watched] of watch.all.entries()) {
      const { backedUpShare, pid } = points[i];
      const record = records.get(watched);
      record?.add(watched.point, isMeasured, backedUpShare);
      if (record === undefined || pid === null || this._looks % LOOKS_A_SAMPLE !== 0 || drainS !== undefined)
        continue;
      if (record.isBehind) void readThreadTimes(pid).then((times) => record.addThreads(times));
    }
    if (drainS === undefined && this._looks % LOOKS_A_SAMPLE === 0) void subscribers.sample();
    this._looks += 1;
    onLook(points, drainS !== undefined);
  }

  private async _takeLatencies(records: Map<Watched, TrialRecord>): Promise<void> {
    await this._options.subscribers.requestReports();
    for (const [watched, record] of records) record.addLatencies(watched.latencies);
  }

  /**
   * Waits until all have received what they did not lose.
   *
   * @returns how long each took, in seconds; Infinity: longer than the time to drain
   */
  private async _drain(records: Map<Watched, TrialRecord>): Promise<Map<Watched, number>> {
    const { subscribers, lookMs, signal, load } = this._options;
    const { watch } = subscribers;
    const recovered = new Map<Watched, number>();
    if (watch === undefined) return recovered;
    const moved = new Map<Watched, { readonly received: number | null; readonly atS: number }>();
    const beganNs = systemClock.nowNs();
    for (;;) {
      signal.throwIfAborted();
      await subscribers.lookClosely();
      const atS = (systemClock.nowNs() - beganNs) / 1e9;
      this._look(records, false, atS);
      let isOpen = false;
      for (const watched of watch.all) {
        const { received, lag } = watched.point;
        if (watched.isDrained && (lag ?? 0) === 0) {
          if (!recovered.has(watched)) recovered.set(watched, atS);
          continue;
        }
        const last = moved.get(watched);
        if (last === undefined || last.received !== received) moved.set(watched, { received, atS });
        else if (atS - last.atS > Math.max(STANDSTILL_S, load.drainS)) continue;
        isOpen = true;
      }
      if (!isOpen || atS > MOST_DRAIN_S) break;
      await delay(lookMs / DRAIN_LOOKS, undefined, { signal });
    }
    for (const watched of watch.all) {
      const atS = recovered.get(watched) ?? Number.POSITIVE_INFINITY;
      recovered.set(watched, atS);
    }
    return recovered;
  }
}

/** A ramp, a fill that is as much more than the load, and the load. @param warmUpS, fill 0: none */
function stagesOf({ load, measuredS }: TrialPlan, warmUpS: number, fill = 0): StagePlan['stages'] {
  const ramp = { fromPerS: 0, toPerS: load, durationS: warmUpS };
  const filled = load + fill / FILL_S;
  return [
    ...(warmUpS === 0 ? [] : [ramp]),
    ...(fill === 0 ? [] : [{ fromPerS: filled, toPerS: filled, durationS: FILL_S }]),
    { fromPerS: load, toPerS: load, durationS: measuredS },
  ];
}

/** Events a second of the measured time; where it did not come to that, those that the load would have been. */
function offeredPerS(seen: Seen, plan: TrialPlan, stages: StagePlan['stages']): number {
  const { sent, playedS } = seen;
  const measured = seen.stages[seen.stages.length - 1];
  if (measured.playedS > 0.5 * plan.measuredS) return measured.offered / measured.playedS;
  const amount = new StagePlan(stages).amountAt(playedS);
  return amount === 0 ? 0 : (sent * plan.load) / amount;
}

/** The subscriber that would take longest for what it is behind by, if that is too long to wait for. */
function farthest(
  records: Map<Watched, TrialRecord>,
  { catchUpS, lag }: EarlyEnd,
  fillEvents: number,
  atS: number,
): FarBehind | undefined {
  let most: TrialRecord | undefined;
  for (const record of records.values()) {
    const neededS = record.catchUpS(fillEvents);
    if (record.lag < lag + fillEvents || !(neededS > catchUpS)) continue;
    // It may have been held up by the machine for a moment.
    if (neededS === Number.POSITIVE_INFINITY && atS < STANDSTILL_S) continue;
    if (most === undefined || neededS > most.catchUpS(fillEvents)) most = record;
  }
  return most && { name: most.name, atS, lag: most.lag };
}
