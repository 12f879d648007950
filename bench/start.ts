import { freePort } from '../test/peer.js';
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

const TIMEOUT_MS = 60_000;

/** @throws Error where the one event is not sent */
export async function measureStart({ night, runs, isCold, ...options }: StartPlan): Promise<Start> {
  const wallsS: number[] = [];
  const peaksRssBytes: (number | null)[] = [];
  for (let run = 1; run <= runs; run++) {
    if (isCold) dropFromPageCache(night.path);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = [...oursArgs(options), '--wait-setup', '0', '--limit', '1', '--url', url, night.path];
    const { code, stdout, stderr, wallS, peakRssBytes } = await runMeasured(
      process.execPath,
      args,
      TIMEOUT_MS,
    );
    if (code !== 0 || JSON.parse(stdout).sent !== 1) {
      throw new Error(`Expected one event to be sent; the program ended with ${code}: ${stderr}`);
    }
    wallsS.push(wallS);
    peaksRssBytes.push(peakRssBytes);
  }
  return {
    events: night.events,
    sizeBytes: night.sizeBytes,
    firstEventS: spreadOf(wallsS),
    peakRssBytes: spreadOfKnown(peaksRssBytes),
  };
}
