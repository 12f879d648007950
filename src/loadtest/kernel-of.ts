import { literalPrefix } from '../selection/topic-pattern.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Publisher } from '../zmq/publisher.js';
import { isAgentMark } from './agent-mark.js';
import { KernelLevel, type KernelLevelOptions } from './kernel-level.js';
import type { FleetMember } from './subscriber/subscriber-fleet.js';

export interface KernelOfOptions extends Pick<KernelLevelOptions, 'sent' | 'highWaterMark' | 'isEncrypted'> {
  readonly publisher: Publisher;
  readonly endpoints: readonly NamedEndpoint[];
  /** Subscribers that the load test has started. */
  readonly members: readonly FleetMember[];
}

/** The kernel's view of all sockets of a load test to which subscribers connect. */
export function kernelOf({ publisher, endpoints, members, ...rest }: KernelOfOptions): KernelLevel {
  return new KernelLevel({
    ...rest,
    addresses: [...publisher.addresses, ...endpoints.map(({ address }) => address)],
    subscriptions: () => sumOf([publisher, ...endpoints].map(({ subscriptions }) => subscriptions)),
    own: () =>
      new Map(
        members.flatMap(({ process, spec: { topics } }) =>
          process?.pid === undefined ? [] : [[process.pid, prefixesOf(topics)] as const],
        ),
      ),
  });
}

/** How often each prefix of topics is subscribed to at several sockets. */
function sumOf(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const subscriptions of all)
    for (const [prefix, times] of subscriptions)
      if (!isAgentMark(prefix)) sum.set(prefix, (sum.get(prefix) ?? 0) + times);
  return sum;
}

/** The prefixes that topics are subscribed to by, a character for each byte. */
function prefixesOf(topics: readonly string[]): string[] {
  return topics.length === 0
    ? ['']
    : topics.map((topic) => Buffer.from(literalPrefix(topic)).toString('latin1'));
}
