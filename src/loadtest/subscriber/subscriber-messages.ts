import type { TaggedInterval } from '../../measure/interval-log.js';
import type { RecentLatency } from '../../measure/reception-tally.js';
import type { CurveClientOptions } from '../../zmq/curve/client-keys.js';
import type { ServiceModel } from './service-model.js';

/** What a subscriber's process is told to do, once, when it is started. */
export interface SubscriberPlan {
  readonly name: string;
  /** Addresses to connect to. */
  readonly connect: readonly string[];
  /** Keys for a CURVE server. Undefined: no encryption. */
  readonly curve: CurveClientOptions | undefined;
  /** Names of topics, or patterns with `*` and `?`. Empty: all. */
  readonly topics: readonly string[];
  readonly service: ServiceModel;
  /** Of random service times; the name is their stream. */
  readonly seed: number;
  /** Most messages that libzmq queues; 0: no limit. */
  readonly highWaterMark: number;
  /** Time between two reports that are not asked for, in milliseconds. */
  readonly reportIntervalMs: number;
  /** Whether reports have the latencies of intervals, for a log. */
  readonly isLogged: boolean;
  /** A further prefix to subscribe to once it is connected, a character for each byte (latin1). Undefined: none. */
  readonly mark?: string | undefined;
}

/** A moment on both clocks: the subscriber's receipts are told by the clock of the load test, also if it was set since. */
export interface ClockAnchor {
  /** `process.hrtime`, which all processes of a machine share, in microseconds. */
  readonly steadyUs: number;
  /** Microseconds since 1970. */
  readonly unixUs: number;
}

/** From the load test to a subscriber. */
export type ToSubscriber =
  | { readonly kind: 'begin'; readonly plan: SubscriberPlan; readonly anchor: ClockAnchor }
  /** How its clock goes on: the clock of the load test is on another machine, and was measured again. */
  | { readonly kind: 'clock'; readonly anchor: ClockAnchor }
  | { readonly kind: 'report' }
  | { readonly kind: 'end' };

/** From a subscriber to the load test. */
export type FromSubscriber =
  /** Its code is loaded: it waits for `begin`. */
  | { readonly kind: 'loaded' }
  /** It is connected to all addresses. */
  | { readonly kind: 'ready' }
  /** What keeps it from connecting, in a sentence. */
  | { readonly kind: 'notice'; readonly notice: string }
  /** It cannot go on. */
  | { readonly kind: 'failed'; readonly message: string }
  /** `answers`: the message that asked for it; null: one of those that come by themselves. */
  | { readonly kind: 'report'; readonly report: SubscriberReport; readonly answers: 'report' | 'end' | null };

/** What a subscriber has received so far. Latency is the time from an event's wire time until it was taken from the socket. */
export interface SubscriberReport {
  /** When the report was made, in microseconds since 1970. */
  readonly atUnixUs: number;
  readonly received: number;
  /** Of topics and payloads. */
  readonly bytes: number;
  /** Events without a `__wire_time`, which are in none of the figures below. */
  readonly unnumbered: number;
  /** Events with the topic and wire time of one of the last 4096. */
  readonly duplicated: number;
  /** Events with an earlier wire time than one before them, and which are not duplicated. */
  readonly reordered: number;
  /** Events received before their wire time: the clock was set, or events were due at the same time. Their latency counts as 0. */
  readonly early: number;
  /** The wire time of the first event, and the latest of all, in microseconds since 1970; null before any. */
  readonly firstWireUs: number | null;
  readonly lastWireUs: number | null;
  /** Time spent in service so far, in nanoseconds. */
  readonly serviceNs: number;
  /** Processor time of the process so far, in microseconds. */
  readonly cpuUs: number;
  /** Latencies in nanoseconds so far, as `encodeHistogram` writes them; each second and in answers, otherwise null. */
  readonly latency: string | null;
  /** The same until an event was done: with its service. Null also without a service. */
  readonly completion: string | null;
  /** Latency of the events since the report before. Null where none came. */
  readonly recent: RecentLatency | null;
  /** Latencies since the last report that had histograms. Null without a log, between such reports, and where no event came. */
  readonly interval: TaggedInterval | null;
}
