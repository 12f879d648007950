import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inCache } from './cache.js';

/** Of the repository, seen from dist/bench/. */
const peerFolder = fileURLToPath(new URL('../../bench/peer/', import.meta.url));

/** The programs in C. */
export type PeerProgramName = 'subscriber' | 'publisher';

/** A program that was built, or why it could not be. */
export type PeerProgram = { readonly command: string } | { readonly reason: string };

/** Builds a program in C with the compiler `CC`, or cc, and libzmq. It is kept for as long as both are the same. */
export function peerProgram(name: PeerProgramName): PeerProgram {
  const compiler = process.env.CC ?? 'cc';
  // Other checkouts have the same cache, and may have other sources.
  const command = inCache(`${name}-${hashOf(name, compiler)}`);
  return existsSync(command) ? { command } : build(name, compiler, command);
}

const HASH_DIGITS = 8;

/** What to do where a program in C is missing. */
export const HOW_TO_BUILD = 'Debian: apt-get install libzmq3-dev gcc';

function build(name: PeerProgramName, compiler: string, binary: string): PeerProgram {
  const fresh = `${binary}-${process.pid}`;
  const args = ['-O2', '-o', fresh, `${peerFolder}${name}.c`, '-lzmq', '-lm'];
  const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (error !== undefined) return { reason: `no C compiler ${compiler}: ${error.message}` };
  if (status !== 0) {
    return {
      reason: stderr.split('\n').find((line) => /error|cannot/.test(line)) ?? `cc ended with ${status}`,
    };
  }
  // In one step: another benchmark may be building it too.
  renameSync(fresh, binary);
  return { command: binary };
}

/** Of its source, of all that it may include, and of who compiles it. */
function hashOf(name: PeerProgramName, compiler: string): string {
  const files = [`${name}.c`, ...readdirSync(peerFolder).filter((file) => file.endsWith('.h'))];
  const hash = createHash('sha256').update(compiler);
  for (const file of files.sort()) hash.update(readFileSync(peerFolder + file));
  return hash.digest('hex').slice(0, HASH_DIGITS);
}
