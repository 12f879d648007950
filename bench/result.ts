/**
 * The types of a benchmark's result: one document, whether it is printed, written as JSON, compared or drawn.
 * docs/benchmark-format.md describes it for readers. A figure's times are in the figure's unit.
 */
import type { Environment } from './environment.js';
import type { Spread } from './spread.js';

/** Raise the number whenever a reader of the version before would misread a document. */
export const SCHEMA = 'tcs-replay-bench/1';

export const LEVELS = ['quick', 'default', 'full'] as const;
/** How much is measured: a look in three minutes, what a change is judged by, or everything. */
export type Level = (typeof LEVELS)[number];

/** A condition of the measurement, or a parameter of a case. */
export type Fact = string | number | boolean | null;
export type Facts = Readonly<Record<string, Fact>>;

export interface BenchResult {
  readonly schema: typeof SCHEMA;
  readonly level: Level;
  /** Number of rounds. In a round every case is measured once, one after another. */
  readonly runs: number;
  /** Seconds from the start of the first trial to the end of the last. */
  readonly durationS: number;
  readonly environment: Environment;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult extends ScenarioInfo {
  /** What holds for all cases: transport, high-water mark, receiver, sizes, seed. */
  readonly conditions: Facts;
  /** Sentences that help to read the figures. */
  readonly notes: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** What a scenario measures, and how its figures are shown. */
export interface ScenarioInfo {
  /** Its name on the command line: `end-to-end`. */
  readonly name: string;
  /** A heading: `End to end`. */
  readonly title: string;
  /** The question that it answers, as a sentence. */
  readonly question: string;
  /** The first one is the main figure. */
  readonly figures: readonly FigureInfo[];
  /** The charts that show its figures best. */
  readonly charts: readonly Chart[];
}

/**
 * `1/s`, `B/s`: per second. `share`: a part of a whole, where 1 is all; of CPU time, 1 is one core. `count`:
 * a number of things. `ratio`: a factor.
 */
export type Unit = '1/s' | 'B/s' | 'B' | 's' | 'us' | 'ns' | 'share' | 'count' | 'ratio' | 'ppm';

export interface FigureInfo {
  /** Key in a trial's figures. It ends with its unit: `eventsPerS`, `p99Us`. */
  readonly name: string;
  /** Column head: `events/s`. */
  readonly title: string;
  readonly unit: Unit;
  /** Which direction is an improvement; null: neither. */
  readonly better: 'higher' | 'lower' | null;
  /** Whether results are compared by it. False for figures that repeat another one or say little. */
  readonly isCompared: boolean;
  /** Whether the table on the terminal has it. The JSON has all figures. */
  readonly isShown: boolean;
}

/**
 * A chart of a scenario's cases. `cases` are the ids of the cases in it; undefined: all that have the data.
 *
 * - bars: a figure of each case, with its range
 * - curve: a figure over a numeric parameter; `series` names the parameter that distinguishes the lines
 * - spectrum: the percentiles of a histogram, on the axis 1 / (1 - percentile)
 * - course: rate and p99 over the time of a trial
 */
export type Chart = { readonly title: string; readonly cases?: readonly string[] } & (
  | { readonly kind: 'bars'; readonly figure: string }
  | { readonly kind: 'curve'; readonly figure: string; readonly x: string; readonly series?: string }
  | { readonly kind: 'spectrum'; readonly histogram: HistogramName }
  | { readonly kind: 'course' }
);

/**
 * What a case measures: this project; the model of the reference; or what the machine allows, such as a
 * program in C.
 */
export type Subject = 'ours' | 'peer' | 'limit';

export interface CaseInfo {
  /** Unique in its scenario and stable across versions: results are compared by it. */
  readonly id: string;
  readonly subject: Subject;
  /** What distinguishes it from the other cases. */
  readonly parameters: Facts;
  /** Id of the case that its figures are divided by, round by round; null: none. */
  readonly reference: string | null;
}

export interface CaseResult extends CaseInfo {
  readonly trials: readonly Trial[];
  readonly summary: CaseSummary;
}

/** Summary of a case's trials. Figures cover the valid ones only. */
export interface CaseSummary {
  readonly valid: number;
  readonly invalid: number;
  /** Sum over all trials; null if the scenario sends nothing. */
  readonly counts: Counts | null;
  /** Null if no trial was valid, or a valid one lacks the figure. */
  readonly figures: Readonly<Record<string, Spread | null>>;
  /** Ratios to the case of reference, over the rounds in which both were valid; empty without such a case. */
  readonly ratios: Readonly<Record<string, Spread | null>>;
  /** Merged over all valid trials. */
  readonly histograms: Readonly<Partial<Record<HistogramName, Percentiles>>>;
}

/** One measurement of a case. It is valid only if no event is missing and the rate was the intended one. */
export type Trial = {
  /** Number of the round, from 1. */
  readonly run: number;
  /** Seconds since the start of the benchmark. */
  readonly startedS: number;
} & (({ readonly state: 'valid' } & Measurement) | InvalidTrial);

export type InvalidTrial = { readonly state: 'invalid'; readonly reasons: readonly string[] } & Measurement;

export interface Measurement {
  /** Null if the scenario sends nothing. */
  readonly counts: Counts | null;
  /** Events per second: the target, and what was achieved; null if there is no target. */
  readonly targetPerS: number | null;
  readonly achievedPerS: number | null;
  /** By name; null if not available. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly histograms: Readonly<Partial<Record<HistogramName, HistogramData>>>;
  /** How the trial developed, from the first event on; empty if unknown. */
  readonly course: readonly CoursePoint[];
}

/** Sums over all subscribers. */
export interface Counts {
  readonly expected: number;
  readonly received: number;
  readonly lost: number;
  readonly outOfOrder: number;
  /** Whether the received bytes are those that should have been sent; null if not checked. */
  readonly isContentRight: boolean | null;
}

/**
 * `lateness`: time sent minus time due, by the publisher. `delivery`: time received minus time due, by the
 * subscriber.
 */
export const HISTOGRAM_NAMES = ['lateness', 'delivery'] as const;
export type HistogramName = (typeof HISTOGRAM_NAMES)[number];

/** A High Dynamic Range histogram of nanoseconds. */
export interface HistogramData extends Percentiles {
  /** The whole histogram, compressed and in base64, as in a histogram log (HdrHistogram V2). */
  readonly encoded: string;
}

/** Values in microseconds. */
export interface Percentiles {
  readonly count: number;
  readonly minUs: number;
  readonly meanUs: number;
  readonly maxUs: number;
  /** [percent, microseconds] from 0 on, ever closer to 100. */
  readonly percentiles: readonly (readonly [percent: number, us: number])[];
}

export interface CoursePoint {
  /** End of the interval, in seconds since the first event. */
  readonly atS: number;
  readonly eventsPerS: number;
  /** 99th percentile of the interval; null if unknown. */
  readonly p99Us: number | null;
}
