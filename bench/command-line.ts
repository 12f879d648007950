/** What the commands of all scenarios share. */
import { StopSignals } from '../src/cli/signals.js';
import * as expect from '../src/expect.js';
import { endAll } from '../test/peer.js';

export const FAILED = 1;
/** Why the peer cannot run. */
export const NO_PEER = 'no python3 can import zmq (Debian: apt-get install python3-zmq)';

export function wholeFrom(least: number): (value: string, name: string) => number {
  return (value, name) => expect.integer(name, value, least);
}

/** One line to whoever watches. */
export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Carries out a scenario. When it is told to stop, it ends with all its programs, and says nothing. */
export async function untilStopped(scenario: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new StopSignals();
  stop.signal.addEventListener('abort', () => void endAll());
  try {
    await scenario(stop.signal);
  } catch (error) {
    // Whoever interrupts knows why it ended.
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.release();
    await endAll();
  }
}
