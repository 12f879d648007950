import type { ThreadUse } from '../kernel/thread-times.js';
import { bytes, counted, percent } from '../shared/text.js';

/** A thread that runs a larger share of the time is limited by its processor. */
const CPU_BOUND_SHARE = 0.9;
/** A thread wants a processor while it runs or waits for one. Less of the time, it sleeps for most of what it waits for. */
const WANTED_SHARE = 0.8;
/** A thread that waits for a processor a larger share of the time is starved. */
const STARVED_SHARE = 0.2;
/** A process that is in a state at a larger share of the looks is so most of the time. */
const OFTEN = 0.5;
/** A connection on which bytes were under way for a larger share of the time was limited by the network. */
const BUSY_SHARE = 0.9;
/** A thread that waits for a disk at a larger share of the looks waits for it. */
const DISK_SHARE = 0.2;

/** What made a subscriber fall behind. */
export interface GaveWay {
  /**
   * `cpu-bound`: its busiest thread ran nearly all the time. `starved`: that thread waited for a processor, which other
   * programs had. `waiting`: it was asleep, as for a disk, a lock or a timer, or it was stopped. `network`: it had room
   * for more, and segments were lost on the way, or no more of them went through. `unknown`: the subscriber or its
   * machine; no more can be known from here.
   */
  readonly verdict: 'cpu-bound' | 'starved' | 'waiting' | 'network' | 'unknown';
  /** What shows it, as a sentence. */
  readonly evidence: string;
}

/** What was seen of a connection and of the process at its other side between two looks. */
export interface Interval {
  readonly elapsedMs: number;
  /** Whether the peer did not read what was there for it. */
  readonly isHeldUp: boolean;
  /** Share of the time in which sent bytes were not acknowledged, 0 to 1. */
  readonly busyShare: number;
  /** Latest rate at which bytes were delivered, in bits a second. */
  readonly deliveryBitsPerS: number;
  /** Segments that were sent again. */
  readonly retransmissions: number;
  /** Whether it lagged at both looks by more than it takes in a tenth of a second. */
  readonly isBehind: boolean;
  /** What waits at the peer's socket, at the second look; null for a peer that is not on this machine. */
  readonly peerReceiveQueueBytes: number | null;
  /** Whether it is known which process is at the other side. */
  readonly isProcessKnown: boolean;
  /** What it did; undefined where that was not looked at twice. */
  readonly threads: ThreadUse | undefined;
}

/** Sums up the intervals of a connection, and says what gave way. */
export class WhatGaveWay {
  private _heldUpMs = 0;
  private _behindMs = 0;
  /** Of the intervals in which it had room for more, and was behind: those with losses, and those of a full network. */
  private _lossyMs = 0;
  private _busyMs = 0;
  private _retransmissions = 0;
  private _deliveryBitsPerS = 0;
  /** Of the intervals in which it was held up and its process was seen. */
  private _seenMs = 0;
  private _runMs = 0;
  private _waitMs = 0;
  private _diskMs = 0;
  private _stoppedMs = 0;
  private _mostWaitingBytes = 0;
  private _isPeerSeen = false;
  private _isProcessKnown = false;

  add(interval: Interval): void {
    const { elapsedMs, isHeldUp, peerReceiveQueueBytes, isProcessKnown, threads } = interval;
    if (peerReceiveQueueBytes !== null) this._isPeerSeen = true;
    if (isProcessKnown) this._isProcessKnown = true;
    if (!isHeldUp) {
      if (interval.isBehind) this._addBehind(interval);
      return;
    }
    this._heldUpMs += elapsedMs;
    this._mostWaitingBytes = Math.max(this._mostWaitingBytes, peerReceiveQueueBytes ?? 0);
    if (threads === undefined) return;
    this._seenMs += elapsedMs;
    this._runMs += elapsedMs * threads.runShare;
    this._waitMs += elapsedMs * threads.waitShare;
    if (threads.waitsForDisk) this._diskMs += elapsedMs;
    if (threads.isStopped) this._stoppedMs += elapsedMs;
  }

  /** Undefined where nothing gave way: the peer read what was there for it, and the network was no limit. */
  get verdict(): GaveWay | undefined {
    if (this._heldUpMs > 0) return this._seenMs > 0 ? this._ofProcess() : this._ofUnseen();
    if (this._lossyMs > OFTEN * this._behindMs) {
      const evidence = `it had room for more, and ${counted(this._retransmissions, 'segment')} had to be sent again`;
      return { verdict: 'network', evidence };
    }
    if (this._busyMs > OFTEN * this._behindMs) {
      const rate = `${bytes(this._deliveryBitsPerS / 8)}/s`;
      return { verdict: 'network', evidence: `it had room for more, and no more than ${rate} went through` };
    }
    return undefined;
  }

  private _addBehind({ elapsedMs, retransmissions, busyShare, deliveryBitsPerS }: Interval): void {
    this._behindMs += elapsedMs;
    this._retransmissions += retransmissions;
    if (retransmissions > 0) this._lossyMs += elapsedMs;
    // On one machine there is no network to be full: then it is the publisher that cannot write faster.
    if (busyShare <= BUSY_SHARE || this._isPeerSeen) return;
    this._busyMs += elapsedMs;
    this._deliveryBitsPerS = Math.max(this._deliveryBitsPerS, deliveryBitsPerS);
  }

  private _ofUnseen(): GaveWay {
    const why = this._isProcessKnown
      ? 'what its process did meanwhile is not known'
      : this._isPeerSeen
        ? 'its process cannot be seen by this user'
        : 'its process is not on this machine, or in another network namespace';
    const evidence = `it did not read what was there for it; ${why}`;
    return { verdict: 'unknown', evidence };
  }

  private _ofProcess(): GaveWay {
    const [run, wait, disk, stopped] = [this._runMs, this._waitMs, this._diskMs, this._stoppedMs].map(
      (partMs) => partMs / this._seenMs,
    );
    const ran = `its busiest thread ran ${percent(run)} of the time`;
    const queued = this._mostWaitingBytes > 0 ? `, while ${bytes(this._mostWaitingBytes)} waited for it` : '';
    if (stopped > OFTEN) return { verdict: 'waiting', evidence: `its process is stopped${queued}` };
    const wants = run + wait;
    if (wait > STARVED_SHARE && wants > WANTED_SHARE) {
      const evidence = `${ran} and waited for a processor ${percent(wait)} of it`;
      return { verdict: 'starved', evidence };
    }
    if (wants > CPU_BOUND_SHARE) return { verdict: 'cpu-bound', evidence: ran };
    if (disk > DISK_SHARE) {
      return {
        verdict: 'waiting',
        evidence: `it waited for a disk at ${percent(disk)} of the looks${queued}`,
      };
    }
    const evidence = `${ran} and waited for something else, such as a disk, a lock or a timer, for the rest${queued}`;
    return { verdict: 'waiting', evidence };
  }
}
