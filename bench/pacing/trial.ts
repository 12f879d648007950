import type { Measured } from '../scenario.js';
import { latenessIn } from './lateness-figures.js';
import { type PacedPlan, playPaced } from './paced-play.js';

/** One trial of this scenario. */
export type PacingPlan = Omit<PacedPlan, 'measure' | 'speedup' | 'warmUpS'> &
  Required<Pick<PacedPlan, 'warmUpS'>>;

/**
 * Replays a night once and measures how late its events were sent and received.
 *
 * @throws Error if a program fails
 */
export async function measurePacing(plan: PacingPlan): Promise<Measured> {
  const play = await playPaced({ ...plan, speedup: 1, measure: 'lateness' });
  const { reasons, counts, targetPerS, achievedPerS, sent, reception, coreShare } = play;
  const delivery = reception.lateness?.histogram;
  return {
    ...{ reasons, counts, targetPerS, achievedPerS },
    figures: { ...latenessIn('send', sent.lateness), ...latenessIn('delivery', delivery), coreShare },
    histograms: { lateness: sent.lateness, ...(delivery && { delivery }) },
    course: reception.course,
  };
}
