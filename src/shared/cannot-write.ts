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
  return new TcsReplayError('WRITE_FAILED', `Cannot write ${path}: ${reasonOf(error)}`, { cause: error });
}

/** Whether an error says that this user may not do it. */
export function isDenied(error: unknown): boolean {
  return /^(?:EACCES|EPERM)$/.test(codeOf(error));
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (isDenied(error)) return 'this user may not write to its folder; choose another folder, or another user';
  if (code === 'EROFS') return 'its disk can only be read; choose a folder on another disk';
  const hint = /ENOSPC|EDQUOT|SQLITE_FULL/.test(code)
    ? 'free some space, or choose a place with more of it'
    : 'choose a place that can be written to';
  return `${messageOf(error)}; ${hint}`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
