import type { LatenessSummary } from '../measure/lateness.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import type { Arrival } from '../pacing/stage-pace.js';
import type { FaultResult } from './faults/fault-result.js';
import type { EventCount } from './lost-events.js';
import type { Recovery } from './recoveries.js';
import type { SearchReport } from './search-report.js';
import type { StageResult } from './stage-figures.js';
import type { StageUnit } from './stage-spec.js';
import type { SubscriberKind } from './subscriber-kind.js';
import type { GaveWay } from './what-gave-way.js';

/** Version of the document: it changes where a field changes its meaning or goes away. */
export const LOAD_REPORT_SCHEMA = 'tcs-replay-loadtest/1';

/** Pass: all conditions were kept. Inconclusive: the instrument, the machine, or what can be proven was the limit. */
export type Verdict = 'pass' | 'fail' | 'inconclusive';

/**
 * How the loss of a subscriber was found: it numbers the events itself (`count`), reported itself (`check-in`), has an endpoint of its
 * own (`endpoint`), or its connection was looked at (`kernel`). Unknown: none of these was possible.
 */
export type Proof = 'count' | 'check-in' | 'endpoint' | 'kernel' | 'unknown';

/** From when events were due until they were received, in microseconds. */
export interface Latency extends LatenessSummary {
  /** How exactly these are known: the error of the difference of two clocks. 0: one clock measured them. */
  readonly errorUs: number;
  /** Ascending percentiles up to 100, with what that share of the events took at most. */
  readonly spectrum: readonly (readonly [percent: number, us: number])[];
}

/** What was found of a subscriber. Null: not known. */
export interface SubscriberResult {
  readonly name: string;
  readonly kind: SubscriberKind;
  readonly proof: Proof;
  /** What the proof shows, and what it does not, in a sentence. */
  readonly proves: string;
  /** Address of its connection. */
  readonly peer: string | null;
  readonly pid: number | null;
  readonly command: string | null;
  /** Events that were sent for it, while it was there. */
  readonly wanted: number | null;
  readonly received: number | null;
  readonly lost: EventCount | null;
  /** Numbers of the events that were lost, as the first and the last of each range: at most 1000; events are numbered from 1. */
  readonly lostNumbers: readonly (readonly [first: number, last: number])[] | null;
  readonly duplicated: number | null;
  readonly reordered: number | null;
  /** Events that it was behind by: at most, and after the time to drain. */
  readonly mostLag: number | null;
  readonly mostLagS: number | null;
  readonly endLag: number | null;
  readonly latency: Latency | null;
  /** Share of the time in which it had no room for more: 0 to 1. */
  readonly backedUpShare: number | null;
  /** The longest of `recoveries`; Infinity: it had not caught up after the time to drain. */
  readonly recoveryS: number | null;
  /** Of each stage after which the load fell, and of the last one, until it had received all. Empty: its lag is not known. */
  readonly recoveries: readonly Recovery[];
  /** Events received a second, from its first to its last one. */
  readonly receivedPerS: number | null;
  readonly gaveWay: GaveWay | null;
  /** Whether it ended, or went away, before the load did and without being told to. */
  readonly hasGone: boolean;
}

/** An agent: a group of subscribers on another machine, which report what they receive. */
export interface AgentResult {
  readonly name: string;
  readonly host: string;
  readonly cores: number;
  /** Names of the proxies between the publisher and the agent, the publisher's side first; empty: none. */
  readonly hops: readonly string[];
  /** Names of its subscribers, which are among those of the report. */
  readonly subscribers: readonly string[];
  /** `ended`: its totals are complete; `left`: it ended before the load test did; `missing`: its last figures did not come. */
  readonly state: 'ended' | 'left' | 'missing';
  /** Events that its subscribers have received. */
  readonly received: number;
  /** Of all its subscribers: their histograms added. */
  readonly latency: Latency | null;
}

