import { count } from '../../shared/text.js';
import type { NamedEndpoint } from '../../zmq/named-endpoint.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { Proof } from '../load-report.js';
import { exactly } from './counted-loss.js';
import {
  connectionPoint,
  LagRecord,
  ofConnection,
  type SubscriberNow,
  type SubscriberState,
  type Watched,
  type WatchedPoint,
  type WatchedResult,
} from './watched.js';

/** A subscriber with a socket of its own, which counts what is lost for it. */
export class EndpointWatched implements Watched {
  readonly agent = undefined;
  readonly latencies = undefined;
  private readonly _endpoint: NamedEndpoint;
  private readonly _connection: () => ConnectionReport | undefined;
  private readonly _seenUs: () => number;
  private readonly _lag = new LagRecord();

  /**
   * @param connection the one to the endpoint's address, if it is seen
   * @param seenUs when connections were looked at last, in microseconds since 1970
   */
  constructor(endpoint: NamedEndpoint, connection: () => ConnectionReport | undefined, seenUs: () => number) {
    this._endpoint = endpoint;
    this._connection = connection;
    this._seenUs = seenUs;
  }

  get state(): SubscriberState {
    const connection = this._connection();
    if (connection?.ended === true) return 'gone';
    return connection === undefined && !this._isHeard ? 'unconnected' : 'receiving';
  }

  get proof(): Proof {
    return this._isHeard ? 'endpoint' : 'unknown';
  }

  get mostLag(): number | null {
    return this._lag.figures.mostLag;
  }

  get isDrained(): boolean {
    const connection = this._connection();
    return connection === undefined || connection.ended || connection.sendQueueBytes === 0;
  }

  /** What is lost is known from the endpoint, and does not count as sent to the connection. */
  get point(): WatchedPoint {
    return {
      ...connectionPoint(this._connection(), this._seenUs()),
      ...{ wanted: this._endpoint.sent, missing: this._endpoint.lost },
    };
  }

  look(drainS: number | undefined): SubscriberNow {
    const connection = this._connection();
    const lag = connection?.lagEvents ?? null;
    this._lag.note(lag, connection?.lagS ?? null, drainS);
    return {
      pid: connection?.pid ?? null,
      ...{ name: this._endpoint.name, kind: 'foreign', received: null },
      ...{ receivedPerS: connection?.drainEventsPerS ?? null, lag, lost: this._endpoint.lost },
      ...{ p99Us: null, backedUpShare: connection?.backedUpShare ?? null },
    };
  }

  /** Its program tells nothing. */
  latencyPercentiles(): undefined {}

  /** Its program tells nothing. */
  latencyBuckets(): undefined {}

  result(): WatchedResult {
    const { name, lost, lostNumbers, unheard } = this._endpoint;
    const connection = this._connection();
    const isHeard = this._isHeard;
    return {
      ...{ name, kind: 'foreign', proof: this.proof },
      proves: isHeard ? proofOf(lost, unheard) : 'nobody was connected to its endpoint',
      ...ofConnection(connection),
      ...{
        wanted: connection?.sentEvents ?? null,
        received: null,
        lost: isHeard ? exactly(lost) : null,
      },
      lostNumbers: lostNumbers.kept.map(({ first, last }) => [first, last] as const),
      ...{ duplicated: null, reordered: null, endLag: connection?.lagEvents ?? null },
      ...{ ...this._lag.figures, latency: null, receivedPerS: null, hasGone: connection?.ended ?? false },
    };
  }

  /** Whether events were sent while somebody was connected. */
  private get _isHeard(): boolean {
    return this._endpoint.sent > this._endpoint.unheard;
  }
}

function proofOf(lost: number, unheard: number): string {
  const before = unheard === 0 ? '' : `; ${count(unheard)} were sent while nobody was connected`;
  if (lost === 0) return `its endpoint had room for every event${before}`;
  return `its endpoint had no room for ${count(lost)} events, each of which is known by its number${before}`;
}
