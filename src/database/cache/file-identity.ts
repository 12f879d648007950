import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';

/** Tells a file from another one, and from itself after a change. Plain data. */
export interface FileIdentity {
  /** Path of the file itself, with all symbolic links resolved. */
  readonly path: string;
  /** Changes when something is committed in the database. */
  readonly state: string;
}

/** Offset and size of the header's count of changes (https://www.sqlite.org/fileformat.html, 1.3.7). */
const CHANGE_COUNTER = { at: 24, bytes: 4 };
/** Offset and size of the salts of a WAL file, which change when it is restarted (fileformat.html, 4.1). */
const LOG_SALTS = { at: 16, bytes: 8 };
/** Resolution of a file system's clock: within it a log may change again without a new time. */
const CLOCK_TICK_MS = 50;

/**
 * The identity of a database: its path, size, times of change of its content and of its inode, inode and count of changes,
 * and the same of the log or journal beside it. The time of the inode's change tells even where a file was written in place
 * and the time of its content's change was set back: programs cannot set it.
 *
 * @returns undefined where it is not reliable: the file cannot be read, is being written to, or is no file but a pipe, say, which
 * nothing may open: that would block
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

/** Whether two identities are known and equal. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && a.path === b?.path && a.state === b.state;
}

function stateOf(
  path: string,
  mark?: { at: number; bytes: number },
): { text: string; size: bigint; mtimeMs: bigint } | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error(`${path} is no file`);
  const { size, mtimeNs, ctimeNs, mtimeMs, ino } = stats;
  return { text: [size, mtimeNs, ctimeNs, ino, mark && markOf(path, mark)].join(':'), size, mtimeMs };
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
