import { count, counted } from '../../shared/text.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { SubscriberResult } from '../load-report.js';
import { connectionName, LagRecord, ofConnection, type SubscriberNow, type Watched } from './watched.js';

/** A foreign subscriber that is seen by its connection alone. */
export class ConnectionWatched implements Watched {
  connection: ConnectionReport;
  private readonly _lag = new LagRecord();

  constructor(connection: ConnectionReport) {
    this.connection = connection;
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
  latencyBuckets(): undefined {}

  result(): SubscriberResult {
    const { delivered, lost, sentEvents, lagEvents, ended, since } = this.connection;
    return {
      ...{ name: connectionName(this.connection), kind: 'foreign' },
      proof: delivered === 'all' || delivered === 'some' ? 'kernel' : 'unknown',
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
