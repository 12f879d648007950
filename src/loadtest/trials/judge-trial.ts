import { limitUs, testCondition } from '../../measure/condition.js';
import { type Histogram, latenessHistogram, percentile } from '../../measure/histogram.js';
import { count, counted, percent } from '../../shared/text.js';
import { foundClause } from '../found-text.js';
import {
  type ConditionFigures,
  figureOf,
  isLatency,
  isOnSearch,
  type LoadCondition,
} from '../load-condition.js';
import { isLagSteady } from '../search/lag-slope.js';
import type { TrialPlan, TrialResult, TrialSubscriber } from '../search/trial.js';
import type { StageResult } from '../stage-figures.js';
import type { StageUnit } from '../stage-spec.js';
import { isCalled, loadFaults } from '../verdict.js';
import type { TrialFigures } from './trial-figures.js';

/** A condition on latency may be missed in this share of the seconds of a trial. */
const MISSED_SHARE = 0.1;

export interface TrialFindings {
  readonly plan: TrialPlan;
  readonly unit: StageUnit;
  /** What was sent in the measured time. */
  readonly stage: StageResult;
  readonly offeredPerS: number;
  /** Events of the whole trial. */
  readonly sent: number;
  readonly subscribers: readonly TrialFigures[];
  readonly conditions: readonly LoadCondition[];
  /** Width of the bracket that is searched for, as a share: 0.05. */
  readonly width: number;
  /** The subscriber for which the trial ended early, since it was far behind; undefined: it did not. */
  readonly farBehind: FarBehind | undefined;
}

export interface FarBehind {
  readonly name: string;
  /** Seconds from the start of the warm-up. */
  readonly atS: number;
  readonly lag: number;
}

/** What a subscriber did in a trial, by a goal. */
interface Judgement {
  readonly missed: readonly string[];
  /** Why it cannot be judged, in clauses. */
  readonly unknown: readonly string[];
  readonly isLossy: boolean;
}

/**
 * Judges a trial. It is good if no subscriber's lag grew and all conditions were kept, and counts only if the load was sent as intended,
 * the sentinel kept up, and the machine let subscribers run.
 */
export function judgeTrial(findings: TrialFindings): TrialResult {
  const { plan, unit, stage, subscribers, conditions, offeredPerS } = findings;
  // Where no condition is on latency, it does not matter how late single events are sent: Math.min of nothing is Infinity.
  const goalUs = Math.min(...conditions.filter(isLatency).map(limitUs));
  const judged = subscribers.map((each) => judgeSubscriber(each, findings));
  const pairs = subscribers.map((figures, i) => ({ figures, ...judged[i] }));
  const others = pairs.filter(({ figures }) => figures.kind !== 'sentinel');
  const faults = loadFaults(stage, unit, goalUs);
  const sentinel = pairs
    .filter(({ figures }) => figures.kind === 'sentinel')
    .flatMap(({ missed, unknown }) => [...missed, ...unknown]);
  const machine = others.flatMap(({ figures: { name, gaveWay }, missed, unknown }) => [
    ...(missed.length > 0 && gaveWay?.verdict === 'starved'
      ? [`${name}: the machine was the limit: ${gaveWay.evidence}`]
      : []),
    ...unknown.map((why) => `${name}: ${why}`),
  ]);
  const missed = others.flatMap(({ figures, missed }) =>
    missed.map((clause) => `${figures.name}: ${clause}`),
  );
  const limit =
    faults.length > 0 ? 'load' : sentinel.length > 0 ? 'sentinel' : machine.length > 0 ? 'machine' : null;
  return {
    ...plan,
    outcome: limit !== null ? 'invalid' : missed.length > 0 ? 'bad' : 'good',
    reasons: [
      ...faults.map((fault) => `The load was not as intended: ${fault}`),
      ...sentinel.map((clause) => `The sentinel, which does nothing but receive: ${clause}`),
      ...machine,
      ...(limit === null ? missed : []),
    ],
    limit,
    isLossy: others.some(({ isLossy }) => isLossy),
    offeredPerS,
    subscribers: pairs.map(({ figures, missed }) => subscriberOf(figures, missed)),
  };
}

function subscriberOf(figures: TrialFigures, missed: readonly string[]): TrialSubscriber {
  const { name, kind, lagSlope, backlogRatePerS, lost, mostLag, endLag, gaveWay, windows } = figures;
  const all = latenessHistogram();
  for (const window of windows) all.add(window);
  const at = (percent: number) => (all.totalCount === 0 ? null : percentile(all, percent) / 1000);
  return {
    ...{ name, kind, lagSlope, backlogRatePerS, lost, mostLag, endLag, missed },
    ...{ p50Us: at(50), p99Us: at(99) },
    gaveWay: missed.length > 0 ? gaveWay : null,
  };
}

