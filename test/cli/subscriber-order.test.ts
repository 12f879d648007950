import assert from 'node:assert/strict';
import { it } from 'node:test';
import { subscriberOrder } from '../../src/cli/text/subscriber-order.js';
import type { Latency, SubscriberResult } from '../../src/loadtest/load-report.js';
import { manySubscribers } from '../support/load-report-sample.js';

it('shows the sentinel first, then those that missed a condition, that went away, that lost most, were behind most', () => {
  const sample = manySubscribers(6);
  const changes: Partial<SubscriberResult>[] = [
    { name: 'good' },
    { name: 'sentinel', kind: 'sentinel' },
    { name: 'behind', mostLag: 900 },
    { name: 'losing', lost: { least: 0, most: 5, about: 5 } },
    { name: 'gone', hasGone: true },
    { name: 'slow', latency: { ...(sample.subscribers[1]?.latency as Latency), p99Us: 5000 } },
    { name: 'failed' },
  ];
  const subscribers = sample.subscribers.map((each, i) => ({
    ...{ ...each, kind: 'own' as const, mostLag: 0, lost: { least: 0, most: 0, about: 0 }, latency: null },
    ...changes[i],
  }));
  const missed = { condition: 'max>1s', subscriber: 'failed', found: 2, unit: 's', reason: null };
  const report = { ...sample, subscribers, conditions: [{ ...missed, outcome: 'missed' as const }] };
  assert.deepEqual(
    subscriberOrder(report).map((i) => subscribers[i]?.name),
    ['sentinel', 'failed', 'gone', 'losing', 'behind', 'slow', 'good'],
  );
});
