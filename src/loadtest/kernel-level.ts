import { ConnectionReader } from '../kernel/connection-reader.js';
import { connectionKey, type TcpConnection } from '../kernel/tcp-connections.js';
import { readThreadTimes } from '../kernel/thread-times.js';
import { type Clock, systemClock } from '../shared/clock.js';
import { count } from '../shared/text.js';
import { ConnectionRecord, type Look } from './connection-record.js';
import type { KernelKnows, KernelReport } from './kernel-report.js';
import { reportConnection } from './report-connection.js';
import type { SentBytes, SentMark } from './sent-bytes.js';
import { findSets } from './subscription-sets.js';

/** The port of an address that a publisher is bound to. */
const TCP_PORT = /^tcp:.*:(\d+)$/;
/** A sum of this many bytes is that of one set of prefixes, and of no other by chance. */
const CERTAIN_BYTES = 1e6;
/** How often the process of a connection is looked for. */
const MOST_MISSES = 3;
/** Most processes whose threads are read at a look: each takes some hundred microseconds. */
const MOST_PROCESSES = 8;
/** Most connections that have ended and are kept: a client may connect again and again. */
const MOST_ENDED = 200;
/** How often `baseline` and `final` try to look. */
const MOST_TRIES = 3;

const NO_ANSWER = 'Linux alone tells, by ss of iproute2, and there was no answer in time';

export interface KernelLevelOptions {
  /** The addresses that the publisher is bound and connected to, as `Publisher.addresses`. */
  readonly addresses: readonly string[];
  /** Those of them that it is connected to, such as a proxy's: what their subscribers take is not seen. Default: none. */
  readonly connected?: readonly string[];
  /** Whether the connections use CURVE. */
  readonly isEncrypted: boolean;
  /** Counts what is sent, each event right before it is given to the publisher. */
  readonly sent: SentBytes;
  /** Most events that are queued for a subscriber; 0: no limit. */
  readonly highWaterMark: number;
  /** Current number of subscriptions by prefix, as `Publisher.subscriptions`. */
  readonly subscriptions: () => ReadonlyMap<string, number>;
  /**
   * The prefixes of the load test's own subscribers by process id, a character for each byte (latin1). Each has one
   * connection.
   */
  readonly own: () => ReadonlyMap<number, readonly string[]>;
  /** Default: what Linux tells of the addresses' ports. */
  readonly reader?: Pick<ConnectionReader, 'connections' | 'processes' | 'close'>;
  readonly readThreads?: typeof readThreadTimes;
  readonly clock?: Pick<Clock, 'nowNs'>;
}

/**
 * Level 0 of a load test: what Linux tells about the publisher's connections, with nothing to be done by the
 * subscribers. Linux counts the bytes that each has acknowledged, and the bytes of the events that it was sent are known:
 * what differs lags, and at the end is lost. Acknowledged means that the subscriber's kernel has it: its program may
 * not have read it.
 *
 * Call `baseline` before the first event, `sample` two to four times a second, and `final` when nothing is sent any
 * more and the queues are empty, or do not move. Calls wait for each other. Call `close` at the end.
 */
export class KernelLevel {
  private readonly _options: KernelLevelOptions;
  private readonly _reader: Pick<ConnectionReader, 'connections' | 'processes' | 'close'>;
  private readonly _readThreads: typeof readThreadTimes;
  private readonly _clock: Pick<Clock, 'nowNs'>;
  private readonly _ports: readonly number[];
  /** Whether every subscription comes over a connection that is seen. */
  private readonly _seesAll: boolean;
  private readonly _live = new Map<string, ConnectionRecord>();
  private readonly _records: ConnectionRecord[] = [];
  private _leftOut = 0;
  private _looks = 0;
  private _looksMs = 0;
  /** What was sent before `baseline`. */
  private _start: SentMark | undefined;
  private _hasBegun = false;
  /** Number of events that were sent before the last look. */
  private _eventsBefore = -1;
  private _knows: KernelKnows = 'nothing';
  private _why: string | null = 'there was no look at the connections yet';
  /** Why bytes do not count, from `calibrate`. */
  private _misfit: string | undefined;
  /** Settles when the last call that was made is done. */
  private _queue: Promise<unknown> = Promise.resolve();

