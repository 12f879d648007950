import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, type Outcome, RunningProgram } from '../support/peer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

const folder = mkdtempSync(join(tmpdir(), 'tcs-package-'));
/** A project that has the package installed, and of other packages only those that it depends on. */
const project = join(folder, 'project');
const installed = join(project, 'node_modules/tcs-replay');
const night = join(folder, 'night.db');

const PROGRAM = `
import { loadTest, replay, TCSDBReplay, TcsReplayError, ZMQServer } from 'tcs-replay';
const [databases, url] = process.argv.slice(2);
const { sent } = await replay({ databases, url, waitSetupS: 0, speedup: 'max' });
const { load, subscribers } = await loadTest({ databases, url, waitSetupS: 0, stages: ['100:1s'] });
if (load.sent === 0 || subscribers[0].lost.most > 0) throw new Error(JSON.stringify({ load, subscribers }));
console.log(sent, typeof TCSDBReplay, typeof ZMQServer, new TcsReplayError('BAD_OPTION', 'no').code);
`;

const TYPED_PROGRAM = `
import { type LoadReport, type LoadTestOptions, loadTest } from 'tcs-replay';
import { listen, type ReplayOptions, type ReplayOutcome, replay, TCSDBReplay, TcsReplayError } from 'tcs-replay';
const options: ReplayOptions = { databases: 'night.db', speedup: 'max', sortBy: '__wire_time' };
const { sent, lateness }: ReplayOutcome = await replay(options);
const median: number | undefined = lateness?.p50Us;
for await (const event of new TCSDBReplay('night.db')) {
  const topic: string | undefined = event?.[0];
  console.log(topic, sent.toFixed(), median);
}
const load: LoadTestOptions = { stages: ['1k:1s'], subscribers: ['1'], onLoadProgress: ({ sent }) => console.log(sent) };
const { verdict, subscribers }: LoadReport = await loadTest(load);
const least: number | undefined = subscribers[0]?.lost?.least;
console.log(verdict, least);
for await (const { payload } of listen({ count: 1 })) console.log(payload.toString());
try {
  // @ts-expect-error: no such order
  await replay({ sortBy: 'time' });
} catch (error) {
  if (error instanceof TcsReplayError && error.code === 'BAD_OPTION') console.log(error.message);
}
`;

const RUNS_AT_ONCE = 2;

