import type { Warnings } from '../batch/warnings.js';
import type { CutGaps } from '../pacing/pacer.js';
import type { TimeRange } from '../selection/time-ranges.js';
import type { RelayFigures } from '../sources/live-source.js';
import type { PassedOver } from '../sources/recording-files.js';
import type { SourceChange } from '../sources/source.js';
import type { FullPolicy } from '../zmq/full-policy.js';
import type { Undelivered } from '../zmq/publisher.js';
import type { RouteFigures } from '../zmq/publisher-group.js';
import type { TestedCondition } from './condition.js';
import type { DamageSummary } from './damage-report.js';
import type { LatenessSummary, RecentLateness } from './lateness.js';
import type { StallSummary } from './stalls.js';
import type { TopicLatenessSummary } from './topic-lateness.js';

/** The progress of a replay. */
export interface ReplayProgress {
  /** Events sent so far. */
  readonly sent: number;
  /** Topics and payloads sent so far, in bytes. */
  readonly bytes: number;
  /** Seconds since the first event was sent. */
  readonly elapsedS: number;
  /** Rates over about the last second, independent of how often they are read; 0 if nothing was sent in it. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /**
   * Recorded time of the last event sent or dropped, of a mock event the time of its send, of a relayed one that at its publisher; in
   * Unix seconds. NaN: no event has had a time.
   */
  readonly positionS: number;
  /**
   * Share of the pass that is done, by recorded time as long as that ascends; or of `limit`, if more of that is done: 0 to 1. NaN: not
   * known, with `follow`.
   */
  readonly share: number;
  /** Lateness of the last event sent, in microseconds. */
  readonly latenessUs: number;
  /** Lateness over about the last second; undefined flat out, or if nothing was sent for two seconds. */
  readonly lateness: RecentLateness | undefined;
  /** Seconds until the next event is due, if the replay waits for it; otherwise 0. */
  readonly nextInS: number;
  /** Seconds until the pass ends, or the replay by its `limit`; NaN: not known. */
  readonly leftS: number;
  /** Number of the current pass, from 1. */
  readonly pass: number;
  /** Number of subscribers, as far as known: see `waitSubscribers`. */
  readonly subscribers: number;
  /** Number of subscribers that are waited for before the first event. */
  readonly awaitedSubscribers: number;
  /** Addresses that the socket is bound or connected to, with the ports that the system has chosen; empty until it is open. */
  readonly addresses: readonly string[];
  /** What waits of events of live publishers; absent: none are relayed. */
  readonly relay?: RelayStanding | undefined;
}

/** What waits of events of live publishers. */
export interface RelayStanding {
  /** Number of events that were received, and neither sent nor dropped yet. */
  readonly queuedEvents: number;
  /** Bytes of these, without the batch that is being sent: at most 256 KiB, or one event. */
  readonly queuedBytes: number;
  /** Events that were dropped so far, since more waited than the queue has room for. */
  readonly dropped: number;
}

/** What was relayed of live publishers. */
export interface RelayOutcome extends RelayFigures {
  /** Number of events that waited when the replay was ended, and were not sent. */
  readonly unsent: number;
}

/** The number of subscribers of a replay, as far as known: see `waitSubscribers`. */
export interface SubscriberNumbers {
  /** When the first event was sent. */
  readonly atStart: number;
  /** Most at a time. */
  readonly most: number;
}

/** How often the plan was moved because it could not be kept, and by how much in all. */
export interface Shifts {
  readonly count: number;
  readonly totalS: number;
}

/** How far the recorded times of the events sent or dropped are out of order. It is the recording's, and makes no event late. */
export interface Disorder {
  /** Number of events that were recorded earlier than an event before them, and are due with that one. */
  readonly count: number;
  /** The most by which one of them was, in seconds. */
  readonly mostS: number;
  /** Number of events whose clock was wrong by more than a minute: they were sent with the events around them. */
  readonly strays: number;
  /** How often times stepped back by more than a minute, and the plan went on from the earlier time. */
  readonly stepsBack: number;
}

/** How often a replay was paused, and for how long in all. */
export interface Pauses {
  readonly count: number;
  readonly totalS: number;
}

/** How often sending waited until a subscriber had room for the next event, and for how long. */
export interface Blocked {
  readonly count: number;
  readonly totalS: number;
  readonly longestS: number;
  /**
   * For whom it waited when it last waited for more than a second: `127.0.0.1:40112 (python3, process 1234)`, without a process
   * where that is not known. Empty where no wait was so long, or the subscriber is not known, as on systems but Linux.
   */
  readonly by: readonly string[];
}

