import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inCache } from './cache.js';

/** Of the repository, seen from dist/bench/. */
const peerFolder = fileURLToPath(new URL('../../bench/peer/', import.meta.url));

/** The programs in C. */
export type PeerProgramName = 'subscriber' | 'publisher';

/** A program that was built, or why it could not be. */
export type PeerProgram = { readonly command: string } | { readonly reason: string };

const built = new Map<PeerProgramName, PeerProgram>();

/** Builds a program in C with the compiler `CC`, or cc, and libzmq: once in a process, as its source may have changed. */
export function peerProgram(name: PeerProgramName): PeerProgram {
  const known = built.get(name) ?? build(name);
  built.set(name, known);
  return known;
}

/** What to do where a program in C is missing. */
export const HOW_TO_BUILD = 'Debian: apt-get install libzmq3-dev gcc';

function build(name: PeerProgramName): PeerProgram {
  const binary = inCache(name);
  const fresh = `${binary}-${process.pid}`;
  const compiler = process.env.CC ?? 'cc';
  const args = ['-O2', '-o', fresh, `${peerFolder}${name}.c`, '-lzmq', '-lm'];
  const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (error !== undefined) return { reason: `no C compiler ${compiler}: ${error.message}` };
  if (status !== 0) {
    return {
      reason: stderr.split('\n').find((line) => /error|cannot/.test(line)) ?? `cc ended with ${status}`,
    };
  }
  // In one step: another benchmark may be running the one that is there.
  renameSync(fresh, binary);
  return { command: binary };
}
