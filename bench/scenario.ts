import type { Histogram } from 'hdr-histogram-js';
import type { CaseInfo, CoursePoint, Facts, HistogramName, Measurement, ScenarioInfo } from './result.js';
import type { Settings } from './settings.js';

/**
 * One thing to measure. Each has a folder of its own: `scenario.ts`, what it needs, and the program that it
 * measures.
 */
export interface Scenario extends ScenarioInfo {
  /** Whether it runs only if named, since it takes long. */
  readonly isOnRequest?: boolean;
  /**
   * Makes what the cases need, such as nights.
   *
   * @throws Error if something is missing without which nothing can be measured
   */
  readonly prepare: (settings: Settings) => Promise<Prepared>;
}

/** A scenario that is ready to be measured. */
export interface Prepared {
  readonly conditions: Facts;
  readonly notes: readonly string[];
  /** In the order in which a round measures them. */
  readonly cases: readonly Case[];
  /** Removes whatever was made for this benchmark alone. */
  readonly close?: () => void;
}

export interface Case extends CaseInfo {
  /**
   * Measures the case once, in a process that ends before this resolves. An error makes the trial invalid.
   */
  readonly measure: () => Promise<Measured>;
}

/** The outcome of a trial. */
export interface Measured extends Partial<Pick<Measurement, 'counts' | 'targetPerS' | 'achievedPerS'>> {
  /** Why the trial is invalid; empty if it is valid. */
  readonly reasons: readonly string[];
  readonly figures: Measurement['figures'];
  /** Values in nanoseconds. */
  readonly histograms?: Readonly<Partial<Record<HistogramName, Histogram>>>;
  readonly course?: readonly CoursePoint[];
}
