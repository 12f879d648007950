import { setTimeout as delay } from 'node:timers/promises';
import { TcsReplayError } from '../shared/errors.js';
import { counted, givenSpan } from '../shared/text.js';
import type { Agent, AgentRoster } from './agent-roster.js';

export interface AwaitAgentsOptions {
  readonly roster: AgentRoster;
  /** Number of agents to wait for. */
  readonly count: number;
  readonly timeoutS: number;
  /** Prefixes that are subscribed to at the publisher and the endpoints. */
  readonly subscriptions: () => ReadonlySet<string>;
  readonly onNotice: (notice: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_MS = 100;
/** Time in which the other subscriptions of a connection arrive, where a proxy has connected again and sent them in any order. */
const SETTLE_MS = 100;

/**
 * The barrier: resolves when there are agents enough, and the subscriptions of all their subscribers have arrived at the publisher,
 * through all proxies.
 *
 * @throws TcsReplayError `NO_SUBSCRIBERS` that says who is missing; the reason of `signal`
 */
export async function awaitAgents(options: AwaitAgentsOptions): Promise<void> {
  const { roster, count, timeoutS, subscriptions, onNotice, signal } = options;
  if (count > 0) onNotice(`Waiting for ${counted(count, 'agent')}`);
  const untilMs = performance.now() + 1000 * timeoutS;
  const told = new Set<Agent>();
  for (;;) {
    const there = roster.subscribed(subscriptions());
    for (const agent of there) {
      if (told.has(agent)) continue;
      told.add(agent);
      const { name, host, names } = agent;
      onNotice(`Agent ${name}, on ${host}, is there with ${counted(names.length, 'subscriber')}`);
    }
    if (there.length >= count) {
      if (there.length > 0) await delay(SETTLE_MS, undefined, { signal });
      roster.begin(there);
      return;
    }
    if (performance.now() >= untilMs) throw tooFew(options, there);
    await delay(LOOK_MS, undefined, { signal });
  }
}

function tooFew({ roster, count, timeoutS }: AwaitAgentsOptions, there: readonly Agent[]): TcsReplayError {
  const names = (agents: readonly Agent[]) => agents.map(({ name }) => name).join(', ');
  const unsubscribed = roster.all.filter((agent) => !there.includes(agent));
  const found = there.length === 0 ? 'found none' : `found ${there.length}: ${names(there)}`;
  const others =
    unsubscribed.length === 0
      ? ''
      : `; the subscriptions of ${names(unsubscribed)} have not arrived: see whether what they connect to, a proxy perhaps, is connected to this publisher`;
  return new TcsReplayError(
    'NO_SUBSCRIBERS',
    `Expected ${counted(count, 'agent')} within ${givenSpan(timeoutS)}, ${found}${others}`,
  );
}
