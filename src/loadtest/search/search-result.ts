import type { StageUnit } from '../stage-spec.js';
import type { GaveWay } from '../what-gave-way.js';
import type { TrialPlan, TrialResult } from './trial.js';

/**
 * What a trial is for. `outward`: to find a load that holds and one that does not. `narrow`: between these two. `confirm`: more
 * trials of the upper bound. `hold`: one long trial of the lower bound. `sweep`: one of a list of loads.
 */
export type SearchPhase = 'outward' | 'narrow' | 'confirm' | 'hold' | 'sweep';

/** A trial of a search. */
export interface SearchTrial extends TrialResult {
  readonly phase: SearchPhase;
  /** Seconds from the start of the search until it began, and what it took with warm-up, drain and settling. */
  readonly startS: number;
  readonly tookS: number;
}

/**
 * What the trials of a load say. `holds`, `fails`: most agree. `disagree`: they do not. `invalid`: too many said nothing about
 * subscribers. `open`: they were too few.
 */
export type LoadState = 'holds' | 'fails' | 'disagree' | 'invalid' | 'open';

/** What was found of a load. */
export interface SearchedLoad {
  readonly load: number;
  readonly state: LoadState;
  /** Number of trials by their outcome. */
  readonly good: number;
  readonly bad: number;
  readonly invalid: number;
}

/** The subscriber that did not bear the upper bound. */
export interface SearchGaveWay {
  readonly subscriber: string;
  /** What it missed, such as `lag +4.1%/s`: of the trial that stands in the middle. */
  readonly missed: string;
  /** Number of trials of the load in which it missed something, and of all that are valid. */
  readonly bad: number;
  readonly trials: number;
  /** Null: not known. */
  readonly gaveWay: GaveWay | null;
}

/**
 * `found`: the lower bound held, and the upper one did not. `at-least`: the lower bound held, and what is above could not be tried, since
 * the instrument or the machine was the limit, or there was no higher load. `inconclusive`: neither.
 */
export type SearchVerdict = 'found' | 'at-least' | 'inconclusive';

/**
 * `width`: the bounds are as close as asked for. `noise`: trials disagree, or too many were invalid, so that they cannot be closer. `limit`:
 * the instrument, the machine, or the highest or lowest load that can be tried. `time`: its time was used up. `stopped`: from outside.
 */
export type SearchEnd = 'width' | 'noise' | 'limit' | 'time' | 'stopped';

/** What a search for the highest load that holds has found. */
export interface SearchResult {
  readonly unit: StageUnit;
  readonly verdict: SearchVerdict;
  readonly endedBy: SearchEnd;
  /** Highest load that held: the figure. Null: none did. */
  readonly lower: number | null;
  /** Lowest load above that did not hold. Null: none was found. */
  readonly upper: number | null;
  /** Measured time for which the lower bound held in one trial, in seconds; 0: it was not held for `holdS`. */
  readonly heldS: number;
  /** Who did not bear the upper bound; null: there is none. */
  readonly gaveWay: SearchGaveWay | null;
  /** What kept the search from higher loads; null: nothing. */
  readonly limitedBy: TrialResult['limit'];
  /** Why the verdict is not `found`, and what makes the bracket wider than asked for, in sentences. Empty: neither is so. */
  readonly reasons: readonly string[];
  /** Ascending. */
  readonly loads: readonly SearchedLoad[];
  /** In the order in which they were run. */
  readonly trials: readonly SearchTrial[];
  readonly tookS: number;
}

/** How a search stands: told before each trial. */
export interface SearchProgress {
  readonly unit: StageUnit;
  readonly phase: SearchPhase;
  /** The trial that begins now, and its number, from 1. */
  readonly trial: TrialPlan;
  readonly number: number;
  /** The bracket so far: highest load that held, lowest that did not. Null: none yet. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Seconds since the search began, and at most until it ends; null: it has no such time. */
  readonly elapsedS: number;
  readonly leftS: number | null;
  /** Those that have ended. */
  readonly trials: readonly SearchTrial[];
}

/** The results of a search that was repeated. */
export interface SearchRuns {
  readonly runs: readonly SearchResult[];
  /** Of the lower bounds of runs whose verdict is `found`, or `at-least` if none is; null: there are none. */
  readonly median: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** `found` if most runs are; `at-least` if most are `found` or `at-least`. */
  readonly verdict: SearchVerdict;
}

/** Trials of a list of loads. */
export interface SweepResult {
  readonly unit: StageUnit;
  /** Ascending by load: of each the valid trial, or the last one if none is valid. */
  readonly trials: readonly SearchTrial[];
  readonly tookS: number;
}

/** Events that are sent back to back, as fast as the publisher can, and what came of it. */
export interface BurstResult {
  readonly events: number;
  /** `bad`: a subscriber lost some. */
  readonly outcome: TrialResult['outcome'];
  readonly reasons: readonly string[];
  readonly limit: TrialResult['limit'];
  /** Names of those that lost some. */
  readonly lost: readonly string[];
  /** Time until all had what they did not lose, in seconds; null: not known. */
  readonly recoveryS: number | null;
}

/** How a search for the largest burst stands: told before each burst. */
export interface BurstProgress {
  /** Events of the burst that begins now, and its number, from 1. */
  readonly events: number;
  readonly number: number;
  /** The largest one so far that was borne each time, and the smallest one of which something was lost. Null: none yet. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Seconds since the search began, and at most until it ends. */
  readonly elapsedS: number;
  readonly leftS: number;
  /** Those that have ended. */
  readonly bursts: readonly BurstResult[];
}

/** Sends one burst. @throws what ends the whole load test */
export type RunBurst = (events: number) => Promise<BurstResult>;

/** The most events back to back that nobody loses (RFC 2544, 26.4): the high-water mark that is needed for them. */
export interface BurstSearchResult {
  readonly verdict: SearchVerdict;
  readonly endedBy: SearchEnd;
  /** Largest burst of which nothing was lost, each time; null: none. */
  readonly lower: number | null;
  /** Smallest one above of which something was lost; null: none. */
  readonly upper: number | null;
  /** Names of those that lost some of the upper bound. */
  readonly lost: readonly string[];
  readonly limitedBy: TrialResult['limit'];
  readonly reasons: readonly string[];
  readonly bursts: readonly BurstResult[];
}
