import { spawnSync } from 'node:child_process';

/**
 * Computes the digest of the messages of a file, sent in a cycle: see bench/peer/digest.h.
 *
 * @param command path of the publisher in C
 * @param framesPath file of the format of bench/peer/frames.h
 * @param count number of messages
 * @param masks keys whose numbers the digest leaves out, in the order in which messages have them
 */
export function framesDigest(
  command: string,
  framesPath: string,
  count: number,
  masks: readonly string[] = [],
): string {
  const args = [framesPath, String(count), '--digest', ...masks];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Expected the digest of ${framesPath}, found: ${stderr}`);
  return (JSON.parse(stdout) as { digest: string }).digest;
}
