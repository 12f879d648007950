import { setTimeout as delay } from 'node:timers/promises';
import { type Part, Publisher, type PublisherOptions, type Undelivered } from './publisher.js';
import type { Route } from './route.js';

/** A route, and a test of what is sent there. */
export interface TestedRoute extends Route {
  /** @param topic as recorded */
  readonly wants: (topic: string) => boolean;
}

export interface PublisherGroupOptions extends Omit<PublisherOptions, 'bind' | 'connect' | 'onSubscribers'> {
  readonly routes: readonly TestedRoute[];
  /** The recorded topic of a topic frame, of which all events of the topic have the same. */
  readonly topicOf: (frame: Uint8Array) => string;
}

/** What was sent over one of several sockets. */
export interface RouteFigures {
  /** Addresses that it is bound or connected to, with the ports that the system has chosen. */
  readonly addresses: readonly string[];
  /** Topics that are sent there, as the user gave them; empty: all. */
  readonly topics: readonly string[];
  /** Number of events sent there, with those of `prime`. */
  readonly events: number;
  /** Size of their topics and payloads, in bytes. */
  readonly bytes: number;
  /** Largest number of subscribers at a time so far, as far as known. */
  readonly mostSubscribers: number;
}

/** The figures of a socket that is open. */
export interface RouteStanding extends RouteFigures {
  /** Present number of subscribers, as far as known. */
  readonly subscribers: number;
}

/** A publisher with what it sends. */
interface Member {
  readonly publisher: Publisher;
  readonly route: TestedRoute;
  events: number;
  bytes: number;
}

/** Most subscribers that are named as those furthest behind. */
const MOST_NAMED = 3;
/** Time between two looks at the number of subscribers. */
const LOOK_MS = 20;
/** Longest wait for the subscriptions of those who are there, before the number is looked at again. */
const SETTLE_MS = 1000;
/** Time between two tries to send a message for which a subscriber had no room. */
const RETRY_MS = 1;

/** The sockets of a replay: each sends the events of the topics that its addresses want, in order. There may be none. */
export class PublisherGroup {
  private readonly _options: PublisherGroupOptions;
  private readonly _members: Member[] = [];
  /** Who wants the events of a topic, by its frame. */
  private readonly _wanting = new WeakMap<Uint8Array, readonly Member[]>();
  /** Settles when all have the last message; undefined: they have it. */
  private _catchingUp: Promise<void> | undefined;
  /** Those who lack the last message. */
  private _behind: readonly Member[] = [];
  /** Why they cannot get it. */
  private _failure: unknown;
  private _givesUp = false;
  private _most = 0;

  /** @throws TcsReplayError as `Publisher.open` */
  static async open(options: PublisherGroupOptions): Promise<PublisherGroup> {
    const group = new PublisherGroup(options);
    try {
      for (const route of options.routes) await group._add(route);
      return group;
    } catch (error) {
      await group.close();
      throw error;
    }
  }

  private constructor(options: PublisherGroupOptions) {
    this._options = options;
  }

  /** The publisher of the first route, of which there is one. */
  get first(): Publisher {
    return this._members[0].publisher;
  }

  /** Whether there is one socket, which gets every event. */
  get isOne(): boolean {
    return this._members.length === 1;
  }

  /** The addresses of all sockets, with the ports that the system has chosen. */
  get addresses(): readonly string[] {
    return this._members.flatMap(({ publisher }) => publisher.addresses);
  }

  /** Number of subscribers of all sockets, as `Publisher.subscribers`. One that connects to two counts twice. */
  get subscribers(): number {
    return this._members.reduce((sum, { publisher }) => sum + publisher.subscribers, 0);
  }

  /** Largest number of subscribers at a time so far. */
  get mostSubscribers(): number {
    return this._most;
  }

  /** What each socket has sent; empty where there is one. */
  get routes(): readonly RouteStanding[] {
    if (this.isOne) return [];
    return this._members.map(({ publisher, route: { topics }, events, bytes }) => {
      const { addresses, subscribers, mostSubscribers } = publisher;
      return { addresses, topics, events, bytes, subscribers, mostSubscribers };
    });
  }

  /** As `Publisher.isFlatOut`. */
  set isFlatOut(isFlatOut: boolean) {
    for (const { publisher } of this._members) publisher.isFlatOut = isFlatOut;
  }

