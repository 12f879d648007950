import assert from 'node:assert/strict';
import { linkSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findRecordings } from '../../src/sources/recording-files.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DATABASE = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(84)]);
/** What the others are said to be. */
const TEXT = 'it is a text that begins with "no database"';

/** A folder of files: those of `databases` begin as a database does, the others are text. */
function folderOf(context: TestContext, databases: string[], others: string[] = []): string {
  const folder = realpathSync(temporaryFolder(context));
  for (const name of [...databases, ...others]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), databases.includes(name) ? DATABASE : 'no database');
  }
  return folder;
}

/** Names of what is found, below the folder. */
async function found(folder: string, ...paths: string[]): Promise<string[]> {
  const { files } = await findRecordings(paths.map((path) => join(folder, path)));
  return files.map(({ path }) => path.slice(folder.length + 1));
}

test('takes a named file as it is, even if it is missing or no database', async () => {
  const paths = ['/no/such/night.db', 'package.json'];
  assert.deepEqual(await findRecordings(paths), {
    files: paths.map((path) => ({ path, isNamed: true })),
    passedOver: [],
  });
});

test('finds the databases of a folder in natural order, folder by folder', async (context) => {
  const names = [
    '2018/night2.db',
    '2018/night10.sqlite',
    '2018/deep/er/n.DB3',
    '2019/a.sqlite3',
    '10.db',
    '9.db',
  ];
  const folder = folderOf(context, names);
  const sorted = [
    '9.db',
    '10.db',
    '2018/deep/er/n.DB3',
    '2018/night2.db',
    '2018/night10.sqlite',
    '2019/a.sqlite3',
  ];
  assert.deepEqual(await found(folder, ''), sorted);
  assert.deepEqual(await found(folder, '2018'), sorted.slice(2, 5));
  const { files } = await findRecordings([folder]);
  assert.ok(files.every(({ isNamed }) => !isNamed));
});

test('passes hidden and other files over, and tells those that only have the name of a database', async (context) => {
  const folder = folderOf(
    context,
    ['night.db', '.hidden.db', '.hidden/night.db', 'unnamed', 'night.db-wal'],
    ['notes.txt', 'Thumbs.db', 'night.db-shm', 'night.db-journal'],
  );
  const { files, passedOver } = await findRecordings([folder]);
  assert.deepEqual(files, [{ path: join(folder, 'night.db'), isNamed: false }]);
  const thumbs = join(folder, 'Thumbs.db');
  assert.deepEqual(passedOver, [{ path: thumbs, reason: `Not a SQLite database: ${thumbs}: ${TEXT}` }]);
});

test('finds by pattern: files of any name, and all that is in folders', async (context) => {
  const folder = folderOf(
    context,
    ['2018-03/a.db', '2018-03/deep/b.db', '2018-04/night', '2019-01/c.db', '2018-05.db', '2018-05.db-wal'],
    ['2018-04/notes'],
  );
  assert.deepEqual(await found(folder, '2018-*'), ['2018-03/a.db', '2018-03/deep/b.db', '2018-05.db']);
  assert.deepEqual(await found(folder, '2018-0[34]/n*'), ['2018-04/night']);
  assert.deepEqual(await found(folder, '**/?.db'), ['2018-03/a.db', '2018-03/deep/b.db', '2019-01/c.db']);
  assert.deepEqual(await found(folder, '201{8-04,9-01}/*'), ['2018-04/night', '2019-01/c.db']);
});

test('finds by a pattern that is relative to where it runs', async (context) => {
  // A folder further down: in that of all temporary files, other tests have nights of their own.
  const folder = folderOf(context, ['here/nights/1.db']);
  const before = process.cwd();
  process.chdir(join(folder, 'here'));
  context.after(() => process.chdir(before));
  for (const path of ['nights/*.db', './nights/*', 'nights', './nights/', 'nights/1.db']) {
    const { files } = await findRecordings([path]);
    assert.deepEqual(
      files.map((file) => file.path),
      ['nights/1.db'],
      path,
    );
  }
  const { files } = await findRecordings(['.', `../*/nights/1.db`]);
  assert.deepEqual(
    files.map((file) => file.path),
    ['nights/1.db'],
  );
});

test('means a file by its very name, even if that looks like a pattern', async (context) => {
  const folder = folderOf(context, ['night[1].db', 'night1.db', 'night{2}/a.db']);
  assert.deepEqual(await found(folder, 'night[1].db'), ['night[1].db']);
  assert.deepEqual(await found(folder, 'night{2}'), ['night{2}/a.db']);
});

test('plays a file once, however it is given, where it is given first', async (context) => {
  const folder = folderOf(context, ['a.db', 'b.db', 'c.db']);
  linkSync(join(folder, 'a.db'), join(folder, 'hard.db'));
  symlinkSync('b.db', join(folder, 'soft.db'));
  assert.deepEqual(await found(folder, 'soft.db', 'c.db', '', 'hard.db', '*.db'), [
    'soft.db',
    'c.db',
    'a.db',
  ]);
  const { files } = await findRecordings([folder, join(folder, 'hard.db')]);
  assert.deepEqual(
    files.map(({ isNamed }) => isNamed),
    [true, false, false],
  );
});

test('follows links, and comes to an end when they lead in circles', async (context) => {
  const folder = folderOf(context, []);
  const names = Array.from({ length: 12 }, (_, i) => `d${i}`);
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'n.db'), DATABASE);
    for (const other of names) symlinkSync(join('..', other), join(folder, name, `to-${other}`));
  }
  symlinkSync('itself', join(folder, 'itself'));
  symlinkSync('itself', join(folder, 'broken.db'));
  const all = names.map((name) => `${name}/n.db`);
  assert.deepEqual(await found(folder, ''), all);
  assert.deepEqual(await found(folder, '**'), all);
  assert.equal((await found(folder, 'd1')).length, 12);
});

test('says what was searched when there is no database', async (context) => {
  const folder = folderOf(context, [], ['notes.txt', 'deep/more.txt', 'empty/.keep']);
  const code = 'NO_SUCH_FILE';
  await assert.rejects(findRecordings([folder]), {
    code,
    message: `No recording in the folder ${folder}: found none that ends in .db, .db3, .sqlite, .sqlite3, .mcap or .jsonl among 2 files`,
  });
  await assert.rejects(findRecordings([join(folder, 'deep')]), { code, message: /among 1 file$/ });
  await assert.rejects(findRecordings([join(folder, '*.db')]), {
    code,
    message: `No recording matches ${folder}/*.db: found no such file or folder`,
  });
  const note = join(folder, 'notes.txt');
  await assert.rejects(findRecordings([join(folder, '*.txt')]), {
    code,
    message: `No recording matches ${folder}/*.txt: found none among 1 file; Not a SQLite database: ${note}: ${TEXT}`,
  });
});

test('finds thousands of files', async (context) => {
  const names = Array.from({ length: 3000 }, (_, i) => `${i % 30}/night${i}.db`);
  const folder = folderOf(context, names);
  const { files } = await findRecordings([folder]);
  assert.equal(files.length, names.length);
});
