import { sumOfHistograms } from '../measure/histogram.js';
import type { CheckIn } from './check-in.js';
import { type HopSubscriber, hopResults } from './hop-results.js';
import type { LoadReport, SubscriberResult } from './load-report.js';
import { latencyOf } from './watch/latency-of.js';

/**
 * What a report says of agents, and of the proxies before them.
 *
 * @param checkIn undefined: there are none
 * @param results of all subscribers
 */
export function agentResults(
  checkIn: CheckIn | undefined,
  results: readonly SubscriberResult[],
): Pick<LoadReport, 'agents' | 'hops'> {
  if (checkIn === undefined) return { agents: [], hops: [] };
  const { agents, subscribers } = checkIn;
  const lostOf = new Map(
    results.filter(({ proof }) => proof === 'check-in').map(({ name, lost }) => [name, lost]),
  );
  const behindHops: HopSubscriber[] = [];
  const all = agents.all.map(({ name, host, cores, hops, names, state }) => {
    const reports = names.flatMap((each) => subscribers.get(each) ?? []);
    const histograms = reports.map((report) => report.latency());
    const errorUs = Math.max(0, ...reports.map(({ clock }) => clock?.errorUs ?? 0));
    // What the others have received, and when, is not known to the end.
    if (state === 'ended')
      for (const [i, { name: subscriber, prefixes }] of reports.entries())
        behindHops.push({
          ...{ name: subscriber, agent: name, hops, prefixes, latency: histograms[i], errorUs },
          lost: lostOf.get(subscriber) ?? null,
        });
    return {
      ...({
        name,
        host,
        cores,
        hops,
        subscribers: names,
        state: state === 'there' ? 'missing' : state,
      } as const),
      received: reports.reduce((sum, { received }) => sum + received, 0),
      latency: latencyOf(sumOfHistograms(histograms), errorUs),
    };
  });
  return { agents: all, hops: hopResults(behindHops) };
}
