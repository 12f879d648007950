import { StopSignals } from '../src/cli/stop-signals.js';
import { endAll } from '../test/support/peer.js';

/** One line to whoever watches. */
export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/**
 * Carries out what runs programs. When it is told to stop, it ends with all of them, and says nothing.
 *
 * @returns what that gave; undefined where it was stopped, and the exit code is set
 */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stop = new StopSignals();
  stop.signal.addEventListener('abort', () => void endAll());
  try {
    return await work(stop.signal);
  } catch (error) {
    // Whoever interrupts knows why it ended.
    if (!stop.signal.aborted) throw error;
    return undefined;
  } finally {
    stop.release();
    await endAll();
  }
}
