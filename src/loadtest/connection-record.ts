import type { PeerProcess } from '../kernel/peer-processes.js';
import type { TcpConnection } from '../kernel/tcp-connections.js';
import { type ThreadTimes, threadUse } from '../kernel/thread-times.js';
import { heartbeatBytes } from '../kernel/zmtp-size.js';
import type { SentBytes, SentMark, SentSum } from './sent-bytes.js';
import { WhatGaveWay } from './what-gave-way.js';

/** Rates are of about this time. */
const RATE_MS = 1000;
/** A peer is held up where it had no room for more for a larger share of the time. */
const BACKED_UP_SHARE = 0.2;
/** One that lags by more than it takes in this time is behind: less is under way in a network. */
const BEHIND_S = 0.1;
/** Looks that are remembered: at four a second, those of a quarter of an hour; of a longer time, every second one. */
const MOST_UNACKNOWLEDGED = 4096;
/** What libzmq has taken out of a connection's queue, besides one event, to write it at once. */
const BATCH_BYTES = 8192;

/** A connection at a moment. */
export interface Look {
  /** The steady clock, in nanoseconds. */
  readonly atNs: number;
  /** All that was sent before it. */
  readonly sent: SentMark;
  readonly connection: TcpConnection;
}

/** What is known of one connection, from its looks. */
export class ConnectionRecord {
  readonly since: 'start' | 'joined';
  readonly first: Look;
  last: Look;
  previous: Look | undefined;
  process: PeerProcess | undefined;
  /** How often its process was looked for in vain. */
  misses = 0;
  /** The prefixes that it subscribes to, as known at the last look. */
  prefixes: readonly string[] | undefined;
  /** The same, where the number of its bytes has shown them: they stay. */
  certainPrefixes: readonly string[] | undefined;
  hasEnded = false;
  /** Bytes of events that are lost already, at least. */
  lostLeastBytes = 0;
  /** Bytes of events that were sent and not acknowledged, without those that are lost; undefined where it is not known. */
  lagBytes: number | undefined;
  readonly gaveWay = new WhatGaveWay();
  private readonly _sent: SentBytes;
  private readonly _heartbeat: { readonly ping: number; readonly pong: number };
  /** The looks of the last second. */
  private _recent: Look[];
  /** The latest look before which all that it was sent is acknowledged or lost, and those after it, about evenly spaced where there are many. */
  private _unacknowledged: Look[];
  private _threads: ThreadTimes | undefined;
  private _wasBehind = false;

  constructor(
    look: Look,
    since: 'start' | 'joined',
    { sent, isEncrypted }: { readonly sent: SentBytes; readonly isEncrypted: boolean },
  ) {
    this.first = look;
    this.last = look;
    this.since = since;
    this._recent = [look];
    this._unacknowledged = [look];
    this._sent = sent;
    this._heartbeat = heartbeatBytes(isEncrypted);
  }

  add(look: Look): void {
    this.previous = this.last;
    this.last = look;
    this._recent.push(look);
    if (this._unacknowledged.length >= MOST_UNACKNOWLEDGED)
      this._unacknowledged = this._unacknowledged.filter((_, i) => i % 2 === 0);
    this._unacknowledged.push(look);
    while (this._recent.length > 2 && look.atNs - this._recent[1].atNs >= RATE_MS * 1e6) this._recent.shift();
  }

  /** Whether a look is of another connection between the same addresses: its counters began anew. */
  isOther({ counters }: TcpConnection): boolean {
    const before = this.last.connection.counters;
    return counters !== null && before !== null && counters.ackedBytes < before.ackedBytes;
  }

  /** Whether the system has nothing for it. */
  get isDrained(): boolean {
    return this.last.connection.sendQueueBytes === 0;
  }

  /** Bytes that came from the peer since the first look. */
  get peerSentBytes(): number {
    const [first, now] = [this.first.connection.counters, this.last.connection.counters];
    return first === null || now === null ? 0 : now.receivedBytes - first.receivedBytes;
  }

  /** Whether all that the peer has sent since the first look can be heartbeats. */
  get sentHeartbeatsOnly(): boolean {
    return this.peerSentBytes % this._heartbeat.ping === 0;
  }

  /** What the answer to a heartbeat of the peer takes, in bytes; 0 where it sends none. */
  get pongBytes(): number {
    return this.peerSentBytes > 0 ? this._heartbeat.pong : 0;
  }

  /** Bytes of events that the peer has acknowledged since the first look; undefined without counters. */
  get ackedBytes(): number | undefined {
    return this._ackedAt(this.last);
  }

  /** What was sent to it from its first look to another, by default the last; undefined where its prefixes are not known. */
  sentSum(until: Look = this.last): SentSum | undefined {
    return this.prefixes && this._sent.forPrefixes(this.prefixes, this.first.sent, until.sent);
  }

  /**
   * What was sent to it before a look, by default the last one, and was not acknowledged at the last. Below 0 where it took
   * what was sent later.
   */
  missingBytes(until?: Look): number | undefined {
    const [sum, acked] = [this.sentSum(until), this.ackedBytes];
    return sum === undefined || acked === undefined ? undefined : sum.bytes - acked;
  }

  /**
   * Splits what is missing into what lags and what is lost already: the latter has no room in the queues, or is missing
   * while they are empty.
   *
   * @param highWaterMark most events that are queued; 0: no limit
   */
  noteLag(highWaterMark: number): void {
    const [missing, sum] = [this.missingBytes(), this.sentSum()];
    this.lagBytes = undefined;
    if (missing === undefined || sum === undefined) return;
    const queuedBytes = (highWaterMark + 1) * sum.mostBytes + BATCH_BYTES;
    const room =
      highWaterMark === 0 ? Number.POSITIVE_INFINITY : queuedBytes + this.last.connection.sendQueueBytes;
    const settled = this.idleSince === undefined ? 0 : (this.missingBytes(this.idleSince) ?? 0);
    const lost = Math.max(this.lostLeastBytes, missing - room, settled);
    this.lostLeastBytes = Math.min(lost, Math.max(missing, 0));
    this.lagBytes = Math.max(missing - this.lostLeastBytes, 0);
  }

