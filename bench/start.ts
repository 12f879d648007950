import { freePort, type RunOptions } from '../test/peer.js';
import { runMeasured } from './measured-program.js';
import type { Night } from './night.js';
import { dropFromPageCache } from './page-cache.js';
import { type OursOptions, oursArgs } from './publisher.js';
import { type Spread, spreadOf, spreadOfKnown } from './spread.js';

/** How soon ours sends its first event. */
export interface Start {
  readonly events: number;
  readonly sizeBytes: number;
  /**
   * Seconds from the start of the process to its end, when it sends one event to nobody: an upper bound, as its end is
   * part of it. Whoever subscribes would have to connect first, and that would be measured too.
   */
  readonly firstEventS: Spread;
  readonly peakRssBytes: Spread | null;
}

export interface StartPlan extends OursOptions {
  readonly night: Night;
  readonly runs: number;
  readonly isCold: boolean;
}

/** What sending the first event took, once. */
export interface FirstEvent {
  /** From the start of the process to its end. */
  readonly wallS: number;
  readonly peakRssBytes: number | null;
  readonly cpuS: number | null;
}

const TIMEOUT_MS = 60_000;

/** @throws Error where the one event is not sent */
export async function measureStart({ night, runs, isCold, ...options }: StartPlan): Promise<Start> {
  const starts: FirstEvent[] = [];
  for (let run = 1; run <= runs; run++) {
    if (isCold) dropFromPageCache(night.path);
    starts.push(await sendFirstEvent(night, options, { timeoutMs: TIMEOUT_MS }));
  }
  return {
    events: night.events,
    sizeBytes: night.sizeBytes,
    firstEventS: spreadOf(starts.map(({ wallS }) => wallS)),
    peakRssBytes: spreadOfKnown(starts.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

/**
 * Has ours send one event to nobody, and end.
 *
 * @throws Error where it is not sent
 */
export async function sendFirstEvent(
  night: Night,
  options: OursOptions,
  runOptions: RunOptions & { readonly timeoutMs: number },
): Promise<FirstEvent> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const args = [...oursArgs({ ...options, limit: 1 }), '--wait-setup', '0', '--url', url, night.path];
  const { code, signal, stdout, stderr, ...taken } = await runMeasured(process.execPath, args, runOptions);
  if (code !== 0 || JSON.parse(stdout).sent !== 1) {
    throw new Error(
      `Expected one event to be sent; the program ended with ${code ?? signal}: ${stderr.trim()}`,
    );
  }
  return taken;
}
