import { interruptible } from './interruptible.js';

/** Draws a line of progress over the one before. */
export type Show = (line: string) => void;

/**
 * Runs a command that SIGINT, SIGTERM and SIGHUP end, with a line of progress on stderr that is cleared at the end.
 *
 * @param run gets undefined for `show` if stderr is not a terminal, or if `isQuiet`
 * @returns undefined if the command was interrupted
 */
export async function withProgress<T>(
  run: (signal: AbortSignal, show: Show | undefined) => Promise<T>,
  isQuiet = false,
): Promise<T | undefined> {
  const isShown = process.stderr.isTTY === true && !isQuiet;
  const display = isShown ? (await import('log-update')).createLogUpdate(process.stderr) : undefined;
  try {
    return await interruptible((signal) => run(signal, display));
  } finally {
    display?.clear();
    display?.done();
  }
}
