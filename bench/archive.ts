import { DEFAULT_HIGH_WATER_MARK } from '../src/options.js';
import type { SortBy } from '../src/sort-by.js';
import { archiveNights } from './archive-nights.js';
import { type CaseSummary, type CostSummary, summarizeCases, summarizeCosts } from './archive-summary.js';
import {
  type ArchivePlan,
  type ArchiveTrial,
  CACHE_STATES,
  type Index,
  runArchiveTrial,
  WAIT_SETUP_S,
} from './archive-trial.js';
import { type CostTrial, runCostTrial } from './cost-trial.js';
import { describeEnvironment, type Environment } from './environment.js';
import type { Night, NightOptions } from './night.js';
import { ProgramCache } from './program-cache.js';
import type { OursOptions } from './publisher.js';
import { ranksOf } from './ranks.js';
import { chooseReceiver, type ReceiverChoice } from './receiver.js';

/** `events` are those of the largest night. */
export interface ArchiveOptions extends NightOptions, Pick<OursOptions, 'workers' | 'highWaterMark'> {
  readonly runs: number;
  readonly indices: readonly Index[];
  readonly orders: readonly SortBy[];
  /** Events of the largest night that are played for a rate: the first ones of the order. */
  readonly playedEvents: number;
  /** Is told of each trial that ended. */
  readonly onTrial: (trial: ArchiveTrial) => void;
  readonly onCostTrial: (trial: CostTrial) => void;
}

/** Everything that was measured, and under what conditions. */
export interface ArchiveResult {
  readonly benchmark: 'archive';
  readonly environment: Environment;
  readonly conditions: ArchiveConditions;
  readonly nights: readonly (Night & { readonly index: Index })[];
  readonly trials: readonly ArchiveTrial[];
  readonly cases: readonly CaseSummary[];
  /** Of whole nights with an index; empty where that index was not asked for. */
  readonly costTrials: readonly CostTrial[];
  readonly costs: readonly CostSummary[];
}

export interface ArchiveConditions {
  readonly runs: number;
  readonly transport: string;
  readonly subscribers: number;
  readonly receiver: Pick<ReceiverChoice, 'language' | 'reason'>;
  readonly playedEvents: number;
  readonly highWaterMark: number;
  /** Null: its default. */
  readonly workers: number | null;
  readonly waitSetupS: number;
}

/**
 * Large databases: how soon the first event comes, how fast those after it, from which state and in which order; and
 * what an event costs in nights of different sizes.
 *
 * @throws Error where something needed is missing, or the reason of `signal`
 */
export async function archive(options: ArchiveOptions): Promise<ArchiveResult> {
  const { runs, workers, highWaterMark, playedEvents } = options;
  const environment = describeEnvironment();
  const receiver = chooseReceiver();
  const { sizes, largest } = await archiveNights(options.indices, options);
  const trials = await inAllStates(sizes[sizes.length - 1], largest, receiver, options);
  const costTrials = options.indices.includes('index') ? await ofAllSizes(sizes, receiver, options) : [];
  return {
    benchmark: 'archive',
    environment,
    conditions: {
      ...{ runs, transport: 'tcp 127.0.0.1', subscribers: 1, playedEvents, waitSetupS: WAIT_SETUP_S },
      receiver: { language: receiver.language, reason: receiver.reason },
      highWaterMark: highWaterMark ?? DEFAULT_HIGH_WATER_MARK,
      workers: workers ?? null,
    },
    nights: [
      ...sizes.slice(0, -1).map((night) => ({ ...night, index: 'index' as const })),
      ...largest.map(({ index, night }) => ({ ...night, index })),
    ],
    trials,
    cases: summarizeCases(trials),
    costTrials,
    costs: summarizeCosts(costTrials),
  };
}

async function inAllStates(
  indexed: Night,
  nights: readonly Pick<ArchivePlan, 'index' | 'night'>[],
  receiver: ReceiverChoice,
  options: ArchiveOptions,
): Promise<ArchiveTrial[]> {
  const { runs, orders, workers, highWaterMark, signal, onTrial, onMake } = options;
  const trials: ArchiveTrial[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const { index, night } of nights) {
      for (const order of orders) {
        const ranksPath = order === 'none' ? undefined : ranksOf(indexed, order, onMake);
        const programCache = new ProgramCache(`${index}-${order}`);
        try {
          // In this order: what is cached is what the cold trial has left.
          for (const cache of CACHE_STATES) {
            const trial = await runArchiveTrial({
              ...{ index, order, cache, run, night, receiver, ranksPath, programCache },
              ...{ events: options.playedEvents, workers, highWaterMark },
            });
            signal.throwIfAborted();
            trials.push(trial);
            onTrial(trial);
          }
        } finally {
          programCache.empty();
        }
      }
    }
  }
  return trials;
}

async function ofAllSizes(
  nights: readonly Night[],
  receiver: ReceiverChoice,
  { runs, workers, highWaterMark, signal, onCostTrial }: ArchiveOptions,
): Promise<CostTrial[]> {
  const trials: CostTrial[] = [];
  const programCache = new ProgramCache('cost');
  try {
    for (let run = 1; run <= runs; run++) {
      for (const night of nights) {
        const trial = await runCostTrial({ run, night, receiver, workers, highWaterMark, programCache });
        signal.throwIfAborted();
        trials.push(trial);
        onCostTrial(trial);
      }
    }
  } finally {
    programCache.empty();
  }
  return trials;
}
