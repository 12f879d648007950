import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inCache } from './cache.js';

/** Path in the repository, which is two folders above dist/bench/. */
const peerFolder = fileURLToPath(new URL('../../bench/peer/', import.meta.url));

/** Names of the programs in C. */
export type PeerProgramName = 'subscriber' | 'publisher';

/** The path of the built program, or the reason why it could not be built. */
export type PeerProgram = { readonly command: string } | { readonly reason: string };

/**
 * Builds a program in C with the compiler `CC` (default: cc) and libzmq. The binary is kept in the cache
 * until its sources or the compiler's name change.
 */
export function peerProgram(name: PeerProgramName): PeerProgram {
  const compiler = process.env.CC ?? 'cc';
  // Other checkouts share the cache and may have other sources.
  const command = inCache(`${name}-${hashOf(name, compiler)}`);
  return existsSync(command) ? { command } : build(name, compiler, command);
}

const HASH_DIGITS = 8;

/** How to install what a build needs. */
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
  // Rename in one step: another benchmark may build the same program at the same time.
  renameSync(fresh, binary);
  return { command: binary };
}

/** A hash of the program's source, of every header that it may include, and of the compiler's name. */
function hashOf(name: PeerProgramName, compiler: string): string {
  const files = [`${name}.c`, ...readdirSync(peerFolder).filter((file) => file.endsWith('.h'))];
  const hash = createHash('sha256').update(compiler);
  for (const file of files.sort()) hash.update(readFileSync(peerFolder + file));
  return hash.digest('hex').slice(0, HASH_DIGITS);
}
