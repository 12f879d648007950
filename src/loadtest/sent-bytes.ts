import { framedBytes } from '../kernel/zmtp-size.js';

/**
 * Most prefixes whose events are counted apart. A batch's topics are each compared with all of them, so many more would
 * take time from the events.
 */
const MOST_PREFIXES = 256;

/** What was sent to subscribers of some prefixes. */
export interface SentSum {
  readonly events: number;
  /** What the events take on a connection, in bytes. */
  readonly bytes: number;
  /** What the smallest event takes on a connection, in bytes; Infinity without an event. */
  readonly leastBytes: number;
  /** What the largest event takes on a connection, in bytes; 0 without an event. */
  readonly mostBytes: number;
}

/** All that was sent up to a moment. */
export type SentMark = ReadonlyMap<object, { readonly events: number; readonly bytes: number }>;

/** Events whose topics begin with the same watched prefixes. They are named for the longest of these. */
class Group {
  /** Undefined for topics that begin with none. */
  readonly prefix: string | undefined;
  readonly bytesOfPrefix: Uint8Array;
  events = 0;
  bytes = 0;
  leastBytes = Number.POSITIVE_INFINITY;
  mostBytes = 0;

  constructor(prefix: string | undefined) {
    this.prefix = prefix;
    this.bytesOfPrefix = Buffer.from(prefix ?? '', 'latin1');
  }
}

/** A topic by its buffer: a batch has one buffer for all events of a topic. */
interface KnownTopic {
  readonly group: Group;
  readonly framedTopicBytes: number;
}

/**
 * Counts what each set of subscriptions was sent, in events and in bytes of ZMTP 3. Topics are not kept: events are
 * counted by the longest watched prefix of their topic, which tells all shorter ones that it begins with. Prefixes have a
 * character for each of their bytes (latin1), as in `Publisher.subscriptions`.
 */
export class SentBytes {
  private readonly _isEncrypted: boolean;
  private readonly _rest = new Group(undefined);
  /** By prefix. */
  private readonly _groups = new Map<string, Group>();
  /** The longest prefix first. */
  private _longestFirst: readonly Group[] = [];
  private _topics = new WeakMap<Uint8Array, KnownTopic>();
  private _lastBytes: Uint8Array | undefined;
  private _lastTopic: KnownTopic | undefined;

  /** @param isEncrypted whether the connections use CURVE */
  constructor(isEncrypted: boolean) {
    this._isEncrypted = isEncrypted;
  }

  /** Number of all events. */
  get events(): number {
    return this._all().reduce((sum, { events }) => sum + events, 0);
  }

  /**
   * Counts an event that was sent.
   *
   * @param topic its bytes must not change
   * @param furtherBytes length of a third part, in bytes; 0, the default: there is none
   */
  add(topic: Uint8Array, payloadBytes: number, furtherBytes = 0): void {
    const known = topic === this._lastBytes ? (this._lastTopic as KnownTopic) : this._topicOf(topic);
    let bytes = known.framedTopicBytes + framedBytes(payloadBytes, this._isEncrypted);
    if (furtherBytes > 0) bytes += framedBytes(furtherBytes, this._isEncrypted);
    const { group } = known;
    group.events += 1;
    group.bytes += bytes;
    if (bytes < group.leastBytes) group.leastBytes = bytes;
    if (bytes > group.mostBytes) group.mostBytes = bytes;
  }

  /**
   * Counts the events of a prefix apart from now on. It changes nothing for one that is watched.
   *
   * @returns whether it is watched: at most 256 are
   */
  watch(prefix: string): boolean {
    if (this._groups.has(prefix)) return true;
    if (this._groups.size >= MOST_PREFIXES) return false;
    this._groups.set(prefix, new Group(prefix));
    this._longestFirst = [...this._groups.values()].sort(
      (a, b) => b.bytesOfPrefix.length - a.bytesOfPrefix.length,
    );
    this._topics = new WeakMap();
    this._lastBytes = undefined;
    return true;
  }

  /** All that was sent until now, for `forPrefixes`. */
  mark(): SentMark {
    return new Map(this._all().map((group) => [group, { events: group.events, bytes: group.bytes }]));
  }

  /**
   * What a subscriber of these prefixes was sent. An event counts once, however many of them its topic begins with.
   *
   * @param since counts what was sent after this mark. Default: after each prefix was first watched
   * @param until counts what was sent before this mark. Default: until now. Sizes are those of all events
   * @returns undefined where a prefix is not watched
   */
  forPrefixes(prefixes: readonly string[], since?: SentMark, until?: SentMark): SentSum | undefined {
    if (!prefixes.every((prefix) => this._groups.has(prefix))) return undefined;
    const sum = { events: 0, bytes: 0, leastBytes: Number.POSITIVE_INFINITY, mostBytes: 0 };
    for (const group of this._covered(prefixes)) {
      const [first, last] = [since?.get(group), until === undefined ? group : until.get(group)];
      sum.events += (last?.events ?? 0) - (first?.events ?? 0);
      sum.bytes += (last?.bytes ?? 0) - (first?.bytes ?? 0);
      sum.leastBytes = Math.min(sum.leastBytes, group.leastBytes);
      sum.mostBytes = Math.max(sum.mostBytes, group.mostBytes);
    }
    return sum;
  }

  /** Equal for sets of prefixes that were sent the same events. */
  coverage(prefixes: readonly string[]): string {
    const covered = this._covered(prefixes).filter(({ events }) => events > 0);
    return JSON.stringify(covered.map(({ prefix }) => prefix).sort());
  }

  private _covered(prefixes: readonly string[]): Group[] {
    return this._longestFirst.filter(({ prefix }) => prefixes.some((each) => prefix?.startsWith(each)));
  }

  private _all(): Group[] {
    return [this._rest, ...this._groups.values()];
  }

  private _topicOf(topic: Uint8Array): KnownTopic {
    let known = this._topics.get(topic);
    if (known === undefined) {
      const group = this._longestFirst.find(({ bytesOfPrefix }) => beginsWith(topic, bytesOfPrefix));
      known = {
        group: group ?? this._rest,
        framedTopicBytes: framedBytes(topic.length, this._isEncrypted),
      };
      this._topics.set(topic, known);
    }
    this._lastBytes = topic;
    this._lastTopic = known;
    return known;
  }
}

function beginsWith(topic: Uint8Array, prefix: Uint8Array): boolean {
  if (topic.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (topic[i] !== prefix[i]) return false;
  return true;
}
