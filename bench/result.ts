/**
 * What a benchmark leaves: one document, the same whether it is printed, written as JSON, compared with or drawn. It is
 * described for readers in docs/benchmark-format.md. All times in figures are in the unit that stands with the figure.
 */
import type { Environment } from './environment.js';
import type { Spread } from './spread.js';

/** Its number is raised whenever a reader of the one before would misread a document. */
export const SCHEMA = 'tcs-replay-bench/1';

export const LEVELS = ['quick', 'default', 'full'] as const;
/** How much is measured: a look in three minutes, what a change is judged by, everything. */
export type Level = (typeof LEVELS)[number];

/** A fact about how it was measured. */
export type Fact = string | number | boolean | null;
export type Facts = Readonly<Record<string, Fact>>;

export interface BenchResult {
  readonly schema: typeof SCHEMA;
  readonly level: Level;
  /** Rounds: in each, every case is measured once, after each other. */
  readonly runs: number;
  /** From the first trial to the last. */
  readonly durationS: number;
  readonly environment: Environment;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult extends ScenarioInfo {
  /** What holds for all cases: transport, high-water mark, receiver and its ceiling, sizes, seed. */
  readonly conditions: Facts;
  /** Sentences for whoever reads the figures. */
  readonly notes: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** What a scenario is about, and how its figures are shown. */
export interface ScenarioInfo {
  /** As on the command line: `end-to-end`. */
  readonly name: string;
  /** As a heading: `End to end`. */
  readonly title: string;
  /** What it answers, in a sentence. */
  readonly question: string;
  /** The first one is what the scenario is about. */
  readonly figures: readonly FigureInfo[];
  /** The pictures that show its figures best. */
  readonly charts: readonly Chart[];
}

/** `1/s`, `B/s`: a second. `share`: a part, 1 is all; of CPU time, 1 is a core. `count`: a number of things. `ratio`: how many times. */
export type Unit = '1/s' | 'B/s' | 'B' | 's' | 'us' | 'ns' | 'share' | 'count' | 'ratio' | 'ppm';

export interface FigureInfo {
  /** Its key in a trial's figures; it ends with its unit: `eventsPerS`, `p99Us`. */
  readonly name: string;
  /** As the head of a column: `events/s`. */
  readonly title: string;
  readonly unit: Unit;
  /** Which way is an improvement; null: neither. */
  readonly better: 'higher' | 'lower' | null;
  /** Whether results are compared by it. Figures that say the same twice, or little, are not. */
  readonly isCompared: boolean;
  /** Whether it stands in the table on the terminal; all are in the JSON. */
  readonly isShown: boolean;
}

/**
 * A picture of a scenario's cases. `cases` are the ids of those in it; undefined: all that have what it shows.
 *
 * - bars: a figure of each case, with its range
 * - curve: a figure over a number among the parameters; `series` names the parameter that tells lines apart
 * - spectrum: the percentiles of a histogram, on the axis 1 / (1 - percentile)
 * - course: rate and p99 over the time of a trial
 */
export type Chart = { readonly title: string; readonly cases?: readonly string[] } & (
  | { readonly kind: 'bars'; readonly figure: string }
  | { readonly kind: 'curve'; readonly figure: string; readonly x: string; readonly series?: string }
  | { readonly kind: 'spectrum'; readonly histogram: HistogramName }
  | { readonly kind: 'course' }
);

/** Who is measured: this project; the model of the reference; what the machine gives, as by a program in C. */
export type Subject = 'ours' | 'peer' | 'limit';

export interface CaseInfo {
  /** Unique in its scenario, and the same in every version: results are compared by it. */
  readonly id: string;
  readonly subject: Subject;
  /** What tells it from the other cases. */
  readonly parameters: Facts;
  /** The case that its figures are divided by, round by round; null: none. */
  readonly reference: string | null;
}

export interface CaseResult extends CaseInfo {
  readonly trials: readonly Trial[];
  readonly summary: CaseSummary;
}

/** What the trials of a case amount to. Figures are of the valid ones alone. */
export interface CaseSummary {
  readonly valid: number;
  readonly invalid: number;
  /** Of all trials; null where nothing is sent and received. */
  readonly counts: Counts | null;
  /** Null where no trial was valid, or one did not have it. */
  readonly figures: Readonly<Record<string, Spread | null>>;
  /** To the case of reference, round by round, where both were valid; empty where there is none. */
  readonly ratios: Readonly<Record<string, Spread | null>>;
  /** Of all valid trials together. */
  readonly histograms: Readonly<Partial<Record<HistogramName, Percentiles>>>;
}

/** A case that was measured once. It counts only where nothing is missing, and its rate was what it should be. */
export type Trial = {
  /** The round, from 1. */
  readonly run: number;
  /** Seconds from the start of the benchmark. */
  readonly startedS: number;
} & (({ readonly state: 'valid' } & Measurement) | InvalidTrial);

export type InvalidTrial = { readonly state: 'invalid'; readonly reasons: readonly string[] } & Measurement;

export interface Measurement {
  /** Null where nothing is sent and received. */
  readonly counts: Counts | null;
  /** Events a second: what was aimed at, and what came of it; null where there is no aim. */
  readonly targetPerS: number | null;
  readonly achievedPerS: number | null;
  /** By name; null where it could not be had. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly histograms: Readonly<Partial<Record<HistogramName, HistogramData>>>;
  /** How it went over its time, from the first event on; empty where that is not known. */
  readonly course: readonly CoursePoint[];
}

/** Of all subscribers together. */
export interface Counts {
  readonly expected: number;
  readonly received: number;
  readonly lost: number;
  readonly outOfOrder: number;
  /** Whether what came is what should have been sent, byte by byte; null where it was not looked at. */
  readonly isContentRight: boolean | null;
}

/** `lateness`: sent less due, by the publisher. `delivery`: received less due, by the subscriber. */
export const HISTOGRAM_NAMES = ['lateness', 'delivery'] as const;
export type HistogramName = (typeof HISTOGRAM_NAMES)[number];

/** A High Dynamic Range histogram of nanoseconds. */
export interface HistogramData extends Percentiles {
  /** The whole of it, compressed and in base64, as in a histogram log (HdrHistogram V2). */
  readonly encoded: string;
}

/** In microseconds. */
export interface Percentiles {
  readonly count: number;
  readonly minUs: number;
  readonly meanUs: number;
  readonly maxUs: number;
  /** From 0 on, closer and closer to 100: [percent, microseconds]. */
  readonly percentiles: readonly (readonly [percent: number, us: number])[];
}

export interface CoursePoint {
  /** The end of an interval, in seconds since the first event. */
  readonly atS: number;
  readonly eventsPerS: number;
  /** Of the interval; null where it is not known. */
  readonly p99Us: number | null;
}
