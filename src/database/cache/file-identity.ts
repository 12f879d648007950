import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';

/** What tells a file from another one, and from itself after a change. Plain data. */
export interface FileIdentity {
  /** The file itself, behind all symbolic links. */
  readonly path: string;
  /** Changes with what is committed in the database. */
  readonly state: string;
}

/** Offset and size of the header's count of changes (https://www.sqlite.org/fileformat.html, 1.3.7). */
const CHANGE_COUNTER = { at: 24, bytes: 4 };
/** Offset and size of the salts of a log, which change when it is begun anew (fileformat.html, 4.1). */
const LOG_SALTS = { at: 16, bytes: 8 };
/** A file system's clock may stand still for so long: a log may be changed once more without showing it. */
const CLOCK_TICK_MS = 50;

/**
 * The identity of a database: its place, size, time of change and number, its count of changes, and the same of the log
 * or journal beside it.
 *
 * @returns undefined where there is none to be relied on: the file cannot be read, or is being written to
 */
export function identify(path: string): FileIdentity | undefined {
  try {
    const original = realpathSync(path);
    const log = stateOf(`${original}-wal`, LOG_SALTS);
    if (log !== undefined && log.size > 0n && Date.now() - Number(log.mtimeMs) < CLOCK_TICK_MS)
      return undefined;
    const parts = [stateOf(original, CHANGE_COUNTER), log, stateOf(`${original}-journal`)];
    return { path: original, state: parts.map((part) => part?.text ?? '-').join(' ') };
  } catch {
    return undefined;
  }
}

/** Whether a database is the same as before. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && a.path === b?.path && a.state === b.state;
}

function stateOf(
  path: string,
  mark?: { at: number; bytes: number },
): { text: string; size: bigint; mtimeMs: bigint } | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const { size, mtimeNs, mtimeMs, ino } = stats;
  return { text: [size, mtimeNs, ino, mark && markOf(path, mark)].join(':'), size, mtimeMs };
}

function markOf(path: string, { at, bytes }: { at: number; bytes: number }): string {
  const mark = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, mark, 0, bytes, at);
  } finally {
    closeSync(file);
  }
  return mark.toString('hex');
}
