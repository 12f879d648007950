import { plain } from '../shared/plain-text.js';
import { anySpan } from '../shared/text.js';
import { agentMark } from './agent-mark.js';
import type { AgentEnd, AgentHello } from './check-in-message.js';
import { subscriberNames } from './subscriber/subscriber-name.js';

/** Sends a text to an agent. It is dropped if the agent has gone. */
export type Answer = (text: string) => void;

/** An agent as the load test knows it. */
export interface Agent {
  readonly name: string;
  readonly host: string;
  readonly cores: number;
  /** Names of the proxies between the publisher and the agent; empty: none. */
  readonly hops: readonly string[];
  /** Its subscribers. */
  readonly names: readonly string[];
  /** Whether all its subscriptions had arrived before the load began: then it was to receive every event. */
  readonly isFromStart: boolean;
  /** When something came from it last, on the clock of `performance.now`. */
  readonly heardMs: number;
  /** `ended`: its totals are complete. `left`: it ended before it was asked to. */
  readonly state: 'there' | 'ended' | 'left';
}

/** An agent reports each second: one of which nothing has come for this time is missing. */
export const MISSING_AFTER_MS = 10_000;
/** Nothing for this time is told. */
const TOLD_AFTER_MS = 5000;
const MOST_AGENTS = 1000;

interface Entry extends Agent {
  isFromStart: boolean;
  heardMs: number;
  state: Agent['state'];
  readonly token: string;
  answer: Answer;
  isToldSilent: boolean;
}

/** The agents of a load test: who is there, who was heard when, and who has ended. */
export class AgentRoster {
  private readonly _agents = new Map<string, Entry>();
  private readonly _byName = new Map<string, Entry>();
  private readonly _nowMs: () => number;
  private _isEnding = false;

  /** @param nowMs a steady clock, in milliseconds. Default: `performance.now` */
  constructor(nowMs: () => number = () => performance.now()) {
    this._nowMs = nowMs;
  }

  /** In the order in which they came. */
  get all(): readonly Agent[] {
    return [...this._agents.values()];
  }

  /** The agent of a subscriber; undefined: it is no agent's. */
  agentOf(subscriber: string): Agent | undefined {
    return this._byName.get(subscriber);
  }

  /** Those of which all subscriptions have arrived. @param subscriptions prefixes, as `Publisher.subscriptions` has them */
  subscribed(subscriptions: ReadonlySet<string>): Agent[] {
    return [...this._agents.values()].filter(({ token, names }) =>
      names.every((_, i) => subscriptions.has(agentMark(token, i))),
    );
  }

  /** From now on these agents are to receive every event. */
  begin(agents: readonly Agent[]): void {
    for (const { name } of agents) (this._agents.get(name) as Entry).isFromStart = true;
  }

  /**
   * Takes an agent that says who it is, also again.
   *
   * @throws Error if its name, or that of one of its subscribers, is that of another agent that is there
   */
  hello({ agent, token, host, cores, subscribers, hops }: AgentHello, answer: Answer): void {
    const names = subscriberNames(agent, subscribers);
    const namesakes = [this._agents.get(agent), ...names.map((name) => this._byName.get(name))];
    for (const other of new Set(namesakes))
      if (other !== undefined && other.token !== token) this._replace(other);
    const known = this._agents.get(agent);
    if (known !== undefined) {
      known.answer = answer;
      known.heardMs = this._nowMs();
    } else {
      if (this._agents.size >= MOST_AGENTS) throw new Error(`Expected at most ${MOST_AGENTS} agents`);
      const entry: Entry = {
        ...{ name: agent, token, host: plain(host), cores, hops, names, answer },
        ...{ isFromStart: false, heardMs: this._nowMs(), state: 'there', isToldSilent: false },
      };
      this._agents.set(agent, entry);
      for (const name of names) this._byName.set(name, entry);
    }
    answer(JSON.stringify({ hello: { agent } }));
    if (this._isEnding) answer(END);
  }

