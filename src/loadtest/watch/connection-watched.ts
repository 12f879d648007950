import { count, counted } from '../../shared/text.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { Proof } from '../load-report.js';
import {
  connectionName,
  connectionPoint,
  LagRecord,
  ofConnection,
  type SubscriberNow,
  type SubscriberState,
  type Watched,
  type WatchedPoint,
  type WatchedResult,
} from './watched.js';

/** A foreign subscriber that is seen by its connection alone. */
export class ConnectionWatched implements Watched {
  connection: ConnectionReport;
  readonly agent = undefined;
  readonly latencies = undefined;
  private readonly _seenUs: () => number;
  private readonly _lag = new LagRecord();

  /** @param seenUs when connections were looked at last, in microseconds since 1970 */
  constructor(connection: ConnectionReport, seenUs: () => number) {
    this.connection = connection;
    this._seenUs = seenUs;
  }

  get state(): SubscriberState {
    return this.connection.ended ? 'gone' : 'receiving';
  }

  get proof(): Proof {
    const { delivered } = this.connection;
    return delivered === 'all' || delivered === 'some' ? 'kernel' : 'unknown';
  }

  get mostLag(): number | null {
    return this._lag.figures.mostLag;
  }

  get point(): WatchedPoint {
    return connectionPoint(this.connection, this._seenUs());
  }

  get isDrained(): boolean {
    return this.connection.ended || (this.connection.lagBytes ?? 0) === 0;
  }

  look(drainS: number | undefined): SubscriberNow {
    const { drainEventsPerS, lagEvents, lagS, lostAtLeast, lost, backedUpShare } = this.connection;
    this._lag.note(lagEvents, lagS, drainS);
    return {
      pid: this.connection.pid,
      ...{ name: connectionName(this.connection), kind: 'foreign', received: null },
      ...{ receivedPerS: drainEventsPerS, lag: lagEvents, lost: lost?.events.least ?? lostAtLeast },
      ...{ p99Us: null, backedUpShare },
    };
  }

  /** Its program tells nothing. */
  latencyPercentiles(): undefined {}

  /** Its program tells nothing. */
  latencyBuckets(): undefined {}

  result(): WatchedResult {
    const { lost, sentEvents, lagEvents, ended, since } = this.connection;
    return {
      ...{ name: connectionName(this.connection), kind: 'foreign' },
      proof: this.proof,
      proves: proofOf(this.connection),
      ...ofConnection(this.connection),
      ...{ wanted: since === 'start' ? sentEvents : null, received: null },
      ...{ lost: lost?.events ?? null, lostNumbers: null, duplicated: null, reordered: null },
      ...{ endLag: lagEvents, ...this._lag.figures, latency: null, receivedPerS: null, hasGone: ended },
    };
  }
}

function proofOf({ delivered, lost, sentEvents, reason }: ConnectionReport): string {
  if (delivered === 'all') {
    const all = sentEvents === null ? 'all events' : counted(sentEvents, 'event');
    return `its machine has acknowledged every byte of ${all}; what its program has read of them, or passed on if it is a proxy, is not known`;
  }
  if (delivered === 'some' && lost !== null) {
    const { least, most, about } = lost.events;
    const number =
      least === most ? count(least) : `about ${count(about)}, ${count(least)} to ${count(most)},`;
    return `its machine has not acknowledged ${count(lost.bytes)} bytes, which are ${number} events`;
  }
  return reason ?? 'nothing proves what it got';
}
