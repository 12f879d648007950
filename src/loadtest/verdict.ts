import { limitUs, testCondition } from '../measure/condition.js';
import { count, duration, givenSpan } from '../shared/text.js';
import { foundClause } from './found-text.js';
import {
  type ConditionFigures,
  figureOf,
  isLatency,
  type LoadCondition,
  type LoadMetric,
} from './load-condition.js';
import type { LoadConditionResult, LoadReport, SubscriberResult, Verdict } from './load-report.js';
import type { StageResult } from './stage-figures.js';
import type { StageUnit } from './stage-spec.js';

/** A stage in which less of the intended load was sent says nothing about subscribers. */
const LEAST_OFFERED = 0.995;
/** Our own lateness may take this share of what is asked of a subscriber. */
const OWN_SHARE = 0.2;
/** What is asked of a subscriber where no condition is on its latency. */
const DEFAULT_GOAL_US = 250_000;
/** Stands for the subscribers of a condition that names none, where there were none. */
const ANYBODY = 'any subscriber';
/** Fewer events than this may be missing at a moment for the way of the numbers alone. */
const LEAST_MISSING = 10;

export interface Judged {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly conditions: readonly LoadConditionResult[];
  readonly instrument: LoadReport['instrument'];
}

export interface Findings {
  readonly unit: StageUnit;
  readonly stages: readonly StageResult[];
  readonly subscribers: readonly SubscriberResult[];
  readonly conditions: readonly LoadCondition[];
  /** What else went wrong with the instrument, in sentences. */
  readonly faults?: readonly string[];
  /** The load ended since a subscriber had no room for longer than the user allows. Undefined: it did not. */
  readonly blocked?: BlockedEnd | undefined;
}

export interface BlockedEnd {
  /** Those that it waited for, as they are called; empty: not known. */
  readonly by: readonly string[];
  readonly timeoutS: number;
}

/**
 * Judges a load test. A condition counts only where the instrument did what it was to do: the load was sent, in time, and the
 * sentinel, which does nothing but receive, kept up. Otherwise the result is inconclusive, whatever the conditions say.
 */
export function judge({ unit, stages, subscribers, conditions, faults = [], blocked }: Findings): Judged {
  if (blocked !== undefined) return judgeBlocked(blocked, conditions);
  const goalUs = Math.min(DEFAULT_GOAL_US, ...conditions.filter(isLatency).map(limitUs));
  const results = conditions.flatMap((condition) => testOn(condition, subscribers));
  const own = [
    ...faults,
    ...stages.flatMap((stage, i) => stageFaults(stage, i + 1, unit, goalUs)),
    ...subscribers
      .filter(({ kind }) => kind === 'sentinel')
      .flatMap((each) => sentinelFaults(each, conditions)),
  ];
  const missed = results.filter(({ outcome }) => outcome === 'missed');
  const unknown = results.filter(({ outcome }) => outcome === 'unknown');
  const verdict =
    own.length > 0
      ? 'inconclusive'
      : missed.length > 0
        ? 'fail'
        : unknown.length > 0
          ? 'inconclusive'
          : 'pass';
  const reasons = [
    ...own,
    ...missed.map(
      ({ subscriber, condition, found, unit: of }) =>
        `${subscriber}: ${condition}: ${foundClause({ found, unit: of })}`,
    ),
    ...unknown.map(({ subscriber, condition, reason }) => `${subscriber}: ${condition}: ${reason}`),
  ];
  return { verdict, reasons, conditions: results, instrument: { isValid: own.length === 0, faults: own } };
}

