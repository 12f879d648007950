import { closeSync, openSync, readSync, statSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { messageOf, TcsReplayError } from '../shared/errors.js';

export type Connection = SQLite.Database;
export type Statement = SQLite.Statement;

/** SQLite's own error class, to tell its errors from others. */
export const { SqliteError } = SQLite;

const MAGIC = 'SQLite format 3\0';
/** Offset of the header's read version, which is 2 in WAL mode (https://www.sqlite.org/fileformat.html, 1.3.3). */
const READ_VERSION_AT = 19;
const WAL_READ_VERSION = 2;
/** Offset of the size of a page, two bytes; 1 stands for 65,536 (fileformat.html, 1.3.2). */
const PAGE_SIZE_AT = 16;
const LARGEST_PAGE_BYTES = 65_536;
const PAGE_COUNT_AT = 28;
const BUSY_TIMEOUT_MS = 10_000;
/** Events are read in sequence, or nearly: a larger cache finds no more in it. */
const CACHE_KIB = 2 * 1024;

/** What the first bytes of a database file say. */
export interface FileHeader {
  /** Size of a page in bytes, as the header states it. */
  readonly pageBytes: number;
  /** Whether the file is in WAL mode: even a reader of it writes files beside it. */
  readonly isWal: boolean;
  /** Size of the whole pages at the front of a file that ends within a page; else undefined. */
  readonly wholePagesBytes: number | undefined;
}

/**
 * Looks at a file before SQLite does, which opens nearly anything and complains later.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`
 */
export function readHeader(path: string): FileHeader {
  const header = Buffer.alloc(100);
  let length: number;
  let sizeBytes: number;
  try {
    const status = statSync(path);
    sizeBytes = status.size;
    if (status.isDirectory()) {
      throw new TcsReplayError('NOT_A_DATABASE', `Expected a database file, found a directory: ${path}`);
    }
    const file = openSync(path, 'r');
    try {
      length = readSync(file, header, 0, header.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new TcsReplayError('NO_SUCH_FILE', `No such file: ${path}`, { cause: error });
    }
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  if (length === 0) throw new TcsReplayError('NOT_A_DATABASE', `Not a SQLite database: ${path} is empty`);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new TcsReplayError('NOT_A_DATABASE', `Not a SQLite database: ${path} does not begin as one does`);
  }
  const pageBytes = pageBytesOf(header);
  return {
    pageBytes,
    isWal: header[READ_VERSION_AT] === WAL_READ_VERSION,
    wholePagesBytes: wholePagesBytes(header, pageBytes, sizeBytes),
  };
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

/** Opens a database that is only read. The file is never written to. */
export function openReadOnly(path: string): Connection {
  const connection = new SQLite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  const cacheSize = `cache_size = -${CACHE_KIB}`;
  try {
    // Looks at the file for the first time.
    connection.pragma(cacheSize);
  } catch (error) {
    try {
      if (!isDamage(error)) throw error;
      readWhatThereIs(connection);
      connection.pragma(cacheSize);
      // A schema that cannot be read passes for an empty one now.
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
 * Has SQLite go on with the pages that there are. Else it refuses every statement where the file is shorter than its
 * header says. The connection stays one that cannot write.
 */
function readWhatThereIs(connection: Connection): void {
  connection.unsafeMode(true); // Else the first pragma is passed over.
  connection.pragma('writable_schema = ON');
  connection.pragma('cell_size_check = ON');
}

/**
 * Whether SQLite failed because of what stands in a page, or because the file ends before it should. A file whose first
 * page is no database's any more is not damaged, but gone.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(CORRUPT|IOERR_SHORT_READ)/.test(error.code);
}

/** Whether something was too large to be read in one piece: so are a great many events, or one of a damaged size. */
export function isTooLarge(error: unknown): boolean {
  return (
    error instanceof RangeError ||
    (error instanceof SqliteError && /^SQLITE_(TOOBIG|NOMEM)/.test(error.code)) ||
    (error as { code?: unknown } | null)?.code === 'ERR_STRING_TOO_LONG'
  );
}

/** Creates a database of our own, for speed: it is thrown away when the process dies. */
export function createScratch(path: string): Connection {
  const connection = new SQLite(path);
  connection.unsafeMode(); // Else "journal_mode = OFF" is passed over.
  connection.pragma('journal_mode = OFF');
  connection.pragma('synchronous = OFF');
  return connection;
}

/** Opens a database of our own that is there already. */
export function openWritable(path: string): Connection {
  return new SQLite(path, { fileMustExist: true });
}

/** Whether SQLite cannot read a database since its last transaction was never finished: its journal undoes that. */
export function isUnfinished(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK';
}

/** Quotes a name for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An error of SQLite while reading `path`, as one for the person at the terminal. */
export function readError(path: string, error: unknown): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const code = error instanceof SqliteError ? ` (${error.code})` : '';
  return new TcsReplayError('READ_FAILED', `Cannot read ${path}: ${messageOf(error)}${code}`, {
    cause: error,
  });
}
