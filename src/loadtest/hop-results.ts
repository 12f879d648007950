import { type Histogram, sumOfHistograms } from '../measure/histogram.js';
import type { HopResult } from './load-report.js';
import type { EventCount } from './lost-events.js';
import { latencyOf } from './watch/latency-of.js';

/** A subscriber of an agent, as far as it tells of the proxies before it. */
export interface HopSubscriber {
  readonly name: string;
  readonly agent: string;
  /** Names of the proxies before it, the publisher's side first. */
  readonly hops: readonly string[];
  /** What its topics begin with; empty: it takes all. */
  readonly prefixes: readonly string[];
  /** Null: not known. */
  readonly lost: EventCount | null;
  readonly latency: Histogram | undefined;
  /** How exactly its latency is known. */
  readonly errorUs: number;
}

const NONE: EventCount = { least: 0, most: 0, about: 0 };

/**
 * Tells loss by hop. What one subscriber behind a proxy has received has passed the proxy, so the one that lacks least is the
 * witness of all: what it has, and another one lacks, was lost behind the proxy.
 *
 * @returns the proxies, those nearest to the publisher first, then by name
 */
export function hopResults(subscribers: readonly HopSubscriber[]): HopResult[] {
  const paths = new Map<string, readonly string[]>();
  for (const { hops } of subscribers)
    for (let depth = 1; depth <= hops.length; depth++)
      paths.set(pathOf(hops.slice(0, depth)), hops.slice(0, depth));
  return [...paths.values()]
    .sort((a, b) => a.length - b.length || (pathOf(a) < pathOf(b) ? -1 : 1))
    .map((path) => hopResult(path, subscribers));
}

function hopResult(path: readonly string[], all: readonly HopSubscriber[]): HopResult {
  const behind = behindHop(path, all);
  const direct = behind.filter(({ hops }) => hops.length === path.length);
  const witness = witnessOf(behind);
  const before = path.length === 1 ? NONE : witnessOf(behindHop(path.slice(0, -1), all))?.lost;
  return {
    name: pathOf(path),
    agents: [...new Set(behind.map(({ agent }) => agent))],
    subscribers: behind.length,
    witness: witness?.name ?? null,
    // The witness may have lost some of these itself.
    lostBefore:
      witness === undefined || before === undefined ? null : { ...moreThan(witness.lost, before), least: 0 },
    lostBehind:
      witness === undefined ? null : sumOf(direct.map(({ lost }) => lost && moreThan(lost, witness.lost))),
    latency: latencyOf(
      sumOfHistograms(behind.map(({ latency }) => latency)),
      Math.max(...behind.map(({ errorUs }) => errorUs)),
    ),
  };
}

function behindHop(path: readonly string[], all: readonly HopSubscriber[]): HopSubscriber[] {
  return all.filter(({ hops }) => path.every((hop, i) => hops[i] === hop));
}

/** The one that lacks least, of those that can be compared: they take all topics. */
function witnessOf(behind: readonly HopSubscriber[]): (HopSubscriber & { lost: EventCount }) | undefined {
  let best: (HopSubscriber & { lost: EventCount }) | undefined;
  for (const each of behind) {
    const { lost, prefixes } = each;
    if (lost === null || prefixes.length > 0) continue;
    const isBetter =
      best === undefined ||
      lost.about < best.lost.about ||
      (lost.about === best.lost.about && lost.most < best.lost.most);
    if (isBetter) best = { ...each, lost };
  }
  return best;
}

/** What is lost besides what another one lost: the same events may be in both. */
function moreThan(lost: EventCount, before: EventCount): EventCount {
  return {
    least: Math.max(0, lost.least - before.most),
    most: lost.most,
    about: Math.max(0, lost.about - before.about),
  };
}

/** @returns null if one of them is not known */
function sumOf(counts: readonly (EventCount | null)[]): EventCount | null {
  return counts.reduce(
    (sum, each) =>
      sum === null || each === null
        ? null
        : { least: sum.least + each.least, most: sum.most + each.most, about: sum.about + each.about },
    NONE as EventCount | null,
  );
}

function pathOf(hops: readonly string[]): string {
  return hops.join('/');
}
