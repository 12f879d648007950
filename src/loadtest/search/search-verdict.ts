import * as text from '../../shared/text.js';
import type { StageUnit } from '../stage-spec.js';
import type { GaveWay } from '../what-gave-way.js';
import { amountText } from './amount-text.js';
import type { LoadRecord } from './load-record.js';
import type { Bounds } from './next-load.js';
import type { SearchEnd, SearchGaveWay, SearchResult, SearchTrial } from './search-result.js';

/** A bracket that is wider than this many times what was asked for is no result. */
const WIDEST = 5;

/** Short trials that were good at a load this many widths above what was held are of another machine, or of another subscriber. */
const WIDEST_GAP = 4;

export interface Found {
  readonly unit: StageUnit;
  readonly width: number;
  readonly holdS: number;
  readonly endedBy: SearchEnd;
  readonly bounds: Bounds;
  readonly trials: readonly SearchTrial[];
  /** Whether the machine, or a subscriber, changed while it was searched. */
  readonly hasChanged: boolean;
}

/** What a search amounts to, and why. */
export function searchVerdict(
  found: Found,
): Pick<SearchResult, 'verdict' | 'lower' | 'upper' | 'heldS' | 'gaveWay' | 'limitedBy' | 'reasons'> {
  const { lower, upper } = found.bounds;
  const hold = lower?.hold;
  const heldS = hold?.outcome === 'good' ? hold.measuredS : 0;
  const doubts = doubtsOf(found, heldS);
  const limitedBy = limitOf(found);
  const isFound = upper !== null && doubts.length === 0;
  const isHeld = heldS > 0 || (found.holdS === 0 && lower !== null);
  const verdict = !isHeld || doubts.length > 0 ? 'inconclusive' : isFound ? 'found' : 'at-least';
  return {
    ...{ verdict, lower: lower?.load ?? null, upper: upper?.load ?? null, heldS },
    gaveWay: upper === null ? null : gaveWayOf(upper),
    limitedBy,
    reasons: [...doubts, ...endReasons(found), ...widthReasons(found)],
  };
}

function doubtsOf(
  { bounds: { lower, upper }, unit, width, holdS, trials, endedBy }: Found,
  heldS: number,
): string[] {
  const doubts: string[] = [];
  if (lower === null)
    doubts.push(
      upper === null
        ? 'No load was found that holds'
        : `No load was found that holds: ${amountText(upper.load, unit)} did not either`,
    );
  else if (heldS === 0 && holdS > 0 && endedBy !== 'stopped')
    doubts.push(`${amountText(lower.load, unit)} was tried in short trials only, and not held`);
  const top = upper?.load ?? lower?.load ?? Number.POSITIVE_INFINITY;
  const tried = trials.filter(({ load }) => load <= top);
  const invalid = tried.filter(({ outcome }) => outcome === 'invalid').length;
  if (2 * invalid > tried.length)
    doubts.push(
      `${text.count(invalid)} of ${text.counted(tried.length, 'trial')} say nothing of the subscribers: ${lastReason(tried)}`,
    );
  const shortly = trials
    .filter(({ phase, outcome }) => phase !== 'hold' && outcome === 'good')
    .map(({ load }) => load);
  const gap = Math.max(...shortly);
  if (lower !== null && heldS > 0 && upper?.hold !== undefined && gap > lower.load * (1 + WIDEST_GAP * width))
    doubts.push(
      `Short trials were good at ${amountText(gap, unit)}, a long one only at ${amountText(lower.load, unit)}: the machine, or a subscriber, is not the same all the time`,
    );
  if (lower !== null && upper !== null && upper.load > lower.load * (1 + WIDEST * width))
    doubts.push(
      `The bounds are too far apart: ${amountText(lower.load, unit)} and ${amountText(upper.load, unit)}`,
    );
  return doubts;
}

function endReasons({ endedBy, bounds: { lower, upper, unclear }, unit }: Found): string[] {
  if (endedBy === 'stopped') return ['It was stopped before its end'];
  if (endedBy === 'time') return ['Its time was used up'];
  if (upper !== null || lower === null) return [];
  const [first] = unclear;
  if (first === undefined) return [`No higher load than ${amountText(lower.load, unit)} can be tried`];
  const invalid = unclear.find(({ isInvalid }) => isInvalid);
  return invalid === undefined
    ? [`At ${amountText(first.load, unit)} and above trials do not agree`]
    : [`At ${amountText(invalid.load, unit)} the instrument was the limit: ${lastReason(invalid.trials)}`];
}

function widthReasons({ bounds: { lower, upper, unclear }, unit, width, hasChanged }: Found): string[] {
  const reasons: string[] = [];
  if (hasChanged)
    reasons.push(
      'The load that did not hold was borne later: the machine, or a subscriber, changed meanwhile',
    );
  if (lower === null || upper === null || upper.load <= lower.load * (1 + width) * (1 + 1e-9)) return reasons;
  const share = `${(100 * (upper.load / lower.load - 1)).toFixed(1)}%`;
  const between = unclear.map((each) => {
    const { length } = each.trials;
    const valid = each.validTrials.length;
    const what = each.isInvalid
      ? `${length - valid} of ${length} trials were invalid`
      : `${each.badTrials.length} of ${valid} trials were bad`;
    return `at ${amountText(each.load, unit)} ${what}`;
  });
  reasons.push(`The bounds are ${share} apart${between.length === 0 ? '' : `: ${between.join(', ')}`}`);
  return reasons;
}

function lastReason(trials: readonly SearchTrial[]): string {
  const told = trials.findLast(({ outcome, reasons }) => outcome === 'invalid' && reasons.length > 0)
    ?.reasons[0];
  return told ?? 'for no reason that is known';
}

/** What kept the search from higher loads. */
function limitOf({ bounds: { lower, upper, unclear }, trials }: Found): SearchResult['limitedBy'] {
  if (upper !== null) return null;
  const of = (some: readonly SearchTrial[]) => some.findLast(({ limit }) => limit !== null)?.limit ?? null;
  return lower === null ? of(trials) : of(unclear.flatMap((each) => each.trials));
}

/** The subscriber that missed something in most trials of a load; of these, what the one in the middle says. */
function gaveWayOf(record: LoadRecord): SearchGaveWay | null {
  const bySubscriber = new Map<string, { perS: number; missed: string; gaveWay: GaveWay | null }[]>();
  for (const { subscribers } of record.badTrials)
    for (const { name, missed, lagSlope, gaveWay } of subscribers) {
      if (missed.length === 0) continue;
      const all = bySubscriber.get(name) ?? [];
      bySubscriber.set(name, [...all, { perS: lagSlope?.perS ?? 0, missed: missed[0], gaveWay }]);
    }
  const [worst] = [...bySubscriber].sort(([, a], [, b]) => b.length - a.length);
  if (worst === undefined) return null;
  const [subscriber, misses] = worst;
  const middle = misses.toSorted((a, b) => a.perS - b.perS)[misses.length >> 1];
  return {
    ...{ subscriber, missed: middle.missed, bad: misses.length, trials: record.validTrials.length },
    gaveWay: usual(misses.flatMap(({ gaveWay }) => gaveWay ?? [])),
  };
}

/** The verdict that most trials have, with the evidence of the last of these. */
function usual(all: readonly GaveWay[]): GaveWay | null {
  const counts = new Map<string, number>();
  for (const { verdict } of all) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return all.findLast(({ verdict }) => verdict === most?.[0]) ?? null;
}