/** What is behind a wait for one subscriber is late for all: nothing can be said of the others. */
function judgeBlocked({ by, timeoutS }: BlockedEnd, conditions: readonly LoadCondition[]): Judged {
  const time = givenSpan(timeoutS);
  const missed = (by.length === 0 ? [ANYBODY] : by).map(
    (subscriber): LoadConditionResult => ({
      ...{ condition: `block-timeout>${time}`, subscriber, found: timeoutS, unit: 's', outcome: 'missed' },
      reason: null,
    }),
  );
  const others = conditions.map((condition) =>
    unknownOf(condition, condition.subscriber ?? ANYBODY, 'the load ended before'),
  );
  const reasons = missed.map(({ subscriber }) => `${subscriber}: it had no room for events for ${time}`);
  return {
    verdict: 'fail',
    reasons,
    conditions: [...missed, ...others],
    instrument: { isValid: true, faults: [] },
  };
}

/** `20,000/s`, `1x to 10x` */
export function stageText({ from, to }: Pick<StageResult, 'from' | 'to'>, unit: StageUnit): string {
  const of = (amount: number) => (unit === 'speed' ? `${amount}x` : `${count(amount)}/s`);
  return from === to ? of(from) : `${of(from)} to ${of(to)}`;
}

function stageFaults(stage: StageResult, number: number, unit: StageUnit, goalUs: number): string[] {
  return loadFaults(stage, unit, goalUs).map(
    (fault) => `Stage ${number}, ${stageText(stage, unit)}: ${fault}`,
  );
}

/**
 * What keeps a load from being the one that was intended, in clauses; empty: nothing.
 *
 * @param goalUs what subscribers may take for an event, in microseconds
 */
export function loadFaults(stage: StageResult, unit: StageUnit, goalUs: number): string[] {
  const { intended, offered, playedS, lateP99Us } = stage;
  if (playedS === 0) return [];
  const faults: string[] = [];
  const missing = intended - offered;
  if (unit === 'rate' && offered < LEAST_OFFERED * intended && missing >= LEAST_MISSING) {
    const share = ((100 * offered) / intended).toFixed(1);
    faults.push(
      `only ${share}% of the intended load was sent in time: ${count(offered)} of ${count(intended)} events`,
    );
  }
  if (lateP99Us !== null && lateP99Us > OWN_SHARE * goalUs)
    faults.push(
      `events were sent ${duration(lateP99Us)} late (p99), more than a fifth of the ${duration(goalUs)} that subscribers may take`,
    );
  return faults;
}

/** What keeps the sentinel from being a reference: then publisher or machine were the limit. */
function sentinelFaults(sentinel: SubscriberResult, conditions: readonly LoadCondition[]): string[] {
  const who = 'The sentinel, which does nothing but receive,';
  const faults: string[] = [];
  if (sentinel.hasGone) faults.push(`${who} ended before the load did`);
  if ((sentinel.lost?.least ?? 0) > 0) faults.push(`${who} lost ${count(sentinel.lost?.least ?? 0)} events`);
  else if ((sentinel.endLag ?? 0) > 0) faults.push(`${who} had not received all in the time to drain`);
  for (const condition of conditions) {
    if (condition.subscriber !== undefined || !isLatency(condition)) continue;
    const { holds, tested } = testCondition(condition, figureOf(condition, figuresOf(sentinel)));
    if (holds && tested.found !== null)
      faults.push(`${who} missed ${condition.condition}, too: ${foundClause(tested)}`);
  }
  return faults;
}

function testOn(condition: LoadCondition, subscribers: readonly SubscriberResult[]): LoadConditionResult[] {
  const { subscriber: name, unit } = condition;
  const tested = subscribers.filter((each) =>
    name === undefined ? each.kind !== 'sentinel' : isCalled(each, name),
  );
  if (tested.length === 0)
    return name === undefined
      ? [unknownOf(condition, ANYBODY, 'there was no subscriber but the sentinel')]
      : [unknownOf(condition, name, 'there was no subscriber of that name')];
  return tested.map((each) => {
    const figure = figureOf(condition, figuresOf(each));
    if (figure === undefined) return unknownOf(condition, each.name, missingReason(each, condition.metric));
    const result = testCondition(condition, figure);
    const found = result.tested.found;
    const reason = whyUnknown(condition, each, figure, result.holds);
    const outcome = reason !== null ? 'unknown' : result.holds ? 'missed' : 'kept';
    return { condition: condition.condition, subscriber: each.name, found, unit, outcome, reason };
  });
}