/** What is counted while a replay plays. */
export type ReplayCounts = Pick<
  ReplayOutcome,
  | 'sent'
  | 'filtered'
  | 'bytes'
  | 'primed'
  | 'dropped'
  | 'shifts'
  | 'blocked'
  | 'seeks'
  | 'pauses'
  | 'gaps'
  | 'disorder'
  | 'passes'
  | 'stalls'
  | 'warnings'
>;

/** The result of a replay. */
export interface ReplayOutcome {
  /**
   * Why it ended: there were no more events (`end`), `limit` was reached, `signal` was aborted (`abort`), an event was too late
   * under `onLate: 'abort'` (`late`), a subscriber had no room for longer than `blockTimeoutS` (`blocked`), or a person quit.
   */
  readonly endedBy: 'end' | 'limit' | 'abort' | 'late' | 'blocked' | 'quit';
  /** Addresses that the socket was bound or connected to, with the ports that the system has chosen. */
  readonly addresses: readonly string[];
  /** What was sent to which addresses; empty where all have the same topics. An event may be among those of several. */
  readonly routes: readonly RouteFigures[];
  readonly subscribers: SubscriberNumbers;
  /** Number of events sent. */
  readonly sent: number;
  /** What was relayed of live publishers; absent: none were. */
  readonly relay?: RelayOutcome | undefined;
  /** Number of events that were not sent because their topic was filtered out. */
  readonly filtered: number;
  /** Size of the topics and payloads sent, in bytes, without ZeroMQ's framing. */
  readonly bytes: number;
  /** Number of events of the past, sent to give the state at the start. They are not included in `sent`. */
  readonly primed: number;
  /** Silences that were cut by `maxGapS`. */
  readonly gaps: CutGaps;
  readonly disorder: Disorder;
  /** Due times of the first and the last event of the recordings, selected or not, in Unix seconds; NaN: not known. */
  readonly recordedFromS: number;
  readonly recordedToS: number;
  /** The selected part of the recorded time, from the start of its first range to the end of its last; undefined: all of it. */
  readonly selected: TimeRange | undefined;
  /** Topics and patterns of `topics`, and of addresses, that no event sent had; empty if events were left out by a seek or an early end. */
  readonly unmatchedTopics: readonly string[];
  /** Files that were found in folders, or by patterns, but could not be read. */
  readonly unreadable: readonly PassedOver[];
  /** Recordings that changed while they were played. Those that are `changed` may have been played as a mixture. */
  readonly changes: readonly SourceChange[];
  /** What could not be read in the recordings. */
  readonly damage: DamageSummary;
  /** Number of passes begun: more than 1 only with `loop` or `serveForever`. */
  readonly passes: number;
  /** Time from the first event sent to the last, in seconds. */
  readonly durationS: number;
  /** Events and bytes sent per second of that time; 0 if `durationS` is 0. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /** Number of events that were not sent because they were too late. */
  readonly dropped: number;
  readonly shifts: Shifts;
  /**
   * What happened where the queue of a subscriber was full. With `drop`, how many events were dropped there is not known; with
   * `block`, none was.
   */
  readonly onFull: FullPolicy;
  /** The waits for room with `onFull: 'block'`. */
  readonly blocked: Blocked;
  /** What could not be delivered before the end, as far as known. */
  readonly undelivered: Undelivered;
  readonly seeks: number;
  readonly pauses: Pauses;
  /** Lateness of all events; undefined flat out, where an event is due when it is sent. */
  readonly lateness: LatenessSummary | undefined;
  /** Lateness by topic, the latest topic first; undefined unless `latenessByTopic` was set. */
  readonly latenessByTopic: readonly TopicLatenessSummary[] | undefined;
  /** Growth of lateness in parts per million, that is microseconds per second. Undefined in less than three seconds. */
  readonly driftPpm: number | undefined;
  /** Times in which an event was overdue, by cause. */
  readonly stalls: StallSummary;
  /** The conditions of `failIf` that hold. */
  readonly failed: readonly TestedCondition[];
  /** The conditions of `failIf` that do not hold. */
  readonly passed: readonly TestedCondition[];
  /** Why files of `hlog` and `ledger` could not be written completely; empty: they were, or there are none. */
  readonly writeFailures: readonly string[];
  /** Number of oddities in the events that were read, by kind. */
  readonly warnings: Warnings;
}
