import type { StagePlan } from '../pacing/stage-plan.js';

/** What is sent in this time may be under way to a subscriber that keeps up. */
const UNDER_WAY_S = 0.1;

/** A stage after which the load fell, and how a subscriber recovered from it. */
export interface Recovery {
  /** Number of the stage, from 1. */
  readonly stage: number;
  /**
   * Time from the end of the stage until the subscriber had caught up, in seconds, to a look; null: it had not after the time to
   * drain.
   */
  readonly tookS: number | null;
}

/** A look at the load. */
export interface LoadMoment {
  /** Seconds since the load began. */
  readonly atS: number;
  /** Number of the present stage, from 1. */
  readonly stage: number;
  /** Events sent a second, about now. */
  readonly offeredPerS: number;
}

interface Open {
  readonly stage: number;
  readonly endS: number;
  /** Lag with which it has caught up. */
  readonly usualLag: number;
}

/**
 * How long a subscriber takes to catch up after each stage after which the load falls, but the last one. It has caught up when it is
 * behind by no more events than at the end of a stage before that asked for no more than what follows, or than are sent in a tenth of a
 * second. A later overload prolongs it.
 */
export class Recoveries {
  private readonly _plan: StagePlan;
  private readonly _tookS = new Map<number, number | null>();
  private _open: Open[] = [];
  private _stage = 0;
  private _lag: number | undefined;
  private _offeredPerS = 0;
  /** The lag at the last look of each stage that is over. */
  private readonly _endLags: (number | undefined)[] = [];

  constructor(plan: StagePlan) {
    this._plan = plan;
  }

  /** @param lag events that it is behind by; null: not known */
  note(lag: number | null, { atS, stage, offeredPerS }: LoadMoment): void {
    for (; this._stage < stage - 1; this._stage++) {
      this._endLags[this._stage] = this._lag;
      if (this._lag !== undefined && this._falls(this._stage)) this._begin(this._stage);
    }
    if (lag === null) return;
    this._lag = lag;
    this._offeredPerS = offeredPerS;
    this._close((endS) => Math.max(0, atS - endS));
  }

  get found(): Recovery[] {
    return [...this._tookS].map(([stage, tookS]) => ({ stage: stage + 1, tookS }));
  }

  /** @param tookS of what ended at `endS`, where it is over */
  private _close(tookS: (endS: number) => number): void {
    const isOver = ({ usualLag }: Open) =>
      (this._lag ?? 0) <= Math.max(usualLag, UNDER_WAY_S * this._offeredPerS);
    for (const { stage, endS } of this._open.filter(isOver)) this._tookS.set(stage, tookS(endS));
    this._open = this._open.filter((each) => !isOver(each));
  }

  private _falls(stage: number): boolean {
    const { stages } = this._plan;
    return stages[stage + 1].fromPerS < stages[stage].toPerS;
  }

  private _begin(stage: number): void {
    const followsPerS = this._plan.stages[stage + 1].fromPerS;
    const asksNoMore = (_: unknown, i: number) => {
      const { fromPerS, toPerS } = this._plan.stages[i];
      return Math.max(fromPerS, toPerS) <= followsPerS;
    };
    const usualLags = this._endLags
      .slice(0, stage)
      .filter(asksNoMore)
      .filter((lag) => lag !== undefined);
    const usualLag = usualLags.length === 0 ? 0 : Math.min(...usualLags);
    this._tookS.set(stage, null);
    this._open.push({ stage, endS: this._plan.startS(stage + 1), usualLag });
    // It may have kept up.
    this._close(() => 0);
  }
}