describe('the package', { concurrency: RUNS_AT_ONCE }, () => {
  let files: string[] = [];

  before(async () => {
    writeTopicsNight(night, { events: 100 });
    mkdirSync(installed, { recursive: true });
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await succeed('npm', args, { cwd: ROOT });
    const [{ filename, files: packed }] = JSON.parse(stdout) as [
      { filename: string; files: { path: string }[] },
    ];
    files = packed.map(({ path }) => path);
    await succeed('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
    linkDependencies();
    for (const name of ['@types/node', 'undici-types']) symlink(name);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'typed.ts'), TYPED_PROGRAM);
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('holds the compiled program with its types, the documentation, and nothing else', () => {
    const others = files.filter(
      (path) =>
        !/^dist\/(bundle\/(LICENSES\.txt|[\w-]+\.(c?js(\.map)?|css))|web\/(index\.html|app\.(js|css))|src\/[\w/-]+\.d\.ts)$|^docs\/images\/[\w-]+\.png$|^docs\/[\w/-]+\.(md|ts|py|mjs|java)$|^docs\/examples\/openmct\/[\w-]+\.(html|js)$/.test(
          path,
        ) &&
        !/^docs\/(deploy\/(Dockerfile|[\w-]+\.(yaml|sh))|scenarios\/[\w-]+\.yaml|(scenarios\/)?[\w.-]+\.json)$/.test(
          path,
        ),
    );
    const known = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    assert.deepEqual(
      others.filter((path) => !known.includes(path)),
      [],
    );
    for (const path of [
      'package.json',
      'dist/bundle/cli.cjs',
      'dist/bundle/index.js',
      'dist/bundle/cli-program.cjs',
      'dist/bundle/worker.cjs',
      'dist/bundle/subscriber.cjs',
      'dist/bundle/keep-compiled.cjs',
      'dist/bundle/load-page.js',
      'dist/bundle/load-page.css',
      'dist/src/index.d.ts',
      'docs/install.md',
      'docs/examples/stop.ts',
    ]) {
      assert(files.includes(path), path);
    }
  });

  it('has a command', async () => {
    const cli = join(installed, 'dist/bundle/cli.cjs');
    assert.match(readFileSync(cli, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    const { stdout } = await succeed(process.execPath, [cli, '--version']);
    assert.equal(stdout, `${version}\n`);
    const url = await freeUrl();
    const args = [cli, night, '-u', url, '--wait-setup', '0', '-s', 'max', '--json'];
    const { stdout: json } = await succeed(process.execPath, args);
    assert.equal(JSON.parse(json).sent, 100);
  });

  it('keeps its compiled code when it is installed, and runs by it', async () => {
    const { scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    await succeed('sh', ['-c', scripts.postinstall], { cwd: installed });
    const bundle = join(installed, 'dist/bundle');
    const kept = readdirSync(bundle).filter((name) => name.endsWith('.code'));
    assert.deepEqual(
      kept.map((name) => name.split('.', 1)[0]),
      ['cli-program', 'output-program', 'recorder-program', 'subscriber-program', 'worker-program'],
    );
    const args = [
      join(bundle, 'cli.cjs'),
      night,
      '-u',
      await freeUrl(),
      '--wait-setup',
      '0',
      '-s',
      'max',
      '--json',
    ];
    const { stdout } = await succeed(process.execPath, args);
    assert.equal(JSON.parse(stdout).sent, 100);
  });

  for (const { name, module, args } of [
    { name: 'better-sqlite3', module: 'build/Release/better_sqlite3.node', args: [night] },
    { name: 'zeromq', module: 'build/manifest.json', args: ['listen'] },
  ]) {
    it(`says what to run where the native module of ${name} cannot be loaded`, async () => {
      const modules = join(folder, `broken-${name}`, 'node_modules');
      mkdirSync(modules, { recursive: true });
      for (const other of readdirSync(join(project, 'node_modules')))
        if (other !== name && other !== 'tcs-replay')
          symlinkSync(join(project, 'node_modules', other), join(modules, other));
      cpSync(installed, join(modules, 'tcs-replay'), { recursive: true });
      const broken = join(modules, name);
      cpSync(join(ROOT, 'node_modules', name), broken, { recursive: true, dereference: true });
      writeFileSync(join(broken, module), 'spoiled');
      const cli = join(modules, 'tcs-replay/dist/bundle/cli.cjs');
      const { code, stderr } = await new RunningProgram(process.execPath, [cli, ...args]).outcome;
      assert.equal(code, 1, stderr);
      const advice = `run "npm rebuild ${name}" in ${dirname(modules)}`;
      assert(
        stderr.startsWith(`error: The native module of ${name} cannot be loaded by this Node, `),
        stderr,
      );
      assert(stderr.trimEnd().endsWith(advice), stderr);
    });
  }

  it('can be imported, and needs no more than its dependencies', async () => {
    const program = join(project, 'program.js');
    writeFileSync(program, PROGRAM);
    const { stdout, stderr } = await succeed(process.execPath, [program, night, await freeUrl()]);
    assert.deepEqual([stdout, stderr], ['100 function function BAD_OPTION\n', '']);
  });

  it('can be required, by a version of Node that requires modules', {
    skip: !('require_module' in process.features) && `Node ${process.versions.node} does not`,
  }, async () => {
    const program = join(project, 'program.cjs');
    writeFileSync(program, "console.log(typeof require('tcs-replay').replay);");
    const { stdout } = await succeed(process.execPath, [program]);
    assert.equal(stdout, 'function\n');
  });

  it('has types and examples that compile under the strictest settings, and need no more than its dependencies and those of Node', async () => {
    const examples = join(project, 'examples');
    cpSync(join(installed, 'docs/examples'), examples, { recursive: true });
    const names = readdirSync(examples)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(examples, name));
    assert(names.length > 0);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    // Libraries are checked as well, for those who do not skip that.
    const settings = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const command = [TSC, '--noEmit', ...strict, ...settings, 'typed.ts', ...names];
    const { code, stdout } = await new RunningProgram(process.execPath, command, { cwd: project }).outcome;
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
  });
});

/** Links what npm would install beside the package, by its lock file: compiling that anew takes a minute. */
function linkDependencies(): void {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const names = Object.entries(packages)
    .filter(([path, { dev = false }]) => !dev && path.lastIndexOf('node_modules/') === 0)
    .map(([path]) => path.slice('node_modules/'.length));
  for (const name of Object.keys(dependencies)) assert(names.includes(name), name);
  for (const name of names) if (existsSync(join(ROOT, 'node_modules', name))) symlink(name);
}

function symlink(name: string): void {
  const link = join(project, 'node_modules', name);
  if (existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), link);
}

async function succeed(command: string, args: string[], options = {}): Promise<Outcome> {
  const outcome = await new RunningProgram(command, args, options).outcome;
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}
