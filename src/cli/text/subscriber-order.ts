import type { LoadReport, SubscriberResult } from '../../loadtest/load-report.js';

/**
 * The order in which subscribers are shown, as indexes into the report's subscribers: the sentinel, then those that missed a
 * condition or went away, and of each of these groups those first that lost most, were behind most, took longest.
 */
export function subscriberOrder({ subscribers, conditions }: LoadReport): number[] {
  const outcomes = (outcome: string) =>
    new Set(conditions.filter((each) => each.outcome === outcome).map(({ subscriber }) => subscriber));
  const [missed, unknown] = [outcomes('missed'), outcomes('unknown')];
  const ranks = subscribers.map((each) => [
    Number(each.kind === 'sentinel'),
    Number(missed.has(each.name)),
    Number(each.hasGone),
    Number(unknown.has(each.name)),
    ...sizes(each),
  ]);
  return subscribers.map((_, i) => i).sort((a, b) => firstDifference(ranks[b] ?? [], ranks[a] ?? []));
}

function sizes({ lost, mostLag, latency }: SubscriberResult): number[] {
  return [lost?.most ?? 0, mostLag ?? 0, latency?.p99Us ?? 0];
}

function firstDifference(one: readonly number[], other: readonly number[]): number {
  return one.map((value, i) => value - (other[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
