import { StopSignals } from './stop-signals.js';

/**
 * Runs what SIGINT, SIGTERM and SIGHUP end. A failure after such a signal is not reported: the exit code is set, and the user
 * knows the reason.
 *
 * @returns undefined if it was interrupted and failed because of that
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stop = new StopSignals();
  try {
    return await run(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return undefined;
  } finally {
    stop.release();
  }
}
