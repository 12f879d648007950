import { spawnSync } from 'node:child_process';

/**
 * For node:test's `skip`: false where Linux's counters of connections can be read, or else why the test is skipped.
 *
 * @throws Error on CI, where such a test must not be skipped silently
 */
export function skipWithoutSs(): string | false {
  if (process.platform !== 'linux') return 'Linux alone counts what a connection took';
  if (spawnSync('ss', ['-tinHO'], { stdio: 'ignore' }).status === 0) return false;
  const reason = 'there is no ss of iproute2 (Debian: apt-get install iproute2)';
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}
