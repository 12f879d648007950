import type { ReplayOptions } from '../options/replay-options.js';
import type { Arrival } from '../pacing/stage-pace.js';
import type { Profile, Stamp } from './load-names.js';
import type { LoadProgress } from './load-progress.js';

/**
 * What a load test sets itself: the pace, and how often the events are played. Nor does it connect to a proxy: its own
 * subscribers connect to it.
 */
type SetByLoadTest =
  | 'connect'
  | 'speedup'
  | 'rate'
  | 'burst'
  | 'maxGapS'
  | 'onLate'
  | 'lateAfterMs'
  | 'loop'
  | 'loopDelayS'
  | 'serveForever'
  | 'times'
  | 'format'
  | 'limit'
  | 'control'
  | 'controlAnyHost'
  | 'startPaused'
  | 'failIf'
  | 'latenessByTopic'
  | 'onProgress'
  | 'onStart';

/** What is sent to whom, and what is expected of them. Every option has a default. */
export interface LoadTestOptions extends Omit<ReplayOptions, SetByLoadTest> {
  /**
   * The load, stage by stage: `1k:30s` is 1000 events a second for 30 s, `1k..20k:2m` a ramp, `10x:30s` ten times the recorded
   * speed. Default: those of `profile`.
   */
  stages?: readonly string[];
  /** A load by name: docs/load-testing.md has their stages. Not with `stages`. Default `smoke`. */
  profile?: Profile;
  /** How events arrive. Default: as `recorded` for speeds, `even` for rates. */
  arrival?: Arrival;
  /** Of random arrivals and service times. Whole number, 0 or more; default 1. */
  seed?: number | string;
  /** The part that is played again and again: `busiest:10s`. Default: all that is selected. */
  window?: string;
  /** Number of telescopes: topics of the second one begin with `t2.`. 1 to 100; default 1. */
  amplify?: number | string;
  /** A topic that repeats its last event until it has this share of all: `tcs.tracker.position:70%`. Default: none. */
  runaway?: string;
  /** Topics that fall silent: names, or patterns. Default: none. */
  silence?: string | readonly string[];
  /**
   * Subscribers that are started, each in a process of its own: `50`, or `1,name=gui,topics=tracker.*,service=exp:200us,hwm=1000,
   * join=10s,leave=30s`. Default: none.
   */
  subscribers?: readonly string[];
  /** Whether our own reference subscriber is there. Default true. */
  sentinel?: boolean;
  /**
   * Subscribers with a socket of their own, which counts exactly what is lost for each: `gui=tcp://*:6001`. Default: none.
   */
  endpoints?: readonly string[];
  /**
   * Address at which foreign subscribers (docs/check-in.md) and agents on other machines (docs/many-machines.md) report what
   * they receive: `tcp://127.0.0.1:5558`. One that other machines reach needs `curveKeys`. Default: none.
   */
  reportBind?: string;
  /**
   * Number of agents to wait for: the load begins when as many have reported and all their subscriptions have arrived, within
   * `waitTimeoutS`. Needs `reportBind`. 0 to 1000; default 0.
   */
  agents?: number | string;
  /**
   * `frame` adds a third frame to each message: the time of the send in decimal text, and the event's number. Subscribers that
   * take two frames fail at it. Default `none`.
   */
  stamp?: Stamp;
  /** Conditions under which the load test counts as failed: `lost>0`, `gui: p99>20ms`. Default: none. */
  failIf?: readonly string[];
  /** End as soon as a condition is missed. Default false. */
  abortOnFail?: boolean;
  /** Longest time after the load in which subscribers may receive what is queued, in seconds. 0 to 2,000,000; default 5. */
  drainS?: number | string;
  /** Called some four times a second while the load is applied. Default: none. */
  onLoadProgress?: (progress: LoadProgress) => void;
}