/** A proxy, as the subscribers of agents behind it show it. */
export interface HopResult {
  /** Names of the proxies from the publisher to this one, with `/` between them. */
  readonly name: string;
  /** Names of the agents behind it, those behind further proxies included. */
  readonly agents: readonly string[];
  /** Number of their subscribers. */
  readonly subscribers: number;
  /** The subscriber that received most of all behind it: what it got has passed the proxy. Null: none takes all topics. */
  readonly witness: string | null;
  /**
   * Events lost between the proxy before, or the publisher, and this one: at most what the witness lacks, and about what it lacks
   * more than the one of the proxy before. Null: not known.
   */
  readonly lostBefore: EventCount | null;
  /** Events lost between this proxy and the subscribers that connect to it, of all of them: what each lacks more than the witness. */
  readonly lostBehind: EventCount | null;
  /** Of all subscribers behind it: their histograms added. */
  readonly latency: Latency | null;
}

/** A condition, for one subscriber. */
export interface LoadConditionResult {
  readonly condition: string;
  readonly subscriber: string;
  /** In `unit`; null: not measured. */
  readonly found: number | null;
  readonly unit: string;
  readonly outcome: 'kept' | 'missed' | 'unknown';
  /** Why it is unknown; null: it is known. */
  readonly reason: string | null;
}

/** A moment of the load, with figures of the time since the one before. */
export interface SeriesPoint {
  /** Seconds from the start of the load. */
  readonly atS: number;
  readonly intendedPerS: number;
  readonly offeredPerS: number;
  /** Sent minus due, in microseconds; null: nothing was sent. */
  readonly lateP99Us: number | null;
  /** In the order of the report's subscribers. */
  readonly subscribers: readonly SubscriberPoint[];
}

export interface SubscriberPoint {
  readonly receivedPerS: number | null;
  /** Events behind. */
  readonly lag: number | null;
  /** Events lost so far. */
  readonly lost: number | null;
  readonly p99Us: number | null;
  /** Share of the time in which it had no room for more: 0 to 1. */
  readonly backedUpShare: number | null;
}

/** The result of a load test: what `--json` prints. */
export interface LoadReport {
  readonly schema: typeof LOAD_REPORT_SCHEMA;
  /** What the user calls the load test; null: nothing. */
  readonly title: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** How long the load went on, in seconds. */
  readonly durationS: number;
  /**
   * `end`: all stages were played; `condition`: one was missed, with `abortOnFail`; `blocked`: a subscriber had no room for longer
   * than `blockTimeoutS`; `signal`: stopped from outside.
   */
  readonly endedBy: 'end' | 'condition' | 'blocked' | 'signal';
  readonly verdict: Verdict;
  /** Why it is not a pass, in sentences; empty: it is one. */
  readonly reasons: readonly string[];
  readonly conditions: readonly LoadConditionResult[];
  /** What was sent, and with `damage`, `changes` and `unreadable` what was wrong with the databases. */
  readonly load: Pick<ReplayOutcome, 'damage' | 'changes' | 'unreadable'> & {
    readonly databases: readonly string[];
    readonly unit: StageUnit;
    readonly arrival: Arrival;
    readonly seed: number;
    readonly telescopes: number;
    readonly sent: number;
    readonly bytes: number;
    readonly stages: readonly StageResult[];
    /** In the order of `faults`. */
    readonly faults: readonly FaultResult[];
  };
  /** Whether the load was as intended, and the reference subscriber kept up. */
  readonly instrument: { readonly isValid: boolean; readonly faults: readonly string[] };
  /** What the instrument itself took. */
  readonly cost: {
    /** Share of a core that the sentinel took; null: there was none, or it is not known. */
    readonly sentinelCpuShare: number | null;
    /** How often connections were looked at, and how long that took in all, in milliseconds. */
    readonly looks: number;
    readonly looksMs: number;
  };
  /** What a search has found; null: there was none. */
  readonly search: SearchReport | null;
  readonly subscribers: readonly SubscriberResult[];
  /** In the order in which they came. */
  readonly agents: readonly AgentResult[];
  /** Those nearest to the publisher first. */
  readonly hops: readonly HopResult[];
  readonly series: readonly SeriesPoint[];
  readonly notices: readonly string[];
  /** Why the file of `ledger` or of `faultLog` could not be written completely; empty: nothing failed. */
  readonly writeFailures: readonly string[];
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cores: number;
    readonly cpu: string;
  };
}