  constructor(options: KernelLevelOptions) {
    this._options = options;
    this._clock = options.clock ?? systemClock;
    const { addresses, connected = [] } = options;
    const ports = addresses.filter((url) => !connected.includes(url)).map((url) => TCP_PORT.exec(url)?.[1]);
    this._ports = [...new Set(ports.flatMap((port) => (port === undefined ? [] : [Number(port)])))];
    this._seesAll = connected.length === 0 && ports.every((port) => port !== undefined);
    this._reader = options.reader ?? new ConnectionReader(this._ports);
    this._readThreads = options.readThreads ?? readThreadTimes;
  }

  /** Notes the connections that are there. Call it when every subscriber is ready, before the first event. */
  baseline(): Promise<KernelReport> {
    return this._inTurn(async () => {
      this._hasBegun = false;
      this._live.clear();
      this._records.length = 0;
      this._leftOut = 0;
      this._start = this._options.sent.mark();
      await this._lookSurely();
      this._hasBegun = true;
      return this._report(false);
    });
  }

  /** Looks at the connections. */
  sample(): Promise<KernelReport> {
    return this._inTurn(async () => {
      await this._look(false);
      return this._report(false);
    });
  }

  /** Looks at the connections for the last time, and says what each was delivered. */
  final(): Promise<KernelReport> {
    return this._inTurn(async () => {
      const isSeen = await this._lookSurely();
      return this._report(
        true,
        isSeen ? undefined : 'there was no answer of ss of iproute2 in time at the end',
      );
    });
  }

  /**
   * Compares the bytes that an own subscriber took with the number of events that it received. Where they do not fit, as
   * with another version of the protocol, bytes tell nothing about the others either. Call it when nothing is under way.
   *
   * @param pid of the subscriber
   * @param received number of events that it received since `baseline`
   * @returns undefined where they cannot be compared: it is not seen from the start, it lost events of different sizes, it has not
   * read all that its system has, or its system has not acknowledged all of that yet, which it may put off for some 40 ms
   */
  calibrate(pid: number, received: number): boolean | undefined {
    const record = [...this._live.values()].find(({ process }) => process?.pid === pid);
    const [sum, acked] = [record?.sentSum(), record?.ackedBytes];
    if (sum === undefined || acked === undefined || record?.since !== 'start') return undefined;
    if (received !== sum.events && sum.leastBytes !== sum.mostBytes) return undefined;
    const expected = received === sum.events ? sum.bytes : received * sum.leastBytes;
    if (acked === expected) return true;
    const isUnread = received < sum.events && acked > expected && (acked - expected) % sum.leastBytes === 0;
    const isUnacknowledged = acked < expected && !record.isDrained;
    if (isUnread || isUnacknowledged) return undefined;
    this._misfit =
      `an own subscriber received ${count(received)} events, which take ${count(expected)} bytes, ` +
      `and Linux counted ${count(acked)}`;
    return false;
  }

  /** Ends what reads the connections. Reports stay as they are. */
  close(): void {
    this._reader.close();
  }

