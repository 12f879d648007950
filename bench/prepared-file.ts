import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MeasuredOutcome, runMeasured } from './measured-program.js';
import type { Night } from './night.js';
import { dropFromPageCache, loadIntoPageCache } from './page-cache.js';
import type { ProgramCache } from './program-cache.js';
import { CLI, START_TIMEOUT_MS } from './publisher.js';
import { requireSuccess } from './require-success.js';

/** A program that prepares fewer than five thousand events a second is considered hung. */
const TIMEOUT_MS_PER_EVENT = 0.2;

/** Prepares a night in a cache folder, in a process of its own. @throws Error if that fails */
export async function prepareNight({ path, events }: Night, cache: ProgramCache): Promise<MeasuredOutcome> {
  const outcome = await runMeasured(process.execPath, [CLI, 'prepare', '--json', path], {
    timeoutMs: START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * events,
    env: cache.env,
  });
  requireSuccess('Preparing', outcome);
  return outcome;
}

/** Drops what a cache folder holds from the page cache, or reads it into that. @returns whether it worked */
export function setKeptInMemory(cache: ProgramCache, isInMemory: boolean): boolean {
  const entries = readdirSync(cache.folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  if (!isInMemory) return paths.every(dropFromPageCache);
  paths.forEach(loadIntoPageCache);
  return true;
}
