import { type BigIntStats, existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { readHeader } from '../database/connection.js';
import { FILE_NAME, findFile } from '../formats/find-file.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';

/** A database, or another file whose events are played. */
export interface RecordingFile {
  readonly path: string;
  /** Whether the user gave this path; otherwise it was found in a folder or by a pattern. */
  readonly isNamed: boolean;
}

/** A file or folder that was found and cannot be played. */
export interface PassedOver {
  readonly path: string;
  /** Names the file or folder and says why. */
  readonly reason: string;
}

export interface FoundRecordings {
  readonly files: readonly RecordingFile[];
  /** Files that are named like a database and are none, and folders that cannot be read. */
  readonly passedOver: readonly PassedOver[];
}

const DATABASE_NAME = /\.(?:db|db3|sqlite|sqlite3)$/i;
/** Files that SQLite keeps beside a database. */
const COMPANION_NAME = /-(?:wal|shm|journal)$/;
const PATTERN = /[*?[{]/;

/**
 * Finds the databases that paths stand for. A path names a file or a folder, or is a pattern.
 *
 * - A file is taken as it is, even if it is missing: opening it fails then.
 * - A folder is searched, with all folders in it, for files whose name ends like that of a database. Hidden files and
 *   folders are passed over. Symbolic links are followed, and each folder is searched once. One to a file that is not
 *   there is reported.
 * - A pattern (`*`, `**`, `?`, `[ab]`, `{a,b}`) stands for files of any name, and for folders, which are searched. `**`
 *   follows no links to folders. Where a file has the same name as the pattern, the file is meant.
 *
 * The files of a folder or a pattern come in the order of names, numbers in them by their value: `night2` before
 * `night10`. A file that is found twice, under whatever name, is played once, at the position where it is found first.
 *
 * @throws TcsReplayError `NO_SUCH_FILE` where a folder or pattern yields no database
 */
export async function findRecordings(paths: readonly string[]): Promise<FoundRecordings> {
  const files = new Map<string, RecordingFile>();
  const passedOver: PassedOver[] = [];
  for (const path of paths) {
    const isNamed = isFileOrMissing(path);
    for (const found of isNamed ? [path] : await search(path, passedOver)) {
      const key = identityOf(found);
      const before = files.get(key);
      files.set(key, { path: before?.path ?? found, isNamed: isNamed || (before?.isNamed ?? false) });
    }
  }
  return { files: [...files.values()], passedOver };
}

function isFileOrMissing(path: string): boolean {
  const stats = statOf(path);
  return stats === undefined ? !PATTERN.test(path) : !stats.isDirectory();
}

/** The same for all names of a file. */
function identityOf(path: string): string {
  const stats = statOf(path);
  return stats === undefined ? path : `${stats.dev} ${stats.ino}`;
}

/** @returns undefined where the file is missing or cannot be accessed */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** The databases of a folder or a pattern, in the order of names. */
async function search(path: string, passedOver: PassedOver[]): Promise<string[]> {
  const passedBefore = passedOver.length;
  const entries = existsSync(path) ? [join(path, sep)] : await matches(path);
  const folders = entries.filter((entry) => entry.endsWith(sep));
  const matched = entries.filter((entry) => !entry.endsWith(sep));
  const walk = new FolderWalk(passedOver);
  const candidates = [
    ...matched.filter((file) => !COMPANION_NAME.test(file)),
    ...(await walk.databasesIn(folders)),
  ];
  const found = [...new Set(candidates)].sort(byName).filter((file) => isRecording(file, passedOver));
  if (found.length > 0) return found;
  const seen = walk.fileCount + matched.length;
  const among = `among ${seen} file${seen === 1 ? '' : 's'}`;
  const trouble = passedOver.slice(passedBefore, passedBefore + 1).map(({ reason }) => `; ${reason}`);
  throw new TcsReplayError(
    'NO_SUCH_FILE',
    existsSync(path)
      ? `No recording in the folder ${path}: found none that ends in .db, .db3, .sqlite, .sqlite3, .mcap or .jsonl ${among}${trouble}`
      : `No recording matches ${path}: ${seen === 0 ? 'found no such file or folder' : `found none ${among}`}${trouble}`,
  );
}

/** Files and folders that match a pattern; the latter end in a separator. */
async function matches(pattern: string): Promise<string[]> {
  const parts = pattern.split('/');
  const plain = parts.findIndex((part) => PATTERN.test(part));
  const folder = parts.slice(0, plain).join('/') || (isAbsolute(pattern) ? '/' : '.');
  // Loaded for patterns alone: most replays have none.
  const { glob } = await import('tinyglobby');
  const found = await glob([parts.slice(plain).join('/')], {
    cwd: folder,
    expandDirectories: false,
    onlyFiles: false,
    // Links that lead to each other would make a path for each order of them.
    followSymbolicLinks: !pattern.includes('**'),
  });
  return found.map((path) => join(folder, path));
}

function isRecording(path: string, passedOver: PassedOver[]): boolean {
  try {
    if (findFile(path) === undefined) readHeader(path);
    return true;
  } catch (error) {
    if (error instanceof TcsReplayError && error.code === 'TOO_MANY_FILES') throw error;
    passedOver.push({ path, reason: messageOf(error) });
    return false;
  }
}

/** Walks through folders, each of them once, even if several links lead to it. */
class FolderWalk {
  /** Files seen, databases or not. */
  fileCount = 0;
  private readonly _passedOver: PassedOver[];
  private readonly _visited = new Set<string>();

  constructor(passedOver: PassedOver[]) {
    this._passedOver = passedOver;
  }

  /** Files in folders, and in the folders within them, that are named like a database. */
  async databasesIn(starts: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    const depth = (path: string) => path.split(sep).length;
    const folders = [...starts].sort((a, b) => depth(a) - depth(b));
    // Level by level, so that a folder that links lead to as well keeps its shortest path.
    for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
      const identity = identityOf(next);
      if (this._visited.has(identity)) continue;
      this._visited.add(identity);
      for (const entry of await this._entries(next)) {
        if (entry.name.startsWith('.')) continue;
        const path = join(next, entry.name);
        const kind = entry.isSymbolicLink() ? statOf(path) : entry;
        if (kind?.isDirectory()) folders.push(path);
        // A link to a file that is missing is kept: it fails as a database, and is reported.
        else if (kind === undefined || kind.isFile()) {
          this.fileCount += 1;
          if (DATABASE_NAME.test(entry.name) || FILE_NAME.test(entry.name)) found.push(path);
        }
      }
    }
    return found;
  }

  private async _entries(folder: string) {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      this._passedOver.push({ path: folder, reason: `Cannot read ${folder}: ${messageOf(error)}` });
      return [];
    }
  }
}

const collator = new Intl.Collator('en', { numeric: true });

/** Orders paths folder by folder. */
function byName(a: string, b: string): number {
  const [left, right] = [a.split(sep), b.split(sep)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = collator.compare(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length || (a < b ? -1 : 1);
}
