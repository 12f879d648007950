import { type ArchiveCase, type ArchiveTrial, CACHE_STATES, INDICES } from './archive-trial.js';
import type { CostTrial } from './cost-trial.js';
import { type Spread, spreadOfKnown } from './spread.js';

interface Count {
  readonly trials: number;
  readonly invalidTrials: number;
  /** Of all trials. */
  readonly lost: number;
}

/** What the trials of one case amount to. Spreads are of the valid trials; null where there is none. */
export interface CaseSummary extends ArchiveCase, Count {
  readonly firstEventS: Spread | null;
  readonly eventsPerS: Spread | null;
  readonly peakRssBytes: Spread | null;
  readonly keptBytes: Spread | null;
}

/** What an event costs in a night of one size. */
export interface CostSummary extends Count {
  readonly events: number;
  readonly costCpuUs: Spread | null;
  readonly costWallUs: Spread | null;
  readonly peakRssBytes: Spread | null;
  /** Medians, to those of the smallest night; null where either is not known. */
  readonly ratios: {
    readonly costCpu: number | null;
    readonly costWall: number | null;
    readonly peakRss: number | null;
  };
}

/** A summary of each case that has trials. */
export function summarizeCases(trials: readonly ArchiveTrial[]): CaseSummary[] {
  const orders = [...new Set(trials.map(({ order }) => order))];
  const cases = INDICES.flatMap((index) =>
    orders.flatMap((order) => CACHE_STATES.map((cache) => ({ index, order, cache }))),
  );
  return cases.flatMap((one) => {
    const own = trials.filter(
      ({ index, order, cache }) => index === one.index && order === one.order && cache === one.cache,
    );
    const valid = own.filter(isValid);
    if (own.length === 0) return [];
    return {
      ...one,
      ...countOf(own),
      firstEventS: spreadOfKnown(valid.map(({ firstEventS }) => firstEventS)),
      eventsPerS: spreadOfKnown(valid.map(({ eventsPerS }) => eventsPerS)),
      peakRssBytes: spreadOfKnown(valid.map(({ peakRssBytes }) => peakRssBytes)),
      keptBytes: spreadOfKnown(valid.map(({ keptBytes }) => keptBytes)),
    };
  });
}

/** A summary of each size, the smallest first. */
export function summarizeCosts(trials: readonly CostTrial[]): CostSummary[] {
  const sizes = [...new Set(trials.map(({ events }) => events))].sort((a, b) => a - b);
  const summaries = sizes.map((size) => {
    const own = trials.filter(({ events }) => events === size);
    const valid = own.filter(isValid);
    return {
      events: size,
      ...countOf(own),
      costCpuUs: spreadOfKnown(valid.map(({ costCpuUs }) => costCpuUs)),
      costWallUs: spreadOfKnown(valid.map(({ costWallUs }) => costWallUs)),
      peakRssBytes: spreadOfKnown(valid.map(({ peakRssBytes }) => peakRssBytes)),
    };
  });
  const [smallest] = summaries;
  return summaries.map((summary) => ({
    ...summary,
    ratios: {
      costCpu: ratio(summary.costCpuUs, smallest.costCpuUs),
      costWall: ratio(summary.costWallUs, smallest.costWallUs),
      peakRss: ratio(summary.peakRssBytes, smallest.peakRssBytes),
    },
  }));
}

function countOf(trials: readonly (ArchiveTrial | CostTrial)[]): Count {
  return {
    trials: trials.length,
    invalidTrials: trials.filter((trial) => !isValid(trial)).length,
    lost: trials.reduce((sum, { lost = 0 }) => sum + lost, 0),
  };
}

function ratio(spread: Spread | null, base: Spread | null): number | null {
  return spread === null || base === null ? null : spread.median / base.median;
}

function isValid<T extends { state: 'valid' | 'invalid' }>(
  trial: T,
): trial is Extract<T, { state: 'valid' }> {
  return trial.state === 'valid';
}
