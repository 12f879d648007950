/**
 * Runs the quick tests on other versions of Node: `npm run test:node -- 22 24`. Each comes from npm's package of it, into
 * a temporary folder, with a copy of the checkout. Fails where one of them fails.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGE = `node-linux-${process.arch}`;
const TEST = ['--import', './dist/test/support/seed.js', 'dist/test/support/run.js'];
/** What the quick tests read. */
const COPIED = ['package.json', 'dist', 'test', 'bench', 'docs'];

const versions = process.argv.slice(2);
if (versions.length === 0 || !versions.every((version) => /^\d+(\.\d+){0,2}$/.test(version))) {
  console.error('Expected versions of Node, such as 22 24');
  process.exit(2);
}

for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-node-'));
  const startedMs = performance.now();
  try {
    const { node, tests } = testOn(version, folder);
    const count = /^ℹ tests (\d+)$/m.exec(tests)?.[1];
    console.log(`Node ${node}: passed ${count} tests in ${secondsSince(startedMs)} s`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`Node ${version}: failed after ${secondsSince(startedMs)} s: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error with what a step printed, if it failed */
function testOn(version: string, folder: string): { node: string; tests: string } {
  const installed = join(folder, 'node');
  npm(process.execPath, [
    ...['install', '--prefix', installed, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'],
    `${PACKAGE}@${version}`,
  ]);
  const nodeFolder = join(installed, 'node_modules', PACKAGE);
  const node = join(nodeFolder, 'bin/node');

  const copy = join(folder, 'copy');
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  // In a worktree of git it may be a link.
  const modules = realpathSync(join(ROOT, 'node_modules'));
  cpSync(modules, join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  // Of the native modules, this one alone is built for a version of Node.
  npm(node, ['rebuild', 'better-sqlite3', '--build-from-source', `--nodedir=${nodeFolder}`], copy);
  const tests = run(node, [...TEST, '--quick'], copy);
  return { node: run(node, ['--version'], copy).trim().slice(1), tests };
}

function npm(node: string, args: readonly string[], cwd?: string): string {
  const path = process.env.npm_execpath;
  if (path === undefined) throw new Error('Expected to be run by npm');
  return run(node, [path, ...args], cwd);
}

/** Runs a program to its end, with `node` as the Node of all that it starts. @returns what it printed */
function run(node: string, args: readonly string[], cwd?: string): string {
  const env = { ...process.env, PATH: `${join(node, '..')}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr, error }: SpawnSyncReturns<string> = spawnSync(node, args, {
    ...{ cwd, env, encoding: 'utf8', maxBuffer: 256 << 20 },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function secondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) / 1000);
}