/** Why a figure that was measured decides nothing; null: it decides. */
function whyUnknown(
  condition: LoadCondition,
  subscriber: SubscriberResult,
  figure: number,
  holds: boolean,
): string | null {
  const { gaveWay, latency } = subscriber;
  const errorUs = isLatency(condition) ? (latency?.errorUs ?? 0) : 0;
  const atLeast = testCondition(condition, Math.max(0, figure - errorUs));
  if (errorUs > 0 && atLeast.holds !== testCondition(condition, figure + errorUs).holds)
    return `its clock is known to ${duration(errorUs)} only, and that decides`;
  if (undecided(condition, subscriber)) return `it is known to lie between ${lostText(subscriber)} only`;
  // Other programs had the processor: another machine may give another answer.
  return holds && gaveWay?.verdict === 'starved' ? `the machine was the limit: ${gaveWay.evidence}` : null;
}

/** Whether a condition on the subscriber `wanted` is for this one. */
export function isCalled(
  { name, command }: Pick<SubscriberResult, 'name' | 'command'>,
  wanted: string,
): boolean {
  return name === wanted || name.replace(/-\d+$/, '') === wanted || command?.split(' ')[0] === wanted;
}

function unknownOf(
  { condition, unit }: LoadCondition,
  subscriber: string,
  reason: string,
): LoadConditionResult {
  return { condition, subscriber, found: null, unit, outcome: 'unknown', reason };
}

/** Whether the number of events lost is a range, and its ends give different answers. */
function undecided(condition: LoadCondition, { lost, wanted }: SubscriberResult): boolean {
  if (lost === null || lost.least === lost.most) return false;
  if (condition.metric !== 'lost' && condition.metric !== 'lost%') return false;
  const of = (events: number) =>
    condition.metric === 'lost' ? events : (100 * events) / Math.max(1, wanted ?? 0);
  return testCondition(condition, of(lost.least)).holds !== testCondition(condition, of(lost.most)).holds;
}

function lostText({ lost }: SubscriberResult): string {
  return lost === null ? 'unknown' : `${count(lost.least)} and ${count(lost.most)}`;
}

function missingReason({ kind, proof }: SubscriberResult, metric: LoadMetric): string {
  const isLevel = metric === 'lost' || metric === 'lost%' || metric === 'lag';
  if (proof === 'unknown' && isLevel) return 'not known: nothing proves what this subscriber got';
  if (kind === 'foreign' && proof !== 'check-in')
    return 'not known of a foreign subscriber that does not check in';
  return 'not measured';
}

function figuresOf(result: SubscriberResult): ConditionFigures {
  const { latency, lost, wanted, mostLag, mostLagS, duplicated, reordered, backedUpShare } = result;
  const { recoveryS, received, receivedPerS } = result;
  // Where its bounds give one answer, so does what lies between them.
  const lostEvents = lost?.about;
  return {
    p50: latency?.p50Us,
    p90: latency?.p90Us,
    p99: latency?.p99Us,
    'p99.9': latency?.p999Us,
    'p99.99': latency?.p9999Us,
    max: latency?.maxUs,
    mean: latency?.meanUs,
    lost: lostEvents,
    'lost%':
      lostEvents === undefined || wanted === null ? undefined : (100 * lostEvents) / Math.max(1, wanted),
    lagEvents: mostLag ?? undefined,
    lagUs: mostLagS === null ? undefined : 1e6 * mostLagS,
    duplicated: duplicated ?? undefined,
    reordered: reordered ?? undefined,
    'backed-up': backedUpShare === null ? undefined : 100 * backedUpShare,
    recovery: recoveryS === null ? undefined : 1e6 * recoveryS,
    rate: receivedPerS ?? undefined,
    received: received ?? undefined,
  };
}
