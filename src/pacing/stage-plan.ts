/** A part of a load: its rate goes evenly from `fromPerS` to `toPerS`. */
export interface Stage {
  /** Events, or recorded seconds, a second. 0 or more. */
  readonly fromPerS: number;
  readonly toPerS: number;
  /** Above 0. */
  readonly durationS: number;
}

/**
 * The load of stages that follow each other: how much is due by which time. The amount is counted in events, or in recorded
 * seconds, whatever the rates of the stages are.
 */
export class StagePlan {
  readonly stages: readonly Stage[];
  /** When each stage begins, in seconds from the first one's start; the last entry is the end. */
  private readonly _startsS: readonly number[];
  /** The amount that is due at each of these times. */
  private readonly _amounts: readonly number[];

  /** @param stages one or more */
  constructor(stages: readonly Stage[]) {
    this.stages = stages;
    const startsS = [0];
    const amounts = [0];
    for (const [i, stage] of stages.entries()) {
      startsS.push(startsS[i] + stage.durationS);
      amounts.push(amounts[i] + amountIn(stage, stage.durationS));
    }
    this._startsS = startsS;
    this._amounts = amounts;
  }

  /** The time of all stages, in seconds. */
  get durationS(): number {
    return this._startsS[this.stages.length];
  }

  /** When a stage begins, in seconds from the start; of the number of stages: when the last one ends. */
  startS(stage: number): number {
    return this._startsS[stage];
  }

  /** The stage of a time, in seconds from the start; the first before the start, the last after the end. */
  stageAt(atS: number): number {
    let stage = 0;
    while (stage < this.stages.length - 1 && atS >= this._startsS[stage + 1]) stage += 1;
    return stage;
  }

  /** The rate at a time, in seconds from the start; 0 after the end. */
  rateAt(atS: number): number {
    if (atS >= this.durationS) return 0;
    const stage = this.stageAt(atS);
    const { fromPerS, toPerS, durationS } = this.stages[stage];
    return fromPerS + ((toPerS - fromPerS) * (atS - this._startsS[stage])) / durationS;
  }

  /** The amount that is due up to a time, in seconds from the start. */
  amountAt(atS: number): number {
    const stage = this.stageAt(atS);
    const inStageS = Math.min(Math.max(atS - this._startsS[stage], 0), this.stages[stage].durationS);
    return this._amounts[stage] + amountIn(this.stages[stage], inStageS);
  }

  /** When an amount is due, in seconds from the start; Infinity: after the end. */
  timeOf(amount: number): number {
    const { length } = this.stages;
    if (amount >= this._amounts[length]) return Number.POSITIVE_INFINITY;
    let stage = 0;
    while (this._amounts[stage + 1] <= amount) stage += 1;
    return this._startsS[stage] + timeIn(this.stages[stage], amount - this._amounts[stage]);
  }
}

function amountIn({ fromPerS, toPerS, durationS }: Stage, forS: number): number {
  return fromPerS * forS + ((toPerS - fromPerS) * forS * forS) / (2 * durationS);
}

/** The inverse of `amountIn`, in the form that does not lose digits where the rate is nearly constant. */
function timeIn({ fromPerS, toPerS, durationS }: Stage, amount: number): number {
  const slope = (toPerS - fromPerS) / durationS;
  const root = Math.sqrt(Math.max(0, fromPerS * fromPerS + 2 * slope * amount));
  return Math.min(durationS, amount === 0 ? 0 : (2 * amount) / (fromPerS + root));
}
