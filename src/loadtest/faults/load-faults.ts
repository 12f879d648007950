import type { WireNumbers } from '../../pacing/wire-numbers.js';
import type { Sink } from '../../playback/player.js';
import { messageOf } from '../../shared/errors.js';
import { anySpan, count, counted } from '../../shared/text.js';
import type { NamedEndpoint } from '../../zmq/named-endpoint.js';
import type { Publisher } from '../../zmq/publisher.js';
import { EndpointSink } from '../endpoint-sink.js';
import type { LoadNotes, SentAt } from '../load-sink.js';
import { StampSink } from '../stamp-sink.js';
import { FaultLog } from './fault-log.js';
import type { FaultResult } from './fault-result.js';
import { FaultSink, type FaultyMessage } from './fault-sink.js';
import type { FaultSpec } from './fault-spec.js';
import { FaultySentLog } from './faulty-sent-log.js';
import { SentSink } from './sent-sink.js';

export interface LoadFaultsOptions {
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
  /** File of the log; undefined: none. */
  readonly path: string | undefined;
  /** What the user calls that option. */
  readonly pathName: string;
  readonly onNotice: (notice: string) => void;
}

/** What the sink of a load with faults stands before. */
export interface FaultySinkOptions extends Pick<LoadNotes, 'bytes' | 'pace'> {
  readonly at: SentAt;
  readonly numbers: WireNumbers;
  readonly endpoints: readonly NamedEndpoint[];
  readonly hasStamp: boolean;
}

/** The faults of a load test. */
export class LoadFaults {
  /** What is on the wire. */
  readonly sentLog = new FaultySentLog();
  private readonly _options: LoadFaultsOptions;
  private readonly _log: FaultLog | undefined;
  private _sink: FaultSink | undefined;
  private _sockets: readonly (Publisher | NamedEndpoint)[] = [];
  private readonly _over = new AbortController();
  private _failure: string | undefined;
  private _closing: Promise<void> | undefined;

  /** @throws TcsReplayError `BAD_OPTION`, `WRITE_FAILED` where the log cannot be opened */
  static async open(options: LoadFaultsOptions): Promise<LoadFaults> {
    const { path, pathName, seed, faults } = options;
    const head = { seed, faults: faults.map(({ text }) => text) };
    return new LoadFaults(
      options,
      path === undefined ? undefined : await FaultLog.open(path, pathName, head),
    );
  }

  private constructor(options: LoadFaultsOptions, log: FaultLog | undefined) {
    this._options = options;
    this._log = log;
  }

  /** Why the load could not be applied as intended, as a sentence; undefined: it could. */
  get failure(): string | undefined {
    return this._failure;
  }

  /** What each fault has hit so far. */
  get results(): FaultResult[] {
    const { faults } = this._options;
    return faults.map(({ text, kind }, i) => ({ fault: text, kind, events: this._sink?.counts[i] ?? 0 }));
  }

  /** Says which sockets a restart is for. */
  attach(publisher: Publisher, endpoints: readonly NamedEndpoint[]): void {
    this._sockets = [publisher, ...endpoints];
  }

  /** The sink for events, which sends them to a publisher, with faults. */
  sinkTo(publisher: Sink, { at, pace, numbers, endpoints, hasStamp, bytes }: FaultySinkOptions): Sink {
    let current: FaultyMessage | undefined;
    const number = () => current?.number ?? 0;
    const toAll = endpoints.length === 0 ? publisher : new EndpointSink(publisher, endpoints, number);
    const noted = new SentSink(toAll, {
      log: this.sentLog,
      current: () => current as FaultyMessage,
      ...(bytes === undefined ? {} : { bytes }),
    });
    const sink = hasStamp ? new StampSink(noted, number) : noted;
    const { faults, seed } = this._options;
    this._sink = new FaultSink({
      ...{ faults, seed, numbers },
      // To the microsecond: what is less depends on when the load began.
      atS: () => Math.round((at.dueNs - pace.startNs) / 1000) / 1e6,
      send: async (message) => {
        current = message;
        return (await sink.send(message.parts)) ?? true;
      },
      restart: () => this._restart(),
      onFault: (entry) => this._log?.add(entry),
    });
    return this._sink;
  }

  /** Sends what is held back. Call it when the load is over, while the sockets are open. */
  async end(): Promise<void> {
    this._over.abort();
    const left = (await this._sink?.end()) ?? 0;
    if (left > 0)
      this._options.onNotice(
        `${counted(left, 'event')} that faults held back could not be sent: a subscriber had no room`,
      );
  }

  /** Ends the log. Repeated calls return the same promise. @throws TcsReplayError `WRITE_FAILED` */
  close(): Promise<void> {
    this._closing ??= this._log?.close() ?? Promise.resolve();
    return this._closing;
  }

  /** @returns whether there is a publisher again */
  private async _restart(): Promise<boolean> {
    const beganMs = performance.now();
    try {
      const all = await Promise.all(this._sockets.map((socket) => socket.restart(this._over.signal)));
      const [before, back] = (['before', 'back'] as const).map((of) =>
        all.reduce((sum, each) => sum + each[of], 0),
      );
      const took = anySpan((performance.now() - beganMs) / 1000);
      this._options.onNotice(
        `The publisher was restarted: ${count(back)} of ${count(before)} subscribers were back after ${took}`,
      );
      return true;
    } catch (error) {
      this._failure = `The publisher could not be restarted: ${messageOf(error)}`;
      this._options.onNotice(this._failure);
      return false;
    }
  }
}
