import { describeEnvironment, type Environment } from './environment.js';
import { type PacedNight, type PacedNightOptions, pacedNight } from './paced-night.js';
import { type PacedAttempt, playPaced, WAIT_SETUP_S } from './paced-play.js';
import { PACED_PUBLISHER, type PacedPublisherName } from './paced-publisher.js';
import { type PacingSummary, summarizePacing } from './pacing-summary.js';
import { loadIntoPageCache } from './page-cache.js';
import { type ReceiverChoice, requireReceiverInC } from './receiver.js';

export interface PacingOptions extends Pick<PacedNightOptions, 'signal' | 'onMake'> {
  readonly runs: number;
  /** Of each trial. */
  readonly durationS: number;
  readonly ratesPerS: readonly number[];
  /** In the order in which they take turns. */
  readonly publishers: readonly PacedPublisherName[];
  /** Is told of each trial that ended. */
  readonly onTrial: (trial: PacingTrial) => void;
}

/** One publisher with one night. */
export type PacingTrial = {
  readonly publisher: PacedPublisherName;
  readonly ratePerS: number;
  /** Which repetition it is, from 1. */
  readonly run: number;
} & PacedAttempt;

/** Everything that was measured, and under what conditions. */
export interface PacingResult {
  readonly benchmark: 'pacing';
  readonly environment: Environment;
  readonly conditions: {
    readonly runs: number;
    readonly durationS: number;
    readonly speedup: number;
    readonly transport: string;
    readonly subscribers: number;
    readonly receiver: Pick<ReceiverChoice, 'language'>;
    readonly waitSetupS: number;
  };
  readonly nights: readonly PacedNight[];
  readonly trials: readonly PacingTrial[];
  readonly summaries: readonly PacingSummary[];
}

/**
 * How late events are at the recorded pace, and what it costs: publishers take turns with the same night and receiver.
 *
 * @throws Error where something needed is missing, or the reason of `signal`
 */
export async function pacing(options: PacingOptions): Promise<PacingResult> {
  const { runs, durationS, ratesPerS, publishers, signal, onTrial } = options;
  const environment = describeEnvironment();
  const receiver = requireReceiverInC();
  const nights: PacedNight[] = [];
  for (const ratePerS of ratesPerS) nights.push(await pacedNight({ ...options, ratePerS }));
  const trials: PacingTrial[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const night of nights) {
      loadIntoPageCache(night.path);
      for (const publisher of publishers) {
        const plan = { publisher: PACED_PUBLISHER[publisher], night, receiver, speedup: 1 };
        const attempt = await playPaced({ ...plan, measure: 'lateness' });
        signal.throwIfAborted();
        const trial = { publisher, ratePerS: night.ratePerS, run, ...attempt };
        trials.push(trial);
        onTrial(trial);
      }
    }
  }
  return {
    benchmark: 'pacing',
    environment,
    conditions: {
      ...{
        runs,
        durationS,
        speedup: 1,
        transport: 'tcp 127.0.0.1',
        subscribers: 1,
        waitSetupS: WAIT_SETUP_S,
      },
      receiver: { language: receiver.language },
    },
    nights,
    trials,
    summaries: summarizePacing(trials),
  };
}