  /** As `Publisher.waitForSubscribers`, of the subscribers of all sockets together. */
  async waitForSubscribers(
    count: number,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<boolean> {
    if (this._members.length === 0) return count === 0;
    if (this.isOne || count === 0) return this.first.waitForSubscribers(count, { timeoutMs, signal });
    const untilMs = performance.now() + timeoutMs;
    while (performance.now() < untilMs) {
      if (this.subscribers < count) await delay(LOOK_MS, undefined, { signal });
      else if (await this._haveSettled(signal)) return true;
    }
    return false;
  }

  /** As `Publisher.send`, to those who want the topic, whose frame is bytes. */
  send(parts: Part[]): undefined {
    for (const member of this._wantingOf(parts[0] as Uint8Array)) {
      member.publisher.send(parts);
      count(member, parts);
    }
  }

  /**
   * As `Publisher.sendIfRoom`, to those who want the topic. It counts as queued as soon as it is queued at one socket: the others
   * get it when they have room, and until then the next message is refused.
   */
  async sendIfRoom(parts: Part[]): Promise<boolean> {
    if (this._failure !== undefined) throw this._failure;
    if (this._catchingUp !== undefined) return false;
    const wanting = this._wantingOf(parts[0] as Uint8Array);
    const refused = await sendTo(wanting, parts);
    if (refused.length === wanting.length && refused.length > 0) return false;
    if (refused.length > 0) this._catchingUp = this._catchUp(refused, parts);
    return true;
  }

  /** As `Publisher.sendAside`, to all. */
  sendAside(parts: Part[]): void {
    for (const { publisher } of this._members) publisher.sendAside(parts);
  }

  /** As `Publisher.peersBehind`. */
  peersBehind(): readonly string[] {
    return this._members.flatMap(({ publisher }) => publisher.peersBehind()).slice(0, MOST_NAMED);
  }

  /** As `Publisher.close`: subscribers of all sockets, and the most events that one of them lacks. */
  async close(): Promise<Undelivered> {
    await this._catchUpInTime();
    const all = await Promise.all(this._members.map(({ publisher }) => publisher.close()));
    // A number that is not known is NaN, and so is a sum with it.
    const subscribers = all.reduce((sum, one) => sum + (one.subscribers ?? Number.NaN), 0);
    const mostEvents = all.map(
      (one, i) => (one.mostEvents ?? Number.NaN) + (this._behind.includes(this._members[i]) ? 1 : 0),
    );
    return { subscribers: numberOrNull(subscribers), mostEvents: numberOrNull(Math.max(0, ...mostEvents)) };
  }

  private async _add(route: TestedRoute): Promise<void> {
    const { routes: _, topicOf: __, ...options } = this._options;
    const onSubscribers = () => {
      this._most = Math.max(this._most, this.subscribers);
    };
    const { bind, connect } = route;
    const publisher = await Publisher.open({ ...options, bind, connect, onSubscribers });
    this._members.push({ publisher, route, events: 0, bytes: 0 });
  }

  /** Whether the subscriptions of all who are there have arrived. */
  private async _haveSettled(signal: AbortSignal): Promise<boolean> {
    const settled = await Promise.all(
      this._members.map(({ publisher }) =>
        publisher.waitForSubscribers(publisher.subscribers, { timeoutMs: SETTLE_MS, signal }),
      ),
    );
    return settled.every(Boolean);
  }

  private _wantingOf(frame: Uint8Array): readonly Member[] {
    let wanting = this._wanting.get(frame);
    if (wanting === undefined) {
      const topic = this._options.topicOf(frame);
      wanting = this._members.filter(({ route }) => route.wants(topic));
      this._wanting.set(frame, wanting);
    }
    return wanting;
  }

  /** Sends a message to those who had no room for it, as soon as they have. */
  private async _catchUp(members: readonly Member[], parts: Part[]): Promise<void> {
    this._behind = members;
    try {
      while (this._behind.length > 0 && !this._givesUp) {
        await delay(RETRY_MS);
        this._behind = await sendTo(this._behind, parts);
      }
    } catch (error) {
      this._failure = error;
    }
    this._catchingUp = undefined;
  }

  private async _catchUpInTime(): Promise<void> {
    if (this._catchingUp === undefined) return;
    const { lingerMs } = this._options;
    const timeout = setTimeout(() => {
      this._givesUp = lingerMs >= 0;
    }, lingerMs);
    await this._catchingUp;
    clearTimeout(timeout);
  }
}

/** @returns those who had no room */
async function sendTo(members: readonly Member[], parts: Part[]): Promise<readonly Member[]> {
  const refused: Member[] = [];
  for (const member of members) {
    if (await member.publisher.sendIfRoom(parts)) count(member, parts);
    else refused.push(member);
  }
  return refused;
}

function count(member: Member, parts: Part[]): void {
  member.events += 1;
  for (const part of parts) member.bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