  private _inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this._queue.then(act);
    this._queue = result.catch(() => {});
    return result;
  }

  /** Looks while nothing is under way. @returns false if there was no answer at several tries */
  private async _lookSurely(): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      if (await this._look(true)) return true;
      if (tries === MOST_TRIES) return false;
    }
  }

  /**
   * @param isQuiet whether nothing is under way
   * @returns whether there was an answer, or none is to be expected
   */
  private async _look(isQuiet: boolean): Promise<boolean> {
    const { sent, subscriptions } = this._options;
    for (const prefix of subscriptions().keys()) sent.watch(prefix);
    const mark = sent.mark();
    const events = sent.events;
    const startedMs = performance.now();
    const connections = await this._reader.connections();
    this._looks += 1;
    this._looksMs += performance.now() - startedMs;
    if (this._ports.length === 0) {
      this._why = 'no address is one of TCP that this publisher is bound to';
      return true;
    }
    if (connections === undefined) {
      if (this._records.length === 0) this._why = NO_ANSWER;
      return process.platform !== 'linux';
    }
    const hasCounters = connections.every(({ counters }) => counters !== null);
    this._knows = hasCounters ? 'bytes' : 'queues';
    this._why = hasCounters
      ? null
      : 'there is no ss of iproute2, or an old one: install it (Debian: apt-get install iproute2)';
    this._note(connections, { atNs: this._clock.nowNs(), sent: mark });
    await this._findProcesses();
    // Where nothing was sent since the look before, nothing is on its way to a subscriber whose queue is empty.
    this._findPrefixes(isQuiet || (events === this._eventsBefore && sent.events === events));
    this._eventsBefore = events;
    for (const record of this._live.values()) record.noteLag(this._options.highWaterMark);
    await this._judge();
    return true;
  }

  private _note(connections: readonly TcpConnection[], { atNs, sent }: Omit<Look, 'connection'>): void {
    const there = new Set<string>();
    for (const connection of connections) {
      const key = connectionKey(connection);
      const look = { atNs, sent, connection };
      const known = this._live.get(key);
      there.add(key);
      if (known !== undefined && !known.isOther(connection)) {
        known.add(look);
        continue;
      }
      if (known !== undefined) known.hasEnded = true;
      const since = this._hasBegun ? 'joined' : 'start';
      const record = new ConnectionRecord(look, since, this._options);
      this._live.set(key, record);
      this._records.push(record);
    }
    for (const [key, record] of this._live) {
      if (there.has(key)) continue;
      record.hasEnded = true;
      this._live.delete(key);
    }
    const ended = this._records.filter(({ hasEnded }) => hasEnded);
    for (const record of ended.slice(0, Math.max(ended.length - MOST_ENDED, 0))) {
      this._records.splice(this._records.indexOf(record), 1);
      this._leftOut += 1;
    }
  }

  private async _findProcesses(): Promise<void> {
    const unknown = [...this._live].filter(
      ([, { process, misses, last }]) =>
        process === undefined && misses < MOST_MISSES && last.connection.peerReceiveQueueBytes !== null,
    );
    if (unknown.length === 0) return;
    const processes = await this._reader.processes();
    for (const [key, record] of unknown) {
      record.process = processes.get(key);
      if (record.process === undefined) record.misses += 1;
    }
  }

  private _findPrefixes(isQuiet: boolean): void {
    const { subscriptions, sent } = this._options;
    const left = new Map(subscriptions());
    const open = new Map<ConnectionRecord, number | undefined>();
    for (const record of this._live.values()) {
      record.prefixes = this._ownPrefixes(record) ?? record.certainPrefixes;
      if (record.prefixes === undefined) {
        const canFit = isQuiet && record.since === 'start' && record.isDrained;
        open.set(record, canFit ? record.ackedBytes : undefined);
        continue;
      }
      for (const prefix of record.prefixes) left.set(prefix, (left.get(prefix) ?? 0) - 1);
    }
    for (const [prefix, times] of left) if (times === 0) left.delete(prefix);
    const isWhole = this._seesAll && [...left.values()].every((times) => times > 0);
    const found = findSets({
      connections: open,
      subscriptions: left,
      isWhole,
      bytesOf: (prefixes) => sent.forPrefixes(prefixes, this._start)?.bytes,
      coverage: (prefixes) => sent.coverage(prefixes),
    });
    for (const [record, prefixes] of found) {
      record.prefixes = prefixes;
      const bytes = open.get(record) ?? 0;
      if (bytes >= CERTAIN_BYTES && record.sentSum()?.bytes === bytes) record.certainPrefixes = prefixes;
    }
  }

  private _ownPrefixes({ process }: ConnectionRecord): readonly string[] | undefined {
    const prefixes = process && this._options.own().get(process.pid);
    return prefixes && [...new Set(prefixes)];
  }

  private async _judge(): Promise<void> {
    // Those that are held up first.
    const records = [...this._live.values()].sort((a, b) => Number(b.isHeldUp) - Number(a.isHeldUp));
    let looked = 0;
    for (const record of records) {
      const { process, isSuspect } = record;
      const isLookedAt = isSuspect && process !== undefined && looked < MOST_PROCESSES;
      if (isLookedAt) looked += 1;
      record.judge(isLookedAt ? await this._readThreads(process.pid) : undefined);
    }
  }

  private _report(isFinal: boolean, noAnswer?: string): KernelReport {
    const noBytes = this._knows === 'bytes' ? (this._misfit ?? noAnswer) : undefined;
    const knows = noBytes === undefined ? this._knows : 'backed-up';
    const why = noBytes ?? this._why;
    return {
      knows,
      why,
      looks: this._looks,
      looksMs: this._looksMs,
      leftOut: this._leftOut,
      connections: this._records.map((record) =>
        reportConnection(record, {
          isOwn: this._ownPrefixes(record) !== undefined,
          whyNoBytes: knows === 'bytes' ? undefined : (why ?? undefined),
          isFinal,
        }),
      ),
    };
  }
}