function judgeSubscriber(figures: TrialFigures, findings: TrialFindings): Judgement {
  const { name, kind, lost, hasGone } = figures;
  const own = findings.conditions.filter(
    (condition) =>
      !isOnSearch(condition) &&
      (condition.subscriber === undefined
        ? kind !== 'sentinel' || isLatency(condition)
        : isCalled({ name, command: null }, condition.subscriber)),
  );
  const tested = own.map((condition) => testOne(condition, figures));
  const missed = [...lagClauses(figures, findings), ...tested.flatMap(({ missed }) => missed ?? [])];
  const isOnLoss = own.some(isLoss);
  // A queue that overflows does not grow: what is lost is no sustained load, unless the user allows for it.
  if (!isOnLoss && (lost ?? 0) > 0) missed.push(`lost ${counted(lost ?? 0, 'event')}`);
  if (hasGone) missed.push('it ended before the trial did');
  return {
    missed,
    unknown: [...unclear(figures, findings), ...tested.flatMap(({ unknown }) => unknown ?? [])],
    isLossy: isOnLoss ? tested.some((each) => each.isLoss && each.missed !== undefined) : (lost ?? 0) > 0,
  };
}

function isLoss({ metric }: LoadCondition): boolean {
  return metric === 'lost' || metric === 'lost%';
}

/** Events a second that were sent for a subscriber. */
function wantedPerS({ wanted }: TrialFigures, { offeredPerS, sent }: TrialFindings): number {
  return wanted === null || sent === 0 ? offeredPerS : (offeredPerS * wanted) / sent;
}

function lagClauses(figures: TrialFigures, findings: TrialFindings): string[] {
  const { farBehind, width } = findings;
  const { name, lagSlope } = figures;
  if (farBehind !== undefined) {
    if (farBehind.name !== name) return [];
    return [`lag ${count(farBehind.lag)} events after ${farBehind.atS.toFixed(1)}s`];
  }
  const perS = wantedPerS(figures, findings);
  if (lagSlope === null || isLagSteady(lagSlope, perS, width)) return [];
  const of = (growth: number) => `${growth >= 0 ? '+' : ''}${((100 * growth) / perS).toFixed(1)}%/s`;
  // Where the figure alone would not be too much, its interval is.
  const isSteady = isLagSteady({ ...lagSlope, highPerS: lagSlope.perS }, perS, width);
  return [`lag ${of(lagSlope.perS)}${isSteady ? `, up to ${of(lagSlope.highPerS)}` : ''}`];
}

function unclear({ lagSlope, lost }: TrialFigures, { farBehind }: TrialFindings): string[] {
  const isKnown = lagSlope !== null || lost !== null || farBehind !== undefined;
  return isKnown ? [] : ['nothing tells what it received'];
}

interface Tested {
  readonly isLoss?: boolean;
  readonly missed?: string | undefined;
  readonly unknown?: string;
}

function testOne(condition: LoadCondition, figures: TrialFigures): Tested {
  if (isLatency(condition)) return testLatency(condition, figures);
  const figure = figureOf(condition, figuresOf(figures));
  if (figure === undefined) return { unknown: `${condition.condition}: not known` };
  const { holds, tested } = testCondition(condition, figure);
  return {
    isLoss: isLoss(condition),
    missed: holds ? `${condition.condition}: ${foundClause(tested)}` : undefined,
  };
}

/** By the second, and not by the event: late events come in clusters. */
function testLatency(condition: LoadCondition, { kind, windows }: TrialFigures): Tested {
  const seconds = windows.filter(({ totalCount }) => totalCount > 0);
  if (seconds.length === 0) {
    const why =
      kind === 'foreign' ? 'not known of a foreign subscriber that does not check in' : 'not measured';
    return { unknown: `${condition.condition}: ${why}` };
  }
  const held = seconds.filter(
    (window) => testCondition(condition, latencyUs(condition, window)).holds,
  ).length;
  if (held <= MISSED_SHARE * seconds.length) return {};
  return { missed: `${condition.condition} in ${percent(held / seconds.length)} of the time` };
}

function latencyUs({ metric }: LoadCondition, latencies: Histogram): number {
  if (metric === 'mean') return latencies.mean / 1000;
  return percentile(latencies, metric === 'max' ? 100 : Number(metric.slice(1))) / 1000;
}

function figuresOf(figures: TrialFigures): ConditionFigures {
  const { lost, wanted, mostLag, mostLagS, backedUpShare, recoveryS, receivedPerS, received } = figures;
  return {
    lost: lost ?? undefined,
    'lost%': lost === null || wanted === null ? undefined : (100 * lost) / Math.max(1, wanted),
    lagEvents: mostLag ?? undefined,
    lagUs: mostLagS === null ? undefined : 1e6 * mostLagS,
    'backed-up': backedUpShare === null ? undefined : 100 * backedUpShare,
    recovery: recoveryS === null ? undefined : 1e6 * recoveryS,
    rate: receivedPerS ?? undefined,
    received: received ?? undefined,
    duplicated: figures.duplicated ?? undefined,
    reordered: figures.reordered ?? undefined,
  };
}