  /** Notes that something came from an agent. @throws Error if it has not said hello to this load test */
  heard(name: string, answer: Answer): void {
    const agent = this._agents.get(name);
    if (agent === undefined)
      throw new Error(
        `Expected a hello of the agent ${name} first: what it received before is of another load test`,
      );
    agent.heardMs = this._nowMs();
    agent.answer = answer;
    if (this._isEnding && agent.state === 'there') answer(END);
  }

  /**
   * Takes the end of an agent, and tells the agent so if its totals are those of the reports that have come. Otherwise the agent
   * sends them again.
   *
   * @param receivedOf events that a subscriber has received, by its latest report
   */
  end(
    { agent, token, received }: AgentEnd,
    receivedOf: (subscriber: string) => number,
    answer: Answer,
  ): void {
    const known = this._agents.get(agent);
    if (known === undefined || known.token !== token) return;
    known.heardMs = this._nowMs();
    const reported = known.names.reduce((sum, name) => sum + receivedOf(name), 0);
    if (reported !== received) return;
    if (known.state === 'there') known.state = this._isEnding ? 'ended' : 'left';
    answer(JSON.stringify({ end: { agent } }));
  }

  /** Asks all agents to end. They send their last reports then. */
  requestEnd(): void {
    this._isEnding = true;
    for (const { state, answer } of this._agents.values()) if (state === 'there') answer(END);
  }

  /** Whether each agent has ended, or is missing. */
  get isOver(): boolean {
    return [...this._agents.values()].every((agent) => agent.state !== 'there' || this.isSilent(agent));
  }

  /** Whether nothing has come from an agent for so long that its last figures are not known. */
  isSilent({ name }: Agent): boolean {
    const agent = this._agents.get(name);
    return agent?.state === 'there' && this._silentMs(agent) >= MISSING_AFTER_MS;
  }

  /** What is new of agents that fall silent or come back, in sentences. */
  takeNotices(): string[] {
    const notices: string[] = [];
    for (const agent of this._agents.values()) {
      const isSilent = agent.state === 'there' && this._silentMs(agent) >= TOLD_AFTER_MS;
      if (isSilent === agent.isToldSilent) continue;
      agent.isToldSilent = isSilent;
      notices.push(
        isSilent
          ? `Agent ${agent.name}, on ${agent.host}, has not reported for ${anySpan(TOLD_AFTER_MS / 1000)}`
          : `Agent ${agent.name}, on ${agent.host}, reports again`,
      );
    }
    return notices;
  }

  /**
   * What keeps the figures of agents from being complete, in sentences.
   *
   * @param beganMs when the load began, on the clock of `performance.now`
   */
  faults(beganMs: number): string[] {
    return [...this._agents.values()].flatMap(({ name, host, state, heardMs }) => {
      if (state === 'ended') return [];
      const who = `Agent ${name}, on ${host},`;
      if (state === 'left') return [`${who} ended before the load test did`];
      const lastS = (heardMs - beganMs) / 1000;
      const last =
        lastS <= 0
          ? 'nothing came from it since the load began'
          : `its last report came ${anySpan(lastS)} into the load`;
      return [`${who} is missing: ${last}, and it did not send its totals`];
    });
  }

  private _silentMs({ heardMs }: Entry): number {
    return this._nowMs() - heardMs;
  }

  /** Forgets an agent whose name another one has now. @throws Error if it may still be there, or its figures count */
  private _replace(agent: Entry): void {
    if (agent.isFromStart || this._silentMs(agent) < MISSING_AFTER_MS)
      throw new Error(
        `Expected the names of agents to be unique, and there is an agent ${agent.name} on ${agent.host} already: give another --name`,
      );
    this._agents.delete(agent.name);
    for (const name of agent.names) this._byName.delete(name);
  }
}

const END = JSON.stringify({ end: true });
