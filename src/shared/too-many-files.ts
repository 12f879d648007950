import { messageOf, TcsReplayError } from './errors.js';

/**
 * The error for a file that could not be opened since the process, or the system, has as many open as it may; undefined for
 * other failures. What failed says nothing about the file then.
 */
export function asTooManyFiles(error: unknown): TcsReplayError | undefined {
  // The code of a native error does not cross threads. Its message begins with it; libzmq's has the words alone.
  if (!/\bE[MN]FILE\b|\btoo many open file/i.test(messageOf(error))) return undefined;
  return new TcsReplayError(
    'TOO_MANY_FILES',
    'Too many files are open: allow this process more (ulimit -n 4096), or play fewer databases at a time',
    { cause: error },
  );
}
