import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { defaultCacheFolder } from '../../src/database/cache/default-cache-folder.js';
import { makeFolder } from '../../src/database/cache/make-folder.js';
import { newScratchFolder } from '../../src/database/cache/scratch-folder.js';
import { endAll, type RunningProgram, runCli, startCli } from '../support/peer.js';
import { knownEvent, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const IS_LINUX = process.platform === 'linux';
const FLAT_OUT = ['-s', 'max', '--wait-setup', '0', '--json'];
/** More than a process can have. */
const NO_PID = 2 ** 22 + 1;
const ADDRESS = ['-u', 'tcp://127.0.0.1:*', '--workers', '0'];

after(endAll);

describe('a database that is no file', { skip: process.platform === 'win32' && 'no named pipes' }, () => {
  for (const command of [[], ['info'], ['info', '--quick'], ['check']]) {
    it(`is refused at once: play ${command.join(' ')}`, async (context) => {
      const folder = temporaryFolder(context);
      const pipe = join(folder, 'pipe.db');
      execFileSync('mkfifo', [pipe]);
      const socket = join(folder, 'socket.db');
      const server = createServer().listen(socket);
      context.after(() => server.close());
      // The companion of a database is opened as well.
      const night = join(folder, 'night.db');
      writeEvents(night, [plainEvent(1n)]);
      execFileSync('mkfifo', [`${night}-journal`]);
      const found = {
        [pipe]: 'named pipe',
        [socket]: 'socket',
        '/dev/null': 'device',
        [night]: 'named pipe',
      };
      for (const [path, kind] of Object.entries(found)) {
        const { code, stdout, stderr } = await runCli([...command, path]);
        // To `check`, what it finds of a file is a finding.
        assert.equal(code, command[0] === 'check' && path === night ? 3 : 1, path);
        assert.match(stdout + stderr, new RegExp(`Expected a database file, found a ${kind}: ${path}`));
      }
    });
  }
});

describe('a folder that cannot be made', { skip: !IS_LINUX && 'no /proc' }, () => {
  it('is an error, not a loop', (context) => {
    assert.throws(() => makeFolder('/proc/x/y/z'), { code: 'ENOENT' });
    const file = join(temporaryFolder(context), 'file');
    writeFileSync(file, '');
    assert.throws(() => makeFolder(file), { code: 'EEXIST' });
    assert.throws(() => makeFolder(join(file, 'below')), { code: 'ENOTDIR' });
  });

  it('is made with those above it, and may exist', (context) => {
    const folder = join(temporaryFolder(context), 'a', 'b', 'c');
    makeFolder(folder);
    makeFolder(folder);
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const [what, args, env] of [
    ['the cache', ['--cache', '/proc/x/y'], {}],
    ['the home', [], { HOME: '/proc/x', XDG_CACHE_HOME: '' }],
  ] as const) {
    it(`does not keep a database without an index from being played: ${what}`, async (context) => {
      const night = join(temporaryFolder(context), 'night.db');
      writeEvents(night, [plainEvent(1n), plainEvent(2n)], { index: false });
      const { code, stdout, stderr } = await startCli([...FLAT_OUT, ...ADDRESS, ...args, night], { env })
        .outcome;
      assert.deepEqual([code, JSON.parse(stdout).sent], [0, 2], stderr);
    });
  }
});

describe('a home that is no path', () => {
  for (const env of [{ HOME: '' }, { HOME: 'home' }, { HOME: '', XDG_CACHE_HOME: 'cache' }]) {
    it(`leaves nothing in the current folder: ${JSON.stringify(env)}`, async (context) => {
      const cwd = temporaryFolder(context);
      const night = join(temporaryFolder(context), 'night.db');
      writeEvents(night, [knownEvent(1n)], { index: false });
      const before = { ...process.env };
      context.after(() => Object.assign(process.env, before));
      Object.assign(process.env, { XDG_CACHE_HOME: '', ...env });
      // The user's home counts, if the system knows one; the test does not write to it.
      assert.match(defaultCacheFolder() ?? '/', /^(\/|[A-Z]:)/);
      const { code, stderr } = await startCli(['check', '--workers', '0', night], {
        cwd,
        env: { XDG_CACHE_HOME: '', ...env },
      }).outcome;
      assert.deepEqual([code, stderr, readdirSync(cwd)], [0, '', []]);
    });
  }

  it('is not asked for: an empty cache folder is an error', async (context) => {
    const { code, stderr } = await runCli(['--cache', '', join(temporaryFolder(context), 'x.db')]);
    assert.deepEqual([code, stderr], [2, 'error: Expected --cache to be the path of a folder, got ""\n']);
  });
});

describe('copies of databases in WAL mode', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'tcs-swept-'));
  const env = { TMPDIR: temporary };
  after(() => rmSync(temporary, { recursive: true }));
  const left = (of: string, pid: number) => join(temporary, `tcs-replay-${of}-${pid}-0123abcd`);

  function startWal(context: Parameters<typeof temporaryFolder>[0]): RunningProgram {
    const night = join(temporaryFolder(context), 'night.db');
    writeEvents(night, [plainEvent(1n)]);
    execFileSync(process.execPath, [
      '-e',
      `new (require('better-sqlite3'))(${JSON.stringify(night)}).pragma('journal_mode = WAL')`,
    ]);
    return startCli([night, ...ADDRESS, '--start-paused', '--verbose'], { env });
  }

  it('are removed when the next replay starts, if their process is gone', async (context) => {
    const first = startWal(context);
    await first.waitForOutput(/: events: /);
    const [copy] = readdirSync(temporary);
    first.kill('SIGKILL');
    await first.outcome;
    assert.deepEqual(readdirSync(temporary), [copy]);
    // Of a process that runs, of another machine, and of another program.
    const kept = [
      left(hostname(), process.pid),
      left('elsewhere', NO_PID),
      join(temporary, 'tcs-replay-notes'),
    ];
    for (const folder of kept) mkdirSync(folder);
    mkdirSync(left(hostname(), NO_PID));
    const second = startWal(context);
    await second.waitForOutput(/: events: /);
    second.kill('SIGHUP');
    assert.equal((await second.outcome).code, 129);
    assert.deepEqual(
      readdirSync(temporary)
        .map((name) => join(temporary, name))
        .sort(),
      [...kept].sort(),
    );
  });

  it('are made in a folder that names this process', () => {
    assert.match(newScratchFolder(), new RegExp(`/tcs-replay-${hostname()}.*-${process.pid}-[0-9a-f]{8}$`));
    assert.equal(existsSync(newScratchFolder()), false);
  });
});