  /**
   * How long ago the oldest event was sent that the peer has not acknowledged, and that is not lost; in seconds. Between two looks,
   * events count as sent evenly. Undefined where it is not known.
   */
  get lagS(): number | undefined {
    const { lagBytes, last, _unacknowledged: looks } = this;
    if (lagBytes === undefined) return undefined;
    const missing = (look: Look) => this.missingBytes(look) ?? 0;
    while (looks.length > 1 && missing(looks[1]) <= this.lostLeastBytes) looks.shift();
    const [taken, later] = looks;
    if (lagBytes === 0 || later === undefined) return 0;
    const [before, after] = [missing(taken), missing(later)];
    const share = (this.lostLeastBytes - before) / (after - before);
    const sentNs = taken.atNs + Math.min(Math.max(share, 0), 1) * (later.atNs - taken.atNs);
    return (last.atNs - sentNs) / 1e9;
  }

  /** Bytes that the peer took in the last second, a second. */
  get drainBytesPerS(): number | undefined {
    const [from, to] = [this._recent[0], this.last];
    const [before, after] = [this._ackedAt(from), this._ackedAt(to)];
    if (before === undefined || after === undefined || to.atNs <= from.atNs) return undefined;
    return (1e9 * (after - before)) / (to.atNs - from.atNs);
  }

  /**
   * The look a second ago, if nothing has waited for the peer and it has taken nothing since: what it was sent before that
   * look, and has not taken, is lost.
   */
  get idleSince(): Look | undefined {
    const [oldest] = this._recent;
    if (this.last.atNs - oldest.atNs < RATE_MS * 1e6) return undefined;
    const isIdle = this._recent.every(
      (look) => look.connection.sendQueueBytes === 0 && this._ackedAt(look) === this.ackedBytes,
    );
    return isIdle ? oldest : undefined;
  }

  /** Share of the time since the look before in which the peer had no room for more. */
  get backedUpShare(): number | undefined {
    return this.previous && fullShare(this.previous, this.last);
  }

  get backedUpShareOfRun(): number | undefined {
    return fullShare(this.first, this.last);
  }

  /** Whether the peer did not read what was there for it: it had no room for more, or much waits in its system. */
  get isHeldUp(): boolean {
    return (this.backedUpShare ?? 0) > BACKED_UP_SHARE || this._leavesUnread;
  }

  /** Whether its process is worth a look: it is held up, or may be from now on. */
  get isSuspect(): boolean {
    const { sendQueueBytes, peerReceiveQueueBytes } = this.last.connection;
    return this.isHeldUp || sendQueueBytes > 0 || (peerReceiveQueueBytes ?? 0) > 0;
  }

  /** Whether more waits in the peer's system at both looks than the peer takes in a tenth of a second. */
  private get _leavesUnread(): boolean {
    const leastBytes = BEHIND_S * (this.drainBytesPerS ?? Number.POSITIVE_INFINITY);
    const looks = this.previous === undefined ? [] : [this.previous, this.last];
    return (
      looks.length > 0 &&
      looks.every(({ connection }) => (connection.peerReceiveQueueBytes ?? 0) > leastBytes)
    );
  }

  /** Notes what gave way since the look before. @param threads of the peer's process now; undefined if not looked at */
  judge(threads: ThreadTimes | undefined): void {
    const { previous, last } = this;
    const before = this._threads;
    this._threads = threads;
    if (previous === undefined || last.atNs <= previous.atNs) return;
    const [from, to] = [previous.connection.counters, last.connection.counters];
    if (from === null || to === null) return;
    const elapsedMs = (last.atNs - previous.atNs) / 1e6;
    const isBehind = (this.lagBytes ?? 0) > BEHIND_S * (this.drainBytesPerS ?? Number.POSITIVE_INFINITY);
    this.gaveWay.add({
      elapsedMs,
      isHeldUp: this.isHeldUp,
      busyShare: Math.min((to.busyMs - from.busyMs) / elapsedMs, 1),
      deliveryBitsPerS: to.deliveryBitsPerS,
      retransmissions: to.retransmissions - from.retransmissions,
      isBehind: isBehind && this._wasBehind,
      peerReceiveQueueBytes: last.connection.peerReceiveQueueBytes,
      isProcessKnown: this.process !== undefined,
      threads: before && threads && threadUse(before, threads),
    });
    this._wasBehind = isBehind;
  }

  private _ackedAt({ connection }: Look): number | undefined {
    const [first, now] = [this.first.connection.counters, connection.counters];
    if (first === null || now === null) return undefined;
    // Each PING is answered by a PONG, which the peer acknowledges as well.
    const pings = Math.floor((now.receivedBytes - first.receivedBytes) / this._heartbeat.ping);
    return now.ackedBytes - first.ackedBytes - pings * this._heartbeat.pong;
  }
}

function fullShare(from: Look, to: Look): number | undefined {
  const [before, after] = [from.connection.counters, to.connection.counters];
  const elapsedMs = (to.atNs - from.atNs) / 1e6;
  if (before === null || after === null || elapsedMs <= 0) return undefined;
  return Math.min(Math.max((after.peerFullMs - before.peerFullMs) / elapsedMs, 0), 1);
}
