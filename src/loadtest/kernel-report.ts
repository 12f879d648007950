import type { EventCount } from './lost-events.js';
import type { GaveWay } from './what-gave-way.js';

/**
 * What the kernel tells about the connections. `bytes`: what each took, to the byte. `backed-up`: whether each had room
 * for more, but not what it took. `queues`: how much waits for each, as without `ss` of iproute2. `nothing`: on systems but
 * Linux, and without an address of TCP.
 */
export type KernelKnows = 'bytes' | 'backed-up' | 'queues' | 'nothing';

/** What the kernel tells about the connections of a publisher. */
export interface KernelReport {
  readonly knows: KernelKnows;
  /** Why it does not know more, as a sentence; null where it knows all that it can. */
  readonly why: string | null;
  /** Number of looks at the connections, and the time from the call of `ss` to its answer, in milliseconds. */
  readonly looks: number;
  readonly looksMs: number;
  /** Number of connections that have ended and are not listed: more than 200 have. */
  readonly leftOut: number;
  /** Connections in the order in which they were first seen, with those that have ended. */
  readonly connections: readonly ConnectionReport[];
}

/** A connection of a subscriber. Null stands for what is not known. Counts are since `baseline`. */
export interface ConnectionReport {
  /** Address of this side, such as `127.0.0.1:5556`. */
  readonly local: string;
  /** Address of the subscriber, or of what stands between, such as a proxy. */
  readonly peer: string;
  /** The process of the subscriber, if it is on this machine, in this network namespace, and of the same user. */
  readonly pid: number | null;
  /** Its command, shortened, as plain text. */
  readonly command: string | null;
  /** Whether it is one of the load test's own subscribers. */
  readonly isOwn: boolean;
  /** `joined`: it came after `baseline`, so what it took from the start on is not exact. */
  readonly since: 'start' | 'joined';
  /** Whether the connection has ended. Its figures are the last ones. */
  readonly ended: boolean;
  /**
   * The prefixes that it subscribes to, a character for each byte (latin1), or others for which the same events were sent.
   */
  readonly prefixes: readonly string[] | null;
  /** Share of the time in which it had no room for more: since the look before, and since `baseline`. 0 to 1. */
  readonly backedUpShare: number | null;
  readonly backedUpShareOfRun: number | null;
  /** Bytes that the system has for it and that its side has not acknowledged. */
  readonly sendQueueBytes: number;
  /** Bytes that wait at its side to be read by its program; null for one that is not on this machine. */
  readonly peerReceiveQueueBytes: number | null;
  /** Events that were sent for its prefixes since it was first seen. */
  readonly sentEvents: number | null;
  /**
   * Events that its system has and its program has not read, about: they count as acknowledged. Its high-water mark allows
   * more to wait within the program.
   */
  readonly unreadEvents: number | null;
  /** Bytes of events that its side has acknowledged. */
  readonly ackedBytes: number | null;
  /** What it took in the last second. */
  readonly drainBytesPerS: number | null;
  readonly drainEventsPerS: number | null;
  /** What was sent and not acknowledged, without `lostAtLeast`. Events are exact where all have one size. */
  readonly lagBytes: number | null;
  readonly lagEvents: number | null;
  /** How long ago the oldest event was sent that it has not acknowledged: between two looks, events count as sent evenly; 0 without a lag. */
  readonly lagS: number | null;
  /**
   * Events that are lost already, at least: what is missing does not fit into the queues up to the high-water mark, or these
   * were empty for a second.
   */
  readonly lostAtLeast: number | null;
  /** At the end only: what it was not delivered. */
  readonly lost: { readonly bytes: number; readonly events: EventCount } | null;
  /** At the end only, null before. `all`: its side has acknowledged every byte. */
  readonly delivered: 'all' | 'some' | 'unknown' | null;
  /** Why `delivered` is unknown, or why there is no lag, as a sentence. */
  readonly reason: string | null;
  /** What made it fall behind; null where it did not. */
  readonly gaveWay: GaveWay | null;
}
