/** What the page is told of a load test. Times `…S` are seconds since the load, or the search, began. null: not known. */

/** How the load stands, some four times a second. */
export interface LoadNow {
  /** `waiting`: the load has not begun. `drain`: it has ended, and subscribers receive what is queued. `over`: it was judged. */
  readonly phase: 'waiting' | 'load' | 'drain' | 'over';
  /** Of all stages; in a search, of the present trial. */
  readonly atS: number;
  readonly durationS: number;
  /** Number of the present stage, from 1; 0: there are no stages, but trials. */
  readonly stage: number;
  /** What is aimed at: `1,000/s`, `10x`; null: nothing now. */
  readonly intended: string | null;
  readonly offeredPerS: number;
  readonly lateP99Us: number | null;
  readonly sent: number;
}

/** What changes less often: sent when it has. */
export interface LoadCourse {
  /** What the user calls the load test; null: nothing. */
  readonly title: string | null;
  /** Empty: it searches. */
  readonly stages: readonly LoadStage[];
  /** null: it does not search. */
  readonly search: LoadSearch | null;
  readonly conditions: readonly LoadConditionRow[];
  /** Further ones, which are left out. */
  readonly omittedConditions: number;
  /** null: it was not judged yet. */
  readonly verdict: LoadVerdict | null;
  /** The latest sentences for the user; the newest last. */
  readonly notices: readonly string[];
}

export interface LoadStage {
  /** What is aimed at: `1,000/s to 2,000/s`. */
  readonly text: string;
  readonly durationS: number;
  /** How much of that time was played; 0: it comes. */
  readonly playedS: number;
  /** Events due, and sent, in that time. */
  readonly intended: number;
  readonly offered: number;
  readonly lateP99Us: number | null;
}

/** A search: what it looks for, what is tried now, and what was tried. */
export interface LoadSearch {
  /** `the highest rate`, `the largest burst`, `1,000/s to 20,000/s in 10 steps`. */
  readonly goal: string;
  /** What is tried now: `9,600/s for 4.00s, trial 12, narrow`; null: nothing. */
  readonly now: string | null;
  /** The load that is tried now; null: none. */
  readonly load: number | null;
  /** Seconds since it began when the present trial did, and at most until it ends. */
  readonly elapsedS: number | null;
  readonly leftS: number | null;
  /** Whether it looks for bounds; a sweep does not. */
  readonly hasBounds: boolean;
  /** The highest load that held, and the lowest that did not. */
  readonly lower: LoadBound | null;
  readonly upper: LoadBound | null;
  /** In the order in which they were run: the latest ones, if they are many. */
  readonly trials: readonly LoadTrial[];
  /** Earlier ones that are left out. */
  readonly omitted: number;
}

export interface LoadBound {
  readonly load: number;
  readonly text: string;
}

export interface LoadTrial {
  /** From 1. */
  readonly number: number;
  readonly load: number;
  readonly text: string;
  /** What it was for, in a word; empty: of a burst. */
  readonly purpose: string;
  readonly outcome: 'good' | 'bad' | 'invalid';
  /** Measured time; null: of a burst. */
  readonly measuredS: number | null;
  readonly offeredPerS: number | null;
  /** Of the worst subscriber: growth of its lag a second, as a share of what was sent; latency p99; events lost. */
  readonly lagShare: number | null;
  readonly p99Us: number | null;
  readonly lost: number | null;
  /** Why it is not good; empty: it is. */
  readonly why: string;
}

/** A condition of `--fail-if`: before the end as it was given, and then for each subscriber. */
export interface LoadConditionRow {
  readonly condition: string;
  /** Empty: each. */
  readonly subscriber: string;
  /** null: it was not judged yet. */
  readonly outcome: 'kept' | 'missed' | 'unknown' | null;
  /** What was found, with its unit, or why it is unknown. */
  readonly found: string;
}

export interface LoadVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly title: string; // 'PASS'
  readonly headline: string;
  /** What a search has found, in sentences. */
  readonly findings: readonly string[];
  readonly reasons: readonly string[];
}

/** A subscriber as it was seen last. */
export interface SubscriberRow {
  /** Its place among all. It keeps it. */
  readonly id: number;
  readonly name: string;
  /** What its figures are known by: `own count`, `checks in`, `agent a1`, `endpoint`, `connection`, `nothing yet`. */
  readonly knownBy: string;
  readonly state: 'joining' | 'receiving' | 'left' | 'gone' | 'silent' | 'unconnected';
  readonly received: number | null;
  readonly receivedPerS: number | null;
  /** Events behind: now, and at most so far. */
  readonly lag: number | null;
  readonly mostLag: number | null;
  readonly lost: number | null;
  /** The same as a text: `12`, `up to 5`, `unknown`. */
  readonly lostText: string;
  /** Latency so far. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Share of the last moments in which its connection had no room: 0 to 1. */
  readonly backedUpShare: number | null;
  /** Whether that is much. */
  readonly isBackedUp: boolean;
}

/** The load in one second. Of subscribers without the sentinel. */
export interface LoadPoint {
  /** Events a second that were aimed at; null: a speed was, or nothing. */
  readonly intendedPerS: number | null;
  readonly offeredPerS: number;
  /** Most events that one was behind by. */
  readonly mostLag: number | null;
  /** Events lost so far by all together. */
  readonly lost: number | null;
  /** Greatest latency p99 of a subscriber's last moments. */
  readonly p99Us: number | null;
}
