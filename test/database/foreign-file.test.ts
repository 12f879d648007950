import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { readHeader } from '../../src/database/connection.js';
import { messageOf } from '../../src/shared/errors.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const FILES: [what: string, name: string, content: Buffer, says: string][] = [
  [
    'of zstd',
    'n.db.zst',
    latin1('\x28\xb5\x2f\xfd'),
    'it is compressed by zstd; unpack it: "zstd -dc n.db.zst > n.db"',
  ],
  ['of xz', 'n.db', latin1('\xfd7zXZ\0'), 'it is compressed by xz; unpack it: "xz -dc n.db > n-sqlite.db"'],
  [
    'of bzip2',
    'a night.db.bz2',
    latin1('BZh9'),
    `it is compressed by bzip2; unpack it: "bzip2 -dc 'a night.db.bz2' > 'a night.db'"`,
  ],
  ['of zip', 'n.zip', latin1('PK\x03\x04'), 'it is a zip archive; unpack it: "unzip n.zip"'],
  [
    'of tar',
    'n.tar',
    Buffer.concat([Buffer.alloc(257, 'n'), latin1('ustar')]),
    'it is a tar archive; unpack it: "tar -xf n.tar"',
  ],
  [
    'that Git LFS left',
    'n.db',
    latin1('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    'it is a pointer of Git LFS, not the file itself; get that: "git lfs pull --include n.db"',
  ],
  [
    'that git-annex left',
    'n.db',
    latin1('/annex/objects/SHA256E-s1--ab.db\n'),
    'it is a pointer of git-annex, not the file itself; get that: "git annex get n.db"',
  ],
  [
    'of SQL',
    'n.sql',
    latin1('-- made by hand\nPRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n'),
    'it is a dump in SQL; make a database of it: "sqlite3 n-sqlite.db < n.sql"',
  ],
  [
    'of HDF5',
    'n.db',
    latin1('\x89HDF\r\n\x1a\n'),
    'it is an HDF5 file, which has to be converted first (docs/database.md says to which tables)',
  ],
  [
    'of FITS',
    'n.fits',
    latin1('SIMPLE  =                    T'),
    'it is a FITS file, which has to be converted first (docs/database.md says to which tables)',
  ],
  [
    'of Parquet',
    'n.db',
    latin1('PAR1\x15\x04'),
    'it is a Parquet file, which has to be converted first (docs/database.md says to which tables)',
  ],
  [
    'beside a database',
    'n.db-wal',
    latin1('\x37\x7f\x06\x82'),
    'it is the write-ahead log of a database; give the database itself: n.db',
  ],
  [
    'of a failed download',
    'n.db',
    latin1('<!DOCTYPE html>\n<html>'),
    'it is a web page, perhaps an error in place of a download',
  ],
  [
    'of zeros',
    'n.db',
    Buffer.alloc(4096),
    'it begins with zeros, as a file does that was never written to its end',
  ],
  [
    'of noise',
    'n.db',
    Buffer.alloc(4096, 0xa5),
    'it does not begin as one does; it may be encrypted, or damaged',
  ],
  [
    'of text',
    'n.csv',
    Buffer.from(`\ufefftopic,${'é'.repeat(600)}`),
    `it is a text that begins with "topic,${'é'.repeat(24)}"`,
  ],
];

function refusal(path: string): { code: unknown; message: string } {
  try {
    readHeader(path);
  } catch (error) {
    return { code: (error as { code?: unknown }).code, message: messageOf(error) };
  }
  return assert.fail('expected an error');
}

for (const [what, name, content, says] of FILES) {
  test(`names a file ${what}, and what helps`, (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, name);
    writeFileSync(path, content);
    const { code, message } = refusal(path);
    assert.equal(code, 'NOT_A_DATABASE');
    assert.equal(message.replaceAll(`${folder}/`, ''), `Not a SQLite database: ${name}: ${says}`);
  });
}

const PACKED: [
  what: string,
  ending: string,
  pack: (path: string) => Buffer,
  made: string,
  program: string,
][] = [
  ['a compressed database', '.gz', (path) => gzipSync(readFileSync(path)), "the night's.db", 'gzip'],
  [
    'a dump',
    '.sql',
    (path) => execFileSync('sqlite3', [path, '.dump']),
    "the night's.db-sqlite.db",
    'sqlite3',
  ],
];

for (const [what, ending, pack, made, program] of PACKED) {
  test(`names a command that makes a database of ${what}`, {
    skip: spawnSync(program, ['--version']).status !== 0 && `${program} is not installed`,
  }, (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, "the night's.db");
    writeEvents(path, [plainEvent(1n), plainEvent(2n)]);
    writeFileSync(path + ending, pack(path));
    rmSync(path);
    const [, command = ''] = /"(.*)"$/.exec(refusal(path + ending).message) ?? [];
    execFileSync('sh', ['-c', command]);
    const db = new Database(join(folder, made), { readonly: true });
    assert.equal(db.prepare('SELECT count(*) FROM event').pluck().get(), 2);
    db.close();
  });
}

test('names a pipe, and what helps', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  execFileSync('mkfifo', [path]);
  assert.deepEqual(refusal(path), {
    code: 'NOT_A_DATABASE',
    message: `Expected a database file, found a named pipe: ${path}; a database is read from many places: write it to a file first, such as "cat ${path} > night.db"`,
  });
  assert.match(refusal('/dev/null').message, /^Expected a database file, found a device: \/dev\/null$/);
});

test('tells where a link leads whose file is missing', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  symlinkSync('../.git/annex/objects/ab/night.db', path);
  assert.deepEqual(refusal(path), {
    code: 'NO_SUCH_FILE',
    message: `No such file: ${path}: it is a link to ../.git/annex/objects/ab/night.db, which is missing: "git annex get ${path}" gets it`,
  });
});
