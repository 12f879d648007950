import type { Random } from '../../src/generate/random.js';
import { isLagSteady, lagSlope } from '../../src/loadtest/search/lag-slope.js';
import type { TrialPlan, TrialResult, TrialSubscriber } from '../../src/loadtest/search/trial.js';

const STEP_S = 0.02;
/** Time between samples of the lag, at least; `jitter` is of this time. */
const SAMPLE_S = 0.1;
const WARM_UP_S = 1;
const LONGEST_DRAIN_S = 60;
const SETTLE_S = 0.5;
/** Samples of the lag in a trial: as many as make its slope quick to find. */
const MOST_SAMPLES = 40;
const LEAST_OFFERED = 0.995;
/** A machine that is held up for a smaller share of a trial is not seen. */
const SEEN_SHARE = 0.05;

/** Spans of time that come again and again. */
interface Spans {
  readonly lengthS: number;
  /** From one to the next, in the mean: each is between half and one and a half of it. */
  readonly everyS: number;
}

/** A made-up subscriber, of which is known what it can take. */
export interface SubscriberModel {
  readonly capacityPerS: number;
  /** Standard deviation of what it takes in 0.1 s, as a share. */
  readonly jitter: number;
  /** Whether its service times are exponential: what it takes then varies as chance has it. */
  readonly isRandom?: boolean;
  /** Its capacity wanders by this share, within this time. */
  readonly wander?: { readonly share: number; readonly timeS: number };
  /** When it takes nothing, as in a garbage collection. */
  readonly stall?: Spans;
  /** Events that wait for it at most: what comes then is lost. */
  readonly highWaterMark: number;
  readonly failsByLoss: boolean;
  /** Other programs: what they leave of its capacity meanwhile, and the share of trials in which that is noticed. */
  readonly others?: Spans & { readonly left: number; readonly seen: number };
  /** Most events a second that the publisher can send. */
  readonly mostOfferedPerS?: number;
}

/** The highest rates that it bears for long: beside the other programs, and without them. */
export function trueRatesPerS(model: SubscriberModel): readonly [least: number, most: number] {
  const { capacityPerS, stall, highWaterMark, failsByLoss, others } = model;
  const mean = stall === undefined ? capacityPerS : capacityPerS * (1 - stall.lengthS / stall.everyS);
  const borne = failsByLoss && stall !== undefined ? Math.min(mean, highWaterMark / stall.lengthS) : mean;
  const taken = others === undefined ? 0 : (1 - others.left) * Math.min(1, others.lengthS / others.everyS);
  return [borne * (1 - taken), borne];
}

/** A queue of events, as a fluid, and the subscriber that takes from it: with a clock of its own. */
export class SimulatedSubscriber {
  nowS = 0;
  private readonly _model: SubscriberModel;
  private readonly _random: Random;
  private readonly _stalls: Episodes | undefined;
  private readonly _others: Episodes | undefined;
  private _lag = 0;
  private _wandered = 0;

  constructor(model: SubscriberModel, random: Random) {
    this._model = model;
    this._random = random;
    this._stalls = model.stall && new Episodes(model.stall, random);
    this._others = model.others && new Episodes(model.others, random);
  }

  /** A trial as a load test runs it: ramped warm-up, measured time, drain in full, time to settle. */
  readonly runTrial = async (plan: TrialPlan): Promise<TrialResult> => this._trial(plan);

