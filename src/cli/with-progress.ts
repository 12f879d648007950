import { interruptible } from './interruptible.js';
import { type Task, TaskProgress } from './live/task-progress.js';

/** Draws the progress of a task over what was drawn before. */
export type Show = (task: Task) => void;

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
    const progress = new TaskProgress();
    const show = display && ((task: Task) => display(progress.line(task, process.stderr.columns)));
    return await interruptible((signal) => run(signal, show));
  } finally {
    display?.clear();
    display?.done();
  }
}
