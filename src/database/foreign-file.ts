import { shellWord } from '../shared/shell-word.js';

/** Bytes at the beginning of a file that `describeForeignFile` looks at. */
export const FOREIGN_HEADER_BYTES = 512;

/** What a file is, and what helps. */
type Describe = (path: string) => string;

interface Format {
  /** Bytes in Latin-1 that the file has at `at`. */
  readonly magic: string;
  /** Default 0. */
  readonly at?: number;
  readonly describe: Describe;
}

const FORMATS: readonly Format[] = [
  { magic: '\x1f\x8b', describe: compressed('gzip', 'gzip -dc', 'gz|tgz') },
  { magic: '\x28\xb5\x2f\xfd', describe: compressed('zstd', 'zstd -dc', 'zst|zstd') },
  { magic: '\xfd7zXZ\0', describe: compressed('xz', 'xz -dc', 'xz') },
  { magic: 'BZh', describe: compressed('bzip2', 'bzip2 -dc', 'bz2') },
  { magic: '\x04\x22\x4d\x18', describe: compressed('lz4', 'lz4 -dc', 'lz4') },
  { magic: 'PK\x03\x04', describe: archived('a zip archive', 'unzip') },
  { magic: '7z\xbc\xaf\x27\x1c', describe: archived('a 7z archive', '7z x') },
  { magic: 'ustar', at: 257, describe: archived('a tar archive', 'tar -xf') },
  { magic: 'version https://git-lfs.github.com/', describe: pointer('Git LFS', 'git lfs pull --include') },
  { magic: '/annex/objects/', describe: pointer('git-annex', 'git annex get') },
  { magic: 'SQLite format 3', describe: () => 'it begins nearly as one does, but its header is damaged' },
  {
    magic: '** This file contains an SQLite 2',
    describe: (path) =>
      `it is of SQLite 2; convert it: "sqlite ${shellWord(path)} .dump | sqlite3 ${asDatabase(path)}"`,
  },
  { magic: '\x37\x7f\x06\x82', describe: companion('write-ahead log', '-wal') },
  { magic: '\x37\x7f\x06\x83', describe: companion('write-ahead log', '-wal') },
  { magic: '\xd9\xd5\x05\xf9\x20\xa1\x63\xd7', describe: companion('rollback journal', '-journal') },
  { magic: '\x89HDF\r\n\x1a\n', describe: otherFormat('an HDF5 file') },
  { magic: 'CDF\x01', describe: otherFormat('a NetCDF file') },
  { magic: 'CDF\x02', describe: otherFormat('a NetCDF file') },
  { magic: 'SIMPLE  =', describe: otherFormat('a FITS file') },
  { magic: 'PAR1', describe: otherFormat('a Parquet file') },
  { magic: 'DUCK', at: 8, describe: otherFormat('a DuckDB database') },
  { magic: '#ROSBAG', describe: otherFormat('a ROS bag') },
  { magic: 'PGDMP', describe: otherFormat('a dump of PostgreSQL') },
  { magic: '-- PostgreSQL database dump', describe: otherFormat('a dump of PostgreSQL') },
  { magic: '-- MySQL dump', describe: otherFormat('a dump of MySQL') },
  { magic: '-- MariaDB dump', describe: otherFormat('a dump of MariaDB') },
];

const SQL = /^(?:\s|--[^\n]*\n)*(?:PRAGMA\s|BEGIN\b|CREATE\s|INSERT\s+INTO\s)/i;
const WEB_PAGE = /^\s*(?:<!doctype html|<html)/i;
/** Characters of a text that are shown. */
const SHOWN_CHARACTERS = 30;

/**
 * Says what a file is that is not an SQLite database, as far as its beginning tells, and which command helps.
 *
 * @param header the beginning of the file, at least one byte
 */
export function describeForeignFile(path: string, header: Buffer): string {
  const bytes = header.toString('latin1');
  const format = FORMATS.find(({ magic, at = 0 }) => bytes.startsWith(magic, at));
  if (format !== undefined) return format.describe(path);
  if (header.every((byte) => byte === 0)) {
    return 'it begins with zeros, as a file does that was never written to its end';
  }
  const text = textOf(header);
  if (text === undefined) return 'it does not begin as one does; it may be encrypted, or damaged';
  if (SQL.test(text)) {
    return `it is a dump in SQL; make a database of it: "sqlite3 ${asDatabase(path)} < ${shellWord(path)}"`;
  }
  if (WEB_PAGE.test(text)) return 'it is a web page, perhaps an error in place of a download';
  return `it is a text that begins with ${JSON.stringify([...text.trimStart()].slice(0, SHOWN_CHARACTERS).join(''))}`;
}

function compressed(name: string, command: string, endings: string): Describe {
  return (path) => {
    const unpacked = path.replace(new RegExp(`\\.(?:${endings})$`, 'i'), '');
    const target = unpacked === path ? asDatabase(path) : shellWord(unpacked);
    return `it is compressed by ${name}; unpack it: "${command} ${shellWord(path)} > ${target}"`;
  };
}

function archived(what: string, command: string): Describe {
  return (path) => `it is ${what}; unpack it: "${command} ${shellWord(path)}"`;
}

function pointer(name: string, command: string): Describe {
  return (path) =>
    `it is a pointer of ${name}, not the file itself; get that: "${command} ${shellWord(path)}"`;
}

function companion(what: string, ending: string): Describe {
  return (path) => {
    const database = path.endsWith(ending) ? `: ${path.slice(0, -ending.length)}` : '';
    return `it is the ${what} of a database; give the database itself${database}`;
  };
}

function otherFormat(what: string): Describe {
  return () => `it is ${what}, which has to be converted first (docs/database.md says to which tables)`;
}

/** A name for the database that is made of a file. */
function asDatabase(path: string): string {
  return shellWord(`${path.replace(/\.(?:db3?|sqlite3?|sql|dump)$/i, '')}-sqlite.db`);
}

/** The beginning of a file as text; undefined where it is none. */
function textOf(header: Buffer): string | undefined {
  // The last character may be cut off.
  const text = header.toString('utf8').replace(/\ufffd$/, '');
  return /[\ufffd\p{Cc}]/u.test(text.replace(/\s/g, '')) ? undefined : text.replace(/^\ufeff/, '');
}
