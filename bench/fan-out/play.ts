import { type MeasuredOutcome, type MeasureOptions, runMeasured } from '../measured-program.js';
import type { Night } from '../night.js';
import { WAIT_SETUP_S } from '../publisher.js';
import type { Reception } from '../reception.js';
import { requireSuccess } from '../require-success.js';
import type { Receivers } from './receivers.js';

/** The outcomes of a publisher and its receivers. */
export interface Played {
  readonly outcome: MeasuredOutcome;
  readonly receptions: readonly Reception[];
}

/**
 * Arguments of tcs-replay that select the night and the receivers. It waits for all of them, so that none
 * misses the start.
 *
 * @param more additional arguments
 */
export function playArgs({ url, all }: Receivers, night: Night, more: readonly string[]): string[] {
  const waits = ['--wait-setup', String(WAIT_SETUP_S), '--wait-subscribers', String(all.length)];
  return [...waits, '--url', url, ...more, '--', night.path];
}

/**
 * Runs a publisher, in a process of its own, until everything it sent has arrived. The receivers have ended
 * afterwards.
 *
 * @throws Error if the publisher or a receiver fails
 */
export async function playTo(
  receivers: Receivers,
  command: string,
  args: readonly string[],
  options: Omit<MeasureOptions, 'since'>,
): Promise<Played> {
  try {
    const outcome = await runMeasured(command, args, { ...options, since: receivers.firstEvent() });
    requireSuccess('The publisher', outcome);
    return { outcome, receptions: await receivers.receptions() };
  } catch (error) {
    await receivers.end();
    throw error;
  }
}