  private _trial({ load, measuredS }: TrialPlan): TrialResult {
    const perS = Math.min(load, this._model.mostOfferedPerS ?? Number.POSITIVE_INFINITY);
    for (let atS = 0; atS < WARM_UP_S; atS += STEP_S) this._step((perS * atS) / WARM_UP_S);
    const samples: (readonly [number, number])[] = [];
    const everyS = Math.max(SAMPLE_S, measuredS / MOST_SAMPLES);
    const sums = { lost: 0, taken: 0, takenS: 0, heldUpS: 0, mostLag: 0 };
    const beganS = this.nowS;
    for (let due = 0; this.nowS - beganS < measuredS; ) {
      const hadBacklog = this._lag > 0;
      const { taken, lost, isHeldUp } = this._step(perS);
      if (hadBacklog && this._lag > 0) {
        sums.taken += taken;
        sums.takenS += STEP_S;
      }
      sums.lost += lost;
      if (isHeldUp) sums.heldUpS += STEP_S;
      sums.mostLag = Math.max(sums.mostLag, this._lag);
      const atS = this.nowS - beganS;
      if (atS >= due) {
        // What is lost is not received either.
        samples.push([atS, Math.round(this._lag + sums.lost)]);
        due += everyS;
      }
    }
    for (let atS = 0; atS < LONGEST_DRAIN_S && this._lag > 0; atS += STEP_S) this._step(0);
    const endLag = Math.round(this._lag);
    for (let atS = 0; atS < SETTLE_S; atS += STEP_S) this._step(0);
    const isShort = perS < LEAST_OFFERED * load;
    const isMachine =
      sums.heldUpS > SEEN_SHARE * measuredS && this._random.chance(this._model.others?.seen ?? 0);
    const slope = lagSlope(samples);
    const missed = [
      ...(this._model.failsByLoss && sums.lost >= 1 ? [`${Math.round(sums.lost)} lost`] : []),
      ...(slope !== null && !isLagSteady(slope, perS, WIDTH)
        ? [`lag +${((100 * slope.perS) / perS).toFixed(1)}%/s`]
        : []),
    ];
    const limit = isShort ? 'load' : isMachine ? 'machine' : null;
    const subscriber: TrialSubscriber = {
      ...{ name: 'gui', kind: 'own', lagSlope: slope },
      backlogRatePerS: sums.takenS > measuredS / 2 ? sums.taken / sums.takenS : null,
      ...{ lost: Math.round(sums.lost), p50Us: null, p99Us: null },
      ...{ mostLag: Math.round(sums.mostLag), endLag },
      gaveWay:
        missed.length > 0
          ? { verdict: 'cpu-bound', evidence: 'its busiest thread ran 99% of the time' }
          : null,
      missed,
    };
    return {
      ...{ load, measuredS, limit, offeredPerS: perS, subscribers: [subscriber] },
      outcome: limit !== null ? 'invalid' : missed.length > 0 ? 'bad' : 'good',
      reasons: isShort
        ? ['Less than 99.5% of the load was sent']
        : isMachine
          ? ['The sentinel lagged too']
          : missed.map((each) => `gui: ${each}`),
      isLossy: limit === null && this._model.failsByLoss && sums.lost >= 1,
    };
  }

  private _step(perS: number): { taken: number; lost: number; isHeldUp: boolean } {
    const { capacityPerS, jitter, isRandom, wander, highWaterMark, others } = this._model;
    const heldUp = this._others?.shareOf(this.nowS, STEP_S) ?? 0;
    const stalled = this._stalls?.shareOf(this.nowS, STEP_S) ?? 0;
    this.nowS += STEP_S;
    if (wander !== undefined) {
      const kept = Math.exp(-STEP_S / wander.timeS);
      this._wandered =
        kept * this._wandered + wander.share * Math.sqrt(1 - kept ** 2) * this._random.normal();
    }
    const chance = isRandom ? 1 / Math.sqrt(capacityPerS * STEP_S) : 0;
    const ofStep = jitter * Math.sqrt(SAMPLE_S / STEP_S);
    const varied = 1 + this._wandered + Math.hypot(ofStep, chance) * this._random.normal();
    const left = (1 - stalled) * (1 - heldUp * (1 - (others?.left ?? 1)));
    const could = Math.max(0, capacityPerS * STEP_S * varied * left);
    const waiting = this._lag + perS * STEP_S;
    const taken = Math.min(waiting, could);
    const lost = Math.max(0, waiting - taken - highWaterMark);
    this._lag = waiting - taken - lost;
    return { taken, lost, isHeldUp: heldUp > 0 };
  }
}

/** Width that the simulated trials judge lag by. */
export const WIDTH = 0.05;

/** How much of each step is within one of the spans; steps follow each other. */
class Episodes {
  private readonly _spans: Spans;
  private readonly _random: Random;
  private _startS: number;

  constructor(spans: Spans, random: Random) {
    this._spans = spans;
    this._random = random;
    this._startS = random.between(0, spans.everyS);
  }

  shareOf(fromS: number, stepS: number): number {
    const { lengthS, everyS } = this._spans;
    while (fromS >= this._startS + lengthS)
      this._startS += Math.max(lengthS, this._random.between(0.5, 1.5) * everyS);
    const withinS = Math.min(fromS + stepS, this._startS + lengthS) - Math.max(fromS, this._startS);
    return Math.max(0, withinS) / stepS;
  }
}
