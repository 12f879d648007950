import { type MeasuredOutcome, type MeasureOptions, runMeasured } from '../measured-program.js';
import type { Night } from '../night.js';
import type { Reception } from '../receiver.js';
import type { Receivers } from './receivers.js';

/** Seconds in which a publisher reads ahead before it sends. */
export const WAIT_SETUP_S = 0.5;
/** How long the first event may take. */
export const START_TIMEOUT_MS = 60_000;

/** What a publisher and its receivers did. */
export interface Played {
  readonly outcome: MeasuredOutcome;
  readonly receptions: readonly Reception[];
}

/** Of ours: what is played to whom. It waits for all of them, so that none comes too late. @param more further arguments */
export function playArgs({ url, all }: Receivers, night: Night, more: readonly string[]): string[] {
  const waits = ['--wait-setup', String(WAIT_SETUP_S), '--wait-subscribers', String(all.length)];
  return [...waits, '--url', url, ...more, '--', night.path];
}

/**
 * Runs a publisher, in a process of its own, until all that it sent has arrived. The receivers have ended then.
 *
 * @throws Error where the publisher fails, or a receiver does
 */
export async function playTo(
  receivers: Receivers,
  command: string,
  args: readonly string[],
  options: Omit<MeasureOptions, 'since'>,
): Promise<Played> {
  try {
    const outcome = await runMeasured(command, args, { ...options, since: receivers.firstEvent() });
    const { code, signal, stderr } = outcome;
    if (code !== 0) throw new Error(`The publisher ended with ${code ?? signal}: ${stderr.trim()}`);
    return { outcome, receptions: await receivers.receptions() };
  } catch (error) {
    await receivers.end();
    throw error;
  }
}
