import type { Histogram } from 'hdr-histogram-js';
import type { CaseInfo, CoursePoint, Facts, HistogramName, Measurement, ScenarioInfo } from './result.js';
import type { Settings } from './settings.js';

/** One of the things that are measured. */
export interface Scenario extends ScenarioInfo {
  /** Whether it takes so long that it is measured only where it is named. */
  readonly isOnRequest?: boolean;
  /**
   * Makes what its cases need, such as nights.
   *
   * @throws Error where something is missing without which there is nothing to measure
   */
  readonly prepare: (settings: Settings) => Promise<Prepared>;
}

/** A scenario that is ready to be measured. */
export interface Prepared {
  readonly conditions: Facts;
  readonly notes: readonly string[];
  /** In the order in which they take turns. */
  readonly cases: readonly Case[];
  /** Removes what was made for this run alone. */
  readonly close?: () => void;
}

export interface Case extends CaseInfo {
  /** Measures it once, in a process of its own that ends before this resolves. What it throws makes the trial invalid. */
  readonly measure: () => Promise<Measured>;
}

/** What a trial gave. */
export interface Measured extends Partial<Pick<Measurement, 'counts' | 'targetPerS' | 'achievedPerS'>> {
  /** Why it does not count; empty where it does. */
  readonly reasons: readonly string[];
  readonly figures: Measurement['figures'];
  /** Of nanoseconds. */
  readonly histograms?: Readonly<Partial<Record<HistogramName, Histogram>>>;
  readonly course?: readonly CoursePoint[];
}
