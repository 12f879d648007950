import { framedBytes } from '../kernel/zmtp-size.js';

/** Most prefixes whose events are counted apart: each look compares them with each other. */
const MOST_PREFIXES = 256;
/** Most bytes of all of them: half a kilobyte is kept for each. */
const MOST_PREFIX_BYTES = 8192;
const BYTE_VALUES = 256;

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
  events = 0;
  bytes = 0;
  leastBytes = Number.POSITIVE_INFINITY;
  mostBytes = 0;

  constructor(prefix: string | undefined) {
    this.prefix = prefix;
  }
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
  /**
   * A tree of the prefixes' bytes: at 256 times a node's number, plus a byte, is the number of the next node; 0 for none. Node
   * 0 is the root. A walk along a topic costs less than to look the topic up.
   */
  private _tree = new Uint16Array(BYTE_VALUES);
  /** The groups that end at each node. */
  private readonly _groupAt: (Group | undefined)[] = [undefined];

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
   * @param furtherBytes length of a third part, in bytes; 0, the default: there is none
   */
  add(topic: Uint8Array, payloadBytes: number, furtherBytes = 0): void {
    let bytes = framedBytes(topic.length, this._isEncrypted) + framedBytes(payloadBytes, this._isEncrypted);
    if (furtherBytes > 0) bytes += framedBytes(furtherBytes, this._isEncrypted);
    const group = this._groupOf(topic);
    group.events += 1;
    group.bytes += bytes;
    if (bytes < group.leastBytes) group.leastBytes = bytes;
    if (bytes > group.mostBytes) group.mostBytes = bytes;
  }

  /**
   * Counts the events of a prefix apart from now on. It changes nothing for one that is watched.
   *
   * @returns whether it is watched: at most 256 prefixes are, of 8192 bytes in all
   */
  watch(prefix: string): boolean {
    if (this._groups.has(prefix)) return true;
    if (this._groups.size >= MOST_PREFIXES) return false;
    if (this._groupAt.length + prefix.length > MOST_PREFIX_BYTES) return false;
    let node = 0;
    for (const byte of Buffer.from(prefix, 'latin1')) node = this._next(node, byte);
    const group = new Group(prefix);
    this._groupAt[node] = group;
    this._groups.set(prefix, group);
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
    return this._all().filter(({ prefix }) => prefixes.some((each) => prefix?.startsWith(each)));
  }

  private _all(): Group[] {
    return [this._rest, ...this._groups.values()];
  }

  /** The group of the longest prefix that a topic begins with. */
  private _groupOf(topic: Uint8Array): Group {
    let group = this._groupAt[0] ?? this._rest;
    let node = 0;
    for (let i = 0; i < topic.length; i++) {
      node = this._tree[node * BYTE_VALUES + topic[i]];
      if (node === 0) break;
      group = this._groupAt[node] ?? group;
    }
    return group;
  }

  /** The node after another one, which is made if there is none. */
  private _next(node: number, byte: number): number {
    const at = node * BYTE_VALUES + byte;
    if (this._tree[at] === 0) {
      const made = this._groupAt.push(undefined) - 1;
      const isFull = this._groupAt.length * BYTE_VALUES > this._tree.length;
      if (isFull) {
        const larger = new Uint16Array(2 * this._tree.length);
        larger.set(this._tree);
        this._tree = larger;
      }
      this._tree[at] = made;
    }
    return this._tree[at];
  }
}
