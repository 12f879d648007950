import { DEFAULT_HIGH_WATER_MARK } from '../src/options.js';
import { describeEnvironment, type Environment } from './environment.js';
import { type Night, type NightOptions, seededNight } from './night.js';
import { dropFromPageCache, loadIntoPageCache } from './page-cache.js';
import type { OursOptions, PublisherName } from './publisher.js';
import { chooseReceiver, type ReceiverChoice } from './receiver.js';
import { measureStart, type Start } from './start.js';
import { type Summary, summarize } from './summary.js';
import { runTrial, type Trial, type TrialPlan, WAIT_SETUP_S } from './trial.js';

export interface EndToEndOptions extends OursOptions, NightOptions {
  readonly runs: number;
  /** In the order in which they take turns. */
  readonly publishers: readonly PublisherName[];
  readonly isCold: boolean;
  /** Whether a night ten times as large is measured too, once. */
  readonly isLarge: boolean;
  /** Is told of each trial that ended. */
  readonly onTrial: (trial: Trial, night: Night) => void;
}

/** Everything that was measured, and under what conditions. */
export interface EndToEndResult {
  readonly benchmark: 'end-to-end';
  readonly environment: Environment;
  readonly conditions: Conditions;
  readonly night: Night;
  readonly trials: readonly Trial[];
  readonly summary: Summary;
  /** Of ours; null where only the peer was measured. */
  readonly start: Start | null;
  /** The same with ten times the events; null where that was not asked for. */
  readonly large: {
    readonly night: Night;
    readonly trials: readonly Trial[];
    readonly summary: Summary;
    readonly start: Start | null;
  } | null;
}

export interface Conditions {
  readonly runs: number;
  readonly transport: string;
  readonly subscribers: number;
  readonly receiver: Pick<ReceiverChoice, 'language' | 'reason'>;
  /** Of ours; 0: none, as the peer's always is. */
  readonly highWaterMark: number;
  /** Of ours; null: its default. */
  readonly workers: number | null;
  readonly waitSetupS: number;
  /** Whether the night is read from the disk, or from memory. `unavailable`: from the disk was asked for, in vain. */
  readonly pageCache: 'warm' | 'cold' | 'unavailable';
}

const LARGE_FACTOR = 10;
const LARGE_RUNS = 1;

/**
 * The whole way, database to subscriber, flat out: publishers take turns with the same night and receiver.
 *
 * @throws Error where something needed is missing, or the reason of `signal`
 */
export async function endToEnd(options: EndToEndOptions): Promise<EndToEndResult> {
  const { runs, workers, highWaterMark } = options;
  const environment = describeEnvironment();
  const receiver = chooseReceiver();
  const night = await seededNight(options);
  const isCold = options.isCold && dropFromPageCache(night.path);
  const large = options.isLarge
    ? await seededNight({ ...options, events: LARGE_FACTOR * options.events })
    : undefined;
  const shared = { ...options, receiver, isCold };
  const results = await measure(night, runs, shared);
  return {
    benchmark: 'end-to-end',
    environment,
    conditions: {
      runs,
      transport: 'tcp 127.0.0.1',
      subscribers: 1,
      receiver: { language: receiver.language, reason: receiver.reason },
      highWaterMark: highWaterMark ?? DEFAULT_HIGH_WATER_MARK,
      workers: workers ?? null,
      waitSetupS: WAIT_SETUP_S,
      pageCache: isCold ? 'cold' : options.isCold ? 'unavailable' : 'warm',
    },
    night,
    ...results,
    large: large === undefined ? null : { night: large, ...(await measure(large, LARGE_RUNS, shared)) },
  };
}

type Shared = EndToEndOptions & Pick<TrialPlan, 'receiver'>;

async function measure(
  night: Night,
  trialsEach: number,
  options: Shared,
): Promise<{ trials: Trial[]; summary: Summary; start: Start | null }> {
  const { publishers, isCold, signal, onTrial } = options;
  if (!isCold) loadIntoPageCache(night.path);
  const trials: Trial[] = [];
  for (let run = 1; run <= trialsEach; run++) {
    for (const publisher of publishers) {
      const trial = await runTrial({ ...options, night, publisher, run });
      signal.throwIfAborted();
      trials.push(trial);
      onTrial(trial, night);
    }
  }
  const start = publishers.includes('ours') ? await measureStart({ ...options, night }) : null;
  return { trials, summary: summarize(trials), start };
}
