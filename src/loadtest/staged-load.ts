import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../generate/random.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import { StagePace } from '../pacing/stage-pace.js';
import { StagePlan } from '../pacing/stage-plan.js';
import { systemClock } from '../shared/clock.js';
import type { NameOf } from '../shared/expect.js';
import { instrumentFaults } from './instrument-faults.js';
import { canBeMissedEarly, type LoadCondition } from './load-condition.js';
import type { LoadTestOptions } from './load-options.js';
import type { LoadProgress } from './load-progress.js';
import type { LoadReport } from './load-report.js';
import { LoadRun, type RunFindings } from './load-run.js';
import type { ResolvedLoad } from './resolve-load.js';
import { StageFigures } from './stage-figures.js';
import { type Findings, judge } from './verdict.js';

/** Time between two looks at subscribers, and between two reports of our own. */
const LOOK_MS = 250;
/** Time between two reports of subscribers that check in, and of agents. */
const CHECK_IN_MS = 1000;
/** Time between two looks after the load, until all have received what is queued. */
const DRAIN_LOOK_MS = 50;

/** A load of stages, one after the other, judged as a whole. */
export class StagedLoad extends LoadRun {
  protected readonly pace: StagePace;
  protected readonly figures: StageFigures;
  private readonly _plan: StagePlan;
  private _endedBy: LoadReport['endedBy'] = 'end';
  private _looking: NodeJS.Timeout | undefined;
  private _ending: NodeJS.Timeout | undefined;
  private _playedS = 0;
  private _previous = { atNs: Number.NaN, sent: 0 };

  constructor(options: LoadTestOptions, load: ResolvedLoad, nameOf: NameOf<keyof LoadTestOptions>) {
    const plan = new StagePlan(load.stages);
    super(options, load, nameOf, {
      reportIntervalMs: LOOK_MS,
      checkInIntervalMs: CHECK_IN_MS,
      plan,
    });
    this._plan = plan;
    const random = new Random(load.seed, 'arrivals');
    this.pace = new StagePace(this._plan, {
      arrival: load.arrival,
      random: () => random.uniform(),
      onStart: () => this._begin(),
    });
    this.figures = new StageFigures(this._plan, load.unit === 'rate');
  }

  protected override stop(): void {
    this._end('signal');
  }

  protected override attended(): void {
    this._looking = setInterval(() => this._look(), LOOK_MS);
  }

  /** Gives subscribers time to receive what is queued, and takes the last figures of each. */
  protected override async afterLast(): Promise<void> {
    clearTimeout(this._ending);
    if (this._playedS === 0) this._playedS = this._atS();
    await this.sendHeldBack();
    const { watch } = this.subscribers;
    if (watch === undefined) return;
    const endedMs = performance.now();
    const untilMs = endedMs + 1000 * (this._endedBy === 'signal' ? 0 : this.load.drainS);
    const drainS = () => (performance.now() - endedMs) / 1000;
    clearInterval(this._looking);
    for (;;) {
      const atS = drainS();
      await this.subscribers.lookClosely();
      this._add(watch.look(atS));
      if (watch.isDrained || performance.now() >= untilMs) break;
      await delay(DRAIN_LOOK_MS);
    }
    await this.subscribers.end();
    watch.look(drainS());
  }

  protected override findings(outcome: ReplayOutcome): RunFindings {
    const found = this._found(this._playedS);
    return {
      ...{ durationS: this._playedS, endedBy: outcome.endedBy === 'blocked' ? 'blocked' : this._endedBy },
      ...this._judged(found, this.load.conditions, outcome),
      ...{ ...found, search: null },
    };
  }

  protected override close(): void {
    clearInterval(this._looking);
    clearTimeout(this._ending);
  }

  /** The stages begin with the first event. */
  private _begin(): void {
    this._previous = { atNs: systemClock.nowNs(), sent: 0 };
    this.subscribers.beginLoad();
    this._endInTime();
  }

  /** Ends the load when its stages are over. A timer can come a millisecond early. */
  private _endInTime(): void {
    const leftS = this._plan.durationS - this._atS();
    if (leftS <= 0) this._end('end');
    else this._ending = setTimeout(() => this._endInTime(), Math.ceil(1000 * leftS));
  }

  private _end(by: LoadReport['endedBy']): void {
    if (this._playedS > 0) return;
    this._endedBy = by;
    this._playedS = this._atS();
    this.playback?.quit();
  }

  /** Seconds since the first stage began; 0: it has not. */
  private _atS(): number {
    const { startNs } = this.pace;
    return Number.isNaN(startNs) ? 0 : (systemClock.nowNs() - startNs) / 1e9;
  }

  private _look(): void {
    const { watch } = this.subscribers;
    if (watch === undefined || !this.pace.isAnchored) return;
    void this.subscribers.sample();
    this._add(watch.look());
    this.subscribers.tellOfAgents();
    if (!this.load.abortOnFail || this._playedS > 0) return;
    const early = this.load.conditions.filter(canBeMissedEarly);
    if (this._judged(this._found(this._atS()), early).conditions.some(({ outcome }) => outcome === 'missed'))
      this._end('condition');
  }

  private _add(points: LoadProgress['subscribers']): void {
    this.subscribers.logCheckedIn();
    const progress = this._progress(points);
    this.subscribers.watch?.noteLags(points, progress);
    this.series.add({
      atS: progress.atS,
      intendedPerS: this.load.unit === 'rate' ? this._plan.rateAt(progress.atS) : progress.offeredPerS,
      offeredPerS: progress.offeredPerS,
      lateP99Us: progress.lateP99Us,
      subscribers: points,
    });
    this.tell(progress, (stage) => this.figures.result(stage, this._playedS || progress.atS));
  }

  private _progress(points: LoadProgress['subscribers']): LoadProgress {
    const nowNs = systemClock.nowNs();
    const { sent } = this.figures;
    const elapsedS = (nowNs - this._previous.atNs) / 1e9;
    const offeredPerS = elapsedS > 0 ? (sent - this._previous.sent) / elapsedS : 0;
    this._previous = { atNs: nowNs, sent };
    const atS = this._atS();
    return {
      phase: this._playedS > 0 ? 'drain' : 'load',
      ...{ atS, durationS: this._plan.durationS },
      stage: this._plan.stageAt(atS) + 1,
      stages: this._plan.stages.length,
      unit: this.load.unit,
      intended: this._plan.rateAt(atS),
      offeredPerS,
      lateP99Us: this.figures.takeRecentP99Us(),
      sent,
      subscribers: points,
      ...{ search: null, burst: null },
    };
  }

  private _found(playedS: number): Pick<Findings, 'stages' | 'subscribers'> {
    return { stages: this.figures.results(playedS), subscribers: this.subscribers.results };
  }

  private _judged(
    found: Pick<Findings, 'stages' | 'subscribers'>,
    conditions: readonly LoadCondition[],
    outcome?: ReplayOutcome,
  ) {
    const { unit, blockTimeoutS } = this.load;
    return judge({
      unit,
      conditions,
      faults: instrumentFaults(this._endedBy, outcome, this.failures(outcome !== undefined)),
      blocked:
        outcome?.endedBy === 'blocked' ? { by: outcome.blocked.by, timeoutS: blockTimeoutS } : undefined,
      ...found,
    });
  }
}
