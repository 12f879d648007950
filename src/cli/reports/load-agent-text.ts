import type { AgentOutcome } from '../../loadtest/agent/agent.js';
import { timeText } from '../../loadtest/shown/load-words.js';
import * as text from '../../shared/text.js';
import { columns } from '../text/columns.js';

/** What an agent of a load test has received, for people. */
export function loadAgentText({ name, endedBy, clockErrorUs, subscribers }: AgentOutcome): string {
  const heads = ['subscriber', 'got', 'bytes', 'p50', 'p99', 'max'];
  const table = columns(
    heads.map((head) => ({ head, align: head === 'subscriber' ? 'left' : 'right' })),
    subscribers.map(({ name: subscriber, received, bytes, latency }) => [
      text.name(subscriber),
      text.count(received),
      text.bytes(bytes),
      ...[latency?.p50Us, latency?.p99Us, latency?.maxUs].map(timeText),
    ]),
  );
  const how =
    endedBy === 'signal' ? 'was stopped before the end of the load test' : 'has ended with the load test';
  return [
    `Agent ${name} ${how}; its clock is known to ${text.duration(clockErrorUs)}`,
    ...(subscribers.length === 0 ? [] : [table]),
  ].join('\n');
}
