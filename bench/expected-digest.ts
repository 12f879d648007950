import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expectedFrames, type JsonForm, TIME_KEYS } from './expected-frames.js';
import { framesDigest } from './frames-digest.js';
import { madeOnceSync } from './made-once.js';
import type { Night } from './night.js';
import { peerProgram } from './peer-program.js';

/**
 * The program that makes digests loads a whole night into memory. Of larger nights only numbers and order are
 * checked.
 */
const MOST_EVENTS_OF_A_DIGEST = 500_000;

/**
 * The digest of all messages that a night must give, without their times. The messages are made from the
 * night's rows by code that shares nothing with what is measured. The digest is made once and kept beside the
 * night.
 *
 * @returns null if the night is too large, or no compiler can build the program that makes digests
 */
export function expectedDigest(night: Night, form: JsonForm): string | null {
  const publisher = peerProgram('publisher');
  if (!('command' in publisher) || night.events > MOST_EVENTS_OF_A_DIGEST) return null;
  const path = night.path.replace(/\.db$/, `-${form}.digest`);
  madeOnceSync(path, (partPath) => {
    const framesPath = expectedFrames(night, form);
    writeFileSync(partPath, framesDigest(publisher.command, framesPath, night.events, TIME_KEYS));
    // Keep the compact ones: the receiver's ceiling is measured by sending them from C.
    if (form === 'spaced') rmSync(framesPath);
  });
  return readFileSync(path, 'utf8');
}
