import type { IntervalLog } from '../measure/interval-log.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import type { Pace, Pacer } from '../pacing/pacer.js';
import type { Archive } from '../timeline/archive.js';
import type { Publisher } from '../zmq/publisher.js';
import type { Playable, Sink } from './player.js';

/** What a load test, or a view, adds to the pipeline. Default of each: nothing. */
export interface ReplayAdditions extends Pick<Pace, 'ownPace' | 'wireNumbers'> {
  /** Other events than those of the archive, made from them. */
  readonly playableOf?: (archive: Archive) => Promise<Playable>;
  /** Called with the histogram log, if there is one, before the socket is opened. It can be written to until `afterLast` resolves. */
  readonly takeLog?: (log: IntervalLog) => void;
  /** Stands between the player and the publisher. @param plan of the event that is sent */
  readonly sinkOf?: (publisher: Sink, plan: Pick<Pacer, 'dueNs' | 'nowNs'>) => Sink;
  /** Called when the socket is open and there are as many subscribers as `waitSubscribers` says: before the first event. */
  readonly beforeFirst?: (publisher: Publisher, signal: AbortSignal) => Promise<void>;
  /** Called when no more is sent, also after a stop or a failure: the socket is still open. */
  readonly afterLast?: (publisher: Publisher) => Promise<void>;
  /** Called with what happened, before the page in the browser is told that the replay has ended. */
  readonly onOutcome?: (outcome: ReplayOutcome) => Promise<void>;
  /** Further metrics than those of the replay. Called once, if metrics are served. */
  readonly metrics?: () => Promise<readonly MetricFamily[]>;
  /** Whether it is only viewed: no socket is opened, nothing is sent, and it stays at its end until it is stopped. */
  readonly isView?: boolean;
}
