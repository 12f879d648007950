import { closeSync, lstatSync, openSync, readlinkSync, readSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import SQLite from 'better-sqlite3';
import { brokenModule } from '../shared/broken-module.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';

import { shellWord } from '../shared/shell-word.js';
import { asTooManyFiles } from '../shared/too-many-files.js';
import { describeForeignFile, FOREIGN_HEADER_BYTES } from './foreign-file.js';
import type { GoOn } from './go-on.js';

export type Connection = SQLite.Database;
export type Statement = SQLite.Statement;

/** SQLite's own error class, to tell its errors from others. */
export const { SqliteError } = SQLite;

const MAGIC = 'SQLite format 3\0';
/** Offset of the header's read version, which is 2 in WAL mode (https://www.sqlite.org/fileformat.html, 1.3.3). */
const READ_VERSION_AT = 19;
const WAL_READ_VERSION = 2;
/** SQLite refuses a file with a higher read version, and says that it is no database. */
const LARGEST_READ_VERSION = 2;
/** Offset of the size of a page, two bytes; 1 stands for 65,536 (fileformat.html, 1.3.2). */
const PAGE_SIZE_AT = 16;
const LARGEST_PAGE_BYTES = 65_536;
const PAGE_COUNT_AT = 28;
/** SQLite itself waits no longer than this for a lock: within its wait nothing can be stopped. See `isLocked`. */
const BUSY_TIMEOUT_MS = 50;
const GOES_ON = 'tcs_replay_goes_on';
/** A call into JavaScript takes as long as reading some rows. */
const ROWS_A_CALL = 4096;
/** Events are read nearly in sequence: a larger cache has no more hits. */
const CACHE_KIB = 2 * 1024;

/** Files that SQLite opens beside a database. */
const COMPANION_SUFFIXES = ['-wal', '-journal'];

/** Facts from the header of a database file. */
export interface FileHeader {
  /** Size of a page in bytes, as the header states it. */
  readonly pageBytes: number;
  /** Whether the file is in WAL mode, in which even a reader writes files beside it. */
  readonly isWal: boolean;
  /** Size of the whole pages of a file that ends within a page, in bytes; otherwise undefined. */
  readonly wholePagesBytes: number | undefined;
}

/**
 * Reads the header of a file and checks it: SQLite opens nearly any file, and fails later.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `TOO_MANY_FILES`; `READ_FAILED` for a name that SQLite does not get
 */
export function readHeader(path: string): FileHeader {
  if (path !== path.trimEnd()) {
    throw new TcsReplayError(
      'READ_FAILED',
      `Cannot read ${path}: its name ends in white space, which better-sqlite3 leaves out: rename it`,
    );
  }
  const header = Buffer.alloc(FOREIGN_HEADER_BYTES);
  let length: number;
  let sizeBytes: number;
  try {
    const status = statSync(path);
    sizeBytes = status.size;
    requireFile(path, status);
    for (const suffix of COMPANION_SUFFIXES) {
      const companion = statSync(path + suffix, { throwIfNoEntry: false });
      if (companion !== undefined) requireFile(path + suffix, companion);
    }
    const file = openSync(path, 'r');
    try {
      length = readSync(file, header, 0, header.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    const tooMany = asTooManyFiles(error);
    if (tooMany !== undefined) throw tooMany;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new TcsReplayError('NO_SUCH_FILE', `No such file: ${path}${linkNote(path)}`, { cause: error });
    }
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  if (length === 0) throw new TcsReplayError('NOT_A_DATABASE', `Not a SQLite database: ${path} is empty`);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    const what = describeForeignFile(path, header.subarray(0, length));
    throw new TcsReplayError('NOT_A_DATABASE', `Not a SQLite database: ${path}: ${what}`);
  }
  const readVersion = header[READ_VERSION_AT];
  if (readVersion > LARGEST_READ_VERSION) {
    throw new TcsReplayError(
      'NOT_A_DATABASE',
      `Cannot read ${path}: it is in version ${readVersion} of SQLite's format, and this program reads versions 1 and 2: a newer SQLite has written it, or its first page is damaged`,
    );
  }
  const pageBytes = pageBytesOf(header);
  return {
    pageBytes,
    isWal: header[READ_VERSION_AT] === WAL_READ_VERSION,
    wholePagesBytes: wholePagesBytes(header, pageBytes, sizeBytes),
  };
}

/** Where a link leads whose file is missing. */
function linkNote(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (!isLink) return '';
  const target = readlinkSync(path);
  const advice = target.includes('/annex/objects/') ? `: "git annex get ${shellWord(path)}" gets it` : '';
  return `: it is a link to ${target}, which is missing${advice}`;
}

function notAFile(path: string, status: Stats): string {
  const what = kindOf(status);
  const advice = status.isFIFO()
    ? `; a database is read from many places: write it to a file first, such as "cat ${shellWord(path)} > night.db"`
    : '';
  return `Expected a database file, found a ${what}: ${path}${advice}`;
}

/** To open a pipe would block until another process writes to it, in SQLite as well. */
function requireFile(path: string, status: Stats): void {
  if (!status.isFile()) throw new TcsReplayError('NOT_A_DATABASE', notAFile(path, status));
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'directory';
  if (status.isFIFO()) return 'named pipe';
  return status.isSocket() ? 'socket' : 'device';
}

function pageBytesOf(header: Buffer): number {
  const stored = header.readUInt16BE(PAGE_SIZE_AT);
  return stored === 1 ? LARGEST_PAGE_BYTES : stored;
}

function wholePagesBytes(header: Buffer, pageBytes: number, sizeBytes: number): number | undefined {
  const isPageSize = pageBytes >= 512 && (pageBytes & (pageBytes - 1)) === 0;
  if (!isPageSize || sizeBytes % pageBytes === 0) return undefined;
  const pages = Math.floor(sizeBytes / pageBytes);
  const countWritten = header.readUInt32BE(PAGE_COUNT_AT);
  return pages === 0 || (countWritten > 0 && countWritten <= pages) ? undefined : pages * pageBytes;
}

/** A relative path may have a meaning of its own: better-sqlite3 trims it, and `:memory:` is no file. */
function openAt(path: string, options?: SQLite.Options): Connection {
  return new SQLite(resolve(path), options);
}

/** Opens a database for reading. The file is never written to. */
export function openReadOnly(path: string): Connection {
  const connection = openAt(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  const cacheSize = `cache_size = -${CACHE_KIB}`;
  try {
    // The first access to the file.
    connection.pragma(cacheSize);
  } catch (error) {
    try {
      if (!isDamage(error)) throw error;
      readPastMissingPages(connection);
      connection.pragma(cacheSize);
      // A schema that cannot be read is taken for an empty one now.
      const tables = connection.pragma('main.table_list') as { name: string }[];
      if (tables.every(({ name }) => name.startsWith('sqlite_'))) throw error;
    } catch (again) {
      connection.close();
      throw again;
    }
  }
  return connection;
}

/**
 * Makes SQLite read the pages that exist. By default it refuses every statement where the file is shorter than its header
 * says. The connection stays read-only.
 */
function readPastMissingPages(connection: Connection): void {
  connection.unsafeMode(true); // Otherwise the first pragma is ignored.
  connection.pragma('writable_schema = ON');
  connection.pragma('cell_size_check = ON');
}

/**
 * Whether SQLite failed because of the content of a page, or because the file is too short. A file whose first page is not
 * that of a database does not count: nothing of it can be read.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(CORRUPT|IOERR_SHORT_READ)/.test(error.code);
}

/**
 * Whether SQLite failed since another program has locked the database. It fails so when a statement, or a transaction,
 * begins to read. Nothing was read then, and the same can be tried again.
 */
export function isLocked(error: unknown): boolean {
  if (error instanceof TcsReplayError) return isLocked(error.cause);
  return error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/**
 * Whether SQLite failed because an index needs what only the program that made it has: a function or a collation of its own.
 * Nothing is damaged, and the tables can be read without that index.
 */
export function isForeignIndex(error: unknown): boolean {
  return (
    error instanceof SqliteError &&
    /^SQLITE_ERROR/.test(error.code) &&
    /^(?:unknown function|no such function|no such collation sequence)\b/.test(error.message)
  );
}

/** Whether a result was too large for one piece: too many events, or one whose size is damaged. */
export function isTooLarge(error: unknown): boolean {
  return (
    error instanceof RangeError ||
    (error instanceof SqliteError && /^SQLITE_(TOOBIG|NOMEM)/.test(error.code)) ||
    (error as { code?: unknown } | null)?.code === 'ERR_STRING_TOO_LONG'
  );
}

/** Creates a database that is fast to write, and lost when the process dies. */
export function createScratch(path: string): Connection {
  const connection = openAt(path);
  connection.unsafeMode(); // Otherwise "journal_mode = OFF" is ignored.
  connection.pragma('journal_mode = OFF');
  connection.pragma('synchronous = OFF');
  return connection;
}

/** Opens an existing database for writing: a copy. */
export function openWritable(path: string): Connection {
  return openAt(path, { fileMustExist: true });
}

/** Whether SQLite cannot read a database since its last transaction was not finished, and its journal has to undo it. */
export function isUnfinished(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK';
}

/**
 * A condition that is true for all rows of a table. It lets a statement be stopped that reads many of them: SQLite itself
 * cannot be.
 *
 * @param rowid name of the table's row id, if it has one: `goOn` is then called for a few of the rows
 * @param goOn what it throws ends the statement
 */
export function stoppable(connection: Connection, rowid: string | undefined, goOn: GoOn): string {
  connection.function(GOES_ON, { deterministic: false }, () => {
    goOn();
    return 1;
  });
  return rowid === undefined ? `${GOES_ON}()` : `(${rowid} % ${ROWS_A_CALL} <> 0 OR ${GOES_ON}())`;
}

/** Quotes a name for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * SQL of a column or value as it is compared here: by its bytes. A column may have a collation that only the program knows
 * which made the database, or one such as NOCASE, by which other words are equal.
 */
export function asBytes(sql: string): string {
  return `${sql} COLLATE BINARY`;
}

/** Makes an error of SQLite while reading `path` into one for the user. */
export function readError(path: string, error: unknown): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const broken = brokenModule(error);
  if (broken !== undefined) return broken;
  const tooMany = asTooManyFiles(error) ?? (error instanceof SqliteError ? tooManyToOpen(path) : undefined);
  if (tooMany !== undefined) return tooMany;
  const code = error instanceof SqliteError ? ` (${error.code})` : '';
  return new TcsReplayError('READ_FAILED', `Cannot read ${path}: ${messageOf(error)}${code}`, {
    cause: error,
  });
}

/** SQLite does not say why it cannot open a file: it is opened again. */
function tooManyToOpen(path: string): TcsReplayError | undefined {
  try {
    closeSync(openSync(path, 'r'));
    return undefined;
  } catch (error) {
    return asTooManyFiles(error);
  }
}
