import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../src/generate/random.js';
import { endAll } from '../support/peer.js';
import type { Counts, ReliabilityPromise } from './reliability-promise.js';

/** Tries a promise once, in a folder that is removed. The same seed makes the same choices. */
export async function runTrial(promise: ReliabilityPromise, seed: number): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), `tcs-reliability-${promise.name}-`));
  try {
    return await promise.trial(new Random(seed, promise.name), folder);
  } finally {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  }
}
