import type { Outcome } from '../test/support/peer.js';

/**
 * @param who names the program in the error
 * @throws Error if the program ended with a code other than 0, or by a signal
 */
export function requireSuccess(who: string, { code, signal, stderr }: Outcome): void {
  if (code !== 0) throw new Error(`${who} ended with ${code ?? signal}: ${stderr.trim()}`);
}
