import { StopSignals } from '../src/cli/stop-signals.js';
import { endAll } from '../test/support/peer.js';

/**
 * Runs work that starts programs. On SIGINT, SIGTERM or SIGHUP it ends all of these programs and prints nothing.
 *
 * @returns the result of the work; undefined if a signal stopped it, and then `process.exitCode` is set
 */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stop = new StopSignals();
  stop.signal.addEventListener('abort', () => void endAll());
  try {
    return await work(stop.signal);
  } catch (error) {
    // A user who interrupts knows why it ended.
    if (!stop.signal.aborted) throw error;
    return undefined;
  } finally {
    stop.release();
    await endAll();
  }
}
