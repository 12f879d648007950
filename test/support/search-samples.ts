/** Made-up results of searches, for what shows them. Nothing in them was measured. */
import type {
  BurstSearchResult,
  SearchPhase,
  SearchResult,
  SearchTrial,
  SweepResult,
} from '../../src/loadtest/search/search-result.js';
import { searchRuns } from '../../src/loadtest/search/search-runs.js';
import { sweepLoads } from '../../src/loadtest/search/sweep.js';
import type { SearchReport } from '../../src/loadtest/search-report.js';
import { idealTrial, searchTrial, trialResult } from './made-up-trial.js';

const CAPACITY = 9800;

/** Trials of a subscriber that takes 9800/s, each with latencies that grow towards it. */
function trialsOf(
  steps: readonly (readonly [load: number, phase: SearchPhase, measuredS: number])[],
): SearchTrial[] {
  let startS = 0;
  return steps.map(([load, phase, measuredS]) => {
    const { subscribers, ...rest } = idealTrial({ load, measuredS }, CAPACITY);
    const p99Us =
      load <= CAPACITY ? 900 / (1.02 - load / CAPACITY) : 1e6 * ((load - CAPACITY) / CAPACITY) * measuredS;
    const timed = subscribers.map((each) => ({ ...each, p50Us: p99Us / 4, p99Us }));
    const trial = searchTrial({ ...rest, subscribers: timed }, { phase, startS });
    startS += trial.tookS;
    return trial;
  });
}

export function foundSearch(name = 'gui'): SearchResult {
  const trials = trialsOf([
    ...([2, 2].map((measuredS) => [5000, 'outward', measuredS]) as [number, SearchPhase, number][]),
    ...([2, 2].map((measuredS) => [10_500, 'outward', measuredS]) as [number, SearchPhase, number][]),
    ...([2.4, 2.4].map((measuredS) => [9600, 'narrow', measuredS]) as [number, SearchPhase, number][]),
    ...([2.4, 2.4].map((measuredS) => [10_080, 'narrow', measuredS]) as [number, SearchPhase, number][]),
    ...([5, 5].map((measuredS) => [10_080, 'confirm', measuredS]) as [number, SearchPhase, number][]),
    [9600, 'hold', 30],
    [10_080, 'confirm', 2.4],
  ]);
  return {
    ...{ unit: 'rate', verdict: 'found', endedBy: 'width', lower: 9600, upper: 10_080, heldS: 30 },
    gaveWay: {
      ...{ subscriber: name, missed: 'lag +2.8%/s', bad: 5, trials: 5 },
      gaveWay: { verdict: 'cpu-bound', evidence: 'its busiest thread ran 99% of the time' },
    },
    ...{ limitedBy: null, reasons: [] },
    loads: [
      { load: 5000, state: 'holds', good: 2, bad: 0, invalid: 0 },
      { load: 9600, state: 'holds', good: 3, bad: 0, invalid: 0 },
      { load: 10_080, state: 'fails', good: 0, bad: 5, invalid: 0 },
      { load: 10_500, state: 'fails', good: 0, bad: 2, invalid: 0 },
    ],
    ...{ trials, tookS: 102.4 },
  };
}

/** The instrument was the limit. */
export function limitedSearch(): SearchResult {
  const reasons = ['The load was not as intended: only 91.2% of it was sent'];
  const plan = { load: 60_000, measuredS: 2 };
  const invalid = trialResult(plan, { outcome: 'invalid', limit: 'load', reasons, offeredPerS: 54_720 });
  const good = trialResult({ load: 52_000, measuredS: 30 });
  return {
    ...{ unit: 'rate', verdict: 'at-least', endedBy: 'limit', lower: 52_000, upper: null, heldS: 30 },
    ...{ gaveWay: null, limitedBy: 'load' },
    reasons: [`At 60,000/s the instrument was the limit: ${reasons[0]}`],
    loads: [
      { load: 52_000, state: 'holds', good: 2, bad: 0, invalid: 0 },
      { load: 60_000, state: 'invalid', good: 0, bad: 0, invalid: 3 },
    ],
    trials: [
      searchTrial(trialResult({ load: 52_000, measuredS: 2 })),
      ...[4, 8, 12].map((startS) => searchTrial(invalid, { startS })),
      searchTrial(good, { phase: 'hold', startS: 16 }),
    ],
    tookS: 48,
  };
}

/** Nothing could be said. */
export function inconclusiveSearch(): SearchResult {
  const trial = trialResult(
    { load: 3.21, measuredS: 2 },
    { outcome: 'invalid', limit: 'machine', reasons: ['gui: starved'] },
  );
  return {
    ...{ unit: 'speed', verdict: 'inconclusive', endedBy: 'limit', lower: null, upper: null, heldS: 0 },
    ...{ gaveWay: null, limitedBy: 'machine' },
    reasons: ['No load was found that holds', '3 of 3 trials say nothing of the subscribers: gui: starved'],
    loads: [{ load: 3.21, state: 'invalid', good: 0, bad: 0, invalid: 3 }],
    trials: [0, 4, 8].map((startS) => searchTrial(trial, { startS })),
    tookS: 12,
  };
}

export function foundBurst(): BurstSearchResult {
  const burst = { reasons: [], limit: null, recoveryS: 0.4 };
  return {
    ...{
      verdict: 'found',
      endedBy: 'width',
      lower: 12_000,
      upper: 12_600,
      lost: ['gui'],
      limitedBy: null,
      reasons: [],
    },
    bursts: [
      ...[1, 2, 3].map(() => ({ ...burst, events: 12_000, outcome: 'good' as const, lost: [] })),
      { ...burst, events: 12_600, outcome: 'bad', lost: ['gui'], recoveryS: null },
    ],
  };
}

export function madeSweep(): SweepResult {
  const loads = sweepLoads({ from: 1000, to: 16_000, steps: 9 });
  return { unit: 'rate', trials: trialsOf(loads.map((load) => [load, 'sweep', 2] as const)), tookS: 40 };
}

/** What a report has of a search. */
export function searchReport(given: Partial<SearchReport> = {}): SearchReport {
  return { highest: null, burst: null, sweep: null, recoveryS: null, ...given };
}

/** One that has found the highest rate. */
export function foundReport(name?: string): SearchReport {
  return searchReport({ highest: searchRuns([foundSearch(name)]), recoveryS: 1.3 });
}
