import type { ReplayOptions } from '../options/replay-options.js';
import type { Arrival } from '../pacing/stage-pace.js';
import type { FindMax, Profile, Stamp } from './load-names.js';
import type { LoadProgress } from './load-progress.js';

/**
 * What a load test sets itself: the pace, how often the events are played, and that all topics go to all addresses under their names. Nor does it connect to a proxy: its own
 * subscribers connect to it. What live publishers send has a pace of its own.
 */
type SetByLoadTest =
  | 'from'
  | 'behindS'
  | 'queueBytes'
  | 'curveServer'
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
  | 'prefix'
  | 'rename'
  | 'clockIntervalS'
  | 'clockTopic'
  | 'failIf'
  | 'latenessByTopic'
  | 'onProgress'
  | 'onStart';

/** What is sent to whom, and what is expected of them. Every option has a default. */
export interface LoadTestOptions extends Omit<ReplayOptions, SetByLoadTest> {
  /** What the load test is called in its reports. Default: nothing. */
  title?: string;
  /**
   * The load, stage by stage: `1k:30s` is 1000 events a second for 30 s, `1k..20k:2m` a ramp, `10x:30s` ten times the recorded
   * speed. Default: those of `profile`.
   */
  stages?: readonly string[];
  /**
   * A load by name: docs/load-testing.md has their stages. `breakpoint` is `findMax: 'speed'`. Not with `stages`. Default
   * `smoke`.
   */
  profile?: Profile;
  /**
   * Searches for the highest `rate`, or the highest `speed` of the recording, at which no subscriber falls behind, loses an event, or
   * misses a condition of `failIf` (docs/find-max.md). Not with `stages`. Default: no search.
   */
  findMax?: FindMax;
  /** Searches for the most events back to back of which none is lost: the high-water mark that is needed. Default false. */
  findBurst?: boolean;
  /** Tries loads from one to another in so many steps, and shows latency and lag of each: `1k..20k/10`. Default: none. */
  sweep?: string;
  /** Distance of the two bounds between which the highest load is known: 0.5% to 50%. With `findMax`; default `5%`. */
  width?: string;
  /** Measured time of all trials that decide on a load, in seconds. 1 to 3600; with `findMax`; default 20. */
  trialSumS?: number | string;
  /** Share of the trials of a load that may be bad. From 0 to below 1; one with lost events is too many. With `findMax`; default 0.5. */
  exceed?: number | string;
  /** Length of the ramp before each trial, in seconds. 0 to 3600; with a search; default 1. */
  warmUpS?: number | string;
  /** How long the load found is held at the end, in seconds. 0 to 3600; with `findMax`; default 30. */
  holdS?: number | string;
  /** Number of searches, one after the other. 1 to 100; with `findMax`; default 1. */
  runs?: number | string;
  /** How events arrive. Default: as `recorded` for speeds, `even` for rates. */
  arrival?: Arrival;
  /** Of random arrivals, service times and faults. Whole number, 0 or more; default 1. */
  seed?: number | string;
  /** The part that is played again and again: `busiest:10s`. Default: all that is selected; in a search `busiest:10s`. */
  window?: string;
  /** Number of telescopes: topics of the second one begin with `t2.`. 1 to 100; default 1. */
  amplify?: number | string;
  /** A topic that repeats its last event until it has this share of all: `tcs.tracker.position:70%`. Default: none. */
  runaway?: string;
  /** Topics that fall silent: names, or patterns. Default: none. */
  silence?: string | readonly string[];
  /**
   * What is sent wrong on purpose: `drop:1%`, `nan:3@10s..20s`, `delay:1%,by=200ms`, `clock-step:-2s@10s..20s`, `restart@30s`
   * (docs/faults.md). Default: nothing.
   */
  faults?: readonly string[];
  /** Path of a file that lists each fault by the number of its event, as lines of JSON. With `faults`. Default: none. */
  faultLog?: string;
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
  /**
   * Longest time after the load in which subscribers may receive what is queued, in seconds. 0 to 2,000,000; default 5, in a search
   * 2 after each trial.
   */
  drainS?: number | string;
  /**
   * File to write lateness to, and the latencies of subscribers, as an interval log of HdrHistogram. An existing histogram log is
   * replaced; any other existing file is refused. Default: none.
   */
  hlog?: string;
  /** Called some four times a second while the load is applied. Default: none. */
  onLoadProgress?: (progress: LoadProgress) => void;
}
