import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { chooseReceiver } from '../../bench/receiver-choice.js';
import { endAll, skipWithoutPython } from './peer.js';

/** Gives a test file a cache of the benchmark's own, which leaves with it. @returns the folder that it is in */
export function ownBenchCache(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tcs-bench-${name}-`));
  process.env.TMPDIR = folder;
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Why a test is skipped that takes the receiver in C. */
export function skipWithoutReceiver(): string | false {
  const { language, reason } = chooseReceiver();
  return language === 'C' ? false : `no receiver in C: ${reason}`;
}

/** Why a test is skipped that takes the receiver in C and the model in Python. */
export function skipWithoutPeers(): string | false {
  return skipWithoutPython() || skipWithoutReceiver();
}
