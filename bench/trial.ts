import type { Night } from './night.js';
import { dropFromPageCache } from './page-cache.js';
import { type Attempt, play } from './play.js';
import type { OursOptions, PublisherName } from './publisher.js';
import type { ReceiverChoice } from './receiver.js';

/** What is measured once. */
export interface TrialPlan extends OursOptions {
  readonly publisher: PublisherName;
  /** Which repetition it is, from 1. */
  readonly run: number;
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  /** Whether the night is to be read from the disk. */
  readonly isCold: boolean;
}

/** What came of it. */
export type Trial = { readonly publisher: PublisherName; readonly run: number } & Attempt;

/** Long enough for a subscriber that tries to connect every 10 ms, on a machine that is busy. */
export const WAIT_SETUP_S = 0.5;

const START_TIMEOUT_MS = 60_000;

/** Has one publisher, in a process of its own, send a night to a receiver in another. */
export async function runTrial(plan: TrialPlan): Promise<Trial> {
  const { publisher, run, night, isCold } = plan;
  if (isCold) dropFromPageCache(night.path);
  const attempt = await play({ ...plan, waitSetupS: WAIT_SETUP_S, startTimeoutMs: START_TIMEOUT_MS });
  return { publisher, run, ...attempt };
}
