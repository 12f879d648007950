import { messageOf, TcsReplayError } from './errors.js';

/** Does what writes to a path. @throws TcsReplayError `WRITE_FAILED`, with what helps */
export function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw cannotWriteTo(path, error);
  }
}

/** The error for a path of an output that cannot be written. */
export function cannotWriteTo(path: string, error: unknown): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const hint = /ENOSPC|EDQUOT|SQLITE_FULL/.test(code)
    ? 'free some space, or choose a place with more of it'
    : 'choose a place that can be written to';
  return new TcsReplayError('WRITE_FAILED', `Cannot write ${path}: ${messageOf(error)}; ${hint}`, {
    cause: error,
  });
}
