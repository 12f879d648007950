import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { version as libzmq } from 'zeromq';
import { findPython } from '../test/support/peer.js';

/** Everything that a result depends on, apart from the programs that are measured. */
export interface Environment {
  readonly date: string;
  readonly tcsReplay: string;
  /** The measured commit, and whether files differ from it; null outside a git clone. */
  readonly commit: { readonly id: string; readonly isChanged: boolean } | null;
  readonly node: string;
  readonly zeromqJs: string;
  readonly libzmq: string;
  readonly betterSqlite3: string;
  readonly sqlite: string;
  /** Versions of the peer; null if there is no Python with pyzmq. */
  readonly python: PythonVersions | null;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly kernel: string;
  /**
   * Load average of the last minute: processes that ran or were ready to run. Well above 0, others share the
   * machine.
   */
  readonly loadBefore: number;
}

export interface PythonVersions {
  readonly python: string;
  readonly pyzmq: string;
  readonly libzmq: string;
  readonly sqlite: string;
}

const PYTHON_VERSIONS = `
import json, platform, sqlite3, zmq
print(json.dumps({'python': platform.python_version(), 'pyzmq': zmq.__version__,
                  'libzmq': zmq.zmq_version(), 'sqlite': sqlite3.sqlite_version}))`;

export function describeEnvironment(): Environment {
  return {
    date: new Date().toISOString(),
    tcsReplay: versionIn('package.json'),
    commit: commit(),
    node: process.versions.node,
    zeromqJs: versionIn('node_modules/zeromq/package.json'),
    libzmq,
    betterSqlite3: versionIn('node_modules/better-sqlite3/package.json'),
    sqlite: sqliteVersion(),
    python: pythonVersions(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${arch()}`,
    kernel: release(),
    loadBefore: loadavg()[0],
  };
}

function commit(): Environment['commit'] {
  const git = (...args: string[]) => {
    const cwd = fileURLToPath(new URL('../../', import.meta.url));
    const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const id = git('rev-parse', 'HEAD');
  return id === undefined ? null : { id, isChanged: git('status', '--porcelain') !== '' };
}

/** @param path relative to the repository, which is two folders above dist/bench/ */
function versionIn(path: string): string {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).version;
}

function sqliteVersion(): string {
  const database = new SQLite(':memory:');
  const version = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  database.close();
  return version;
}

function pythonVersions(): PythonVersions | null {
  const python = findPython();
  if (python === undefined) return null;
  const { status, stdout } = spawnSync(python, ['-c', PYTHON_VERSIONS], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : null;
}
