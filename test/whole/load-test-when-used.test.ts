import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readImportGraph } from '../support/import-graph.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, RunningProgram } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Some names for the help of its options. */
const NAMES = 'loadtest/load-names.ts';
/** What the library loads when a load test is called, with types for the rest. */
const ON_DEMAND = 'loadtest/load-test-on-demand.ts';
const PLAY = ['-s', 'max', '-u', 'tcp://127.0.0.1:*', '--wait-setup', '0', '--quiet'];

after(endAll);

describe('the load test', () => {
  it('is imported by the command loadtest alone, by what shows its reports, and by the library', () => {
    const { imports } = readImportGraph(join(ROOT, 'src'));
    const users = new Set(
      imports
        .filter(({ from, to }) => to.startsWith('loadtest/') && !from.startsWith('loadtest/') && to !== NAMES)
        .map(({ from }) => from),
    );
    assert(users.size > 0);
    for (const file of [...users].filter((each) => !OF_LOADTEST.test(each)))
      assert.fail(`${file} imports from src/loadtest/`);
  });

  it('is not loaded by other commands, and the library; nor are metrics', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    writeTopicsNight(night, { events: 100 });
    const cli = join(ROOT, 'dist/bundle/cli.cjs');
    const library = `
      import { replay } from ${JSON.stringify(join(ROOT, 'dist/bundle/index.js'))};
      await replay({ databases: ${JSON.stringify(night)}, url: 'tcp://127.0.0.1:*', waitSetupS: 0, speedup: 'max' });`;
    for (const [args, most] of [
      [[cli, '--version'], [NAMES]],
      [[cli, night, ...PLAY], [NAMES]],
      [[cli, night, ...PLAY, '--on-full', 'block'], [NAMES]],
      [['--input-type=module', '-e', library], [ON_DEMAND]],
    ] as const) {
      const { sources, packages } = await loadedBy(context, args);
      const below = (room: string) => sources.filter((source) => source.startsWith(room));
      assert(sources.includes('shared/errors.ts'), args.join(' '));
      assert.deepEqual(below('loadtest/'), most);
      assert.deepEqual(below('metrics/'), []);
      assert(!packages.has('prom-client'), args.join(' '));
    }
    const { sources, packages } = await loadedBy(context, [cli, night, ...PLAY, '--metrics', '0']);
    assert(sources.includes('metrics/metrics-server.ts') && packages.has('prom-client'));
  });
});

describe('faults', () => {
  it('are not loaded by a load test without them', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    writeTopicsNight(night, { events: 100 });
    const load = ['--stage', '50:0.2s', '--drain', '0', '--quiet', '--accept-inconclusive'];
    const { sources } = await loadedBy(context, [
      ...[
        join(ROOT, 'dist/bundle/cli.cjs'),
        'loadtest',
        night,
        '-u',
        'tcp://127.0.0.1:*',
        '--wait-setup',
        '0',
      ],
      ...load,
    ]);
    assert(sources.includes('loadtest/load-test.ts'));
    assert.deepEqual(
      sources.filter((source) => source.startsWith('loadtest/faults/')),
      ['loadtest/faults/fault-spec.ts'],
    );
  });
});

/** Commands and reports that are loaded when a load test runs. */
const OF_LOADTEST =
  /^index\.ts$|^cli\/(?:commands\/(?:loadtest-command|listen-command|listen-as-agent)|(?:.*\/)?(?:load|search)-[\w/-]+|scenario\/[\w-]+|text\/subscriber-order)\.ts$/;

/** A script in the report of V8's coverage, as Node writes it. */
interface Script {
  readonly url: string;
  readonly functions: { functionName: string; ranges: [{ count: number }] }[];
}

/**
 * What a program runs of `src/`, in its main thread and its other ones, and of which packages. The bundle names the file that
 * each part is of. A part that is run when it is first imported is a function of that name.
 */
async function loadedBy(context: TestContext, args: readonly string[]) {
  const folder = join(temporaryFolder(context), 'loaded');
  mkdirSync(folder);
  const env = { NODE_V8_COVERAGE: folder };
  const { code, stderr } = await new RunningProgram(process.execPath, args, { env }).outcome;
  assert.equal(code, 0, stderr);
  const scripts = readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: Script[] };
    return result.filter(({ url }) => url.startsWith('file:'));
  });
  const sources = scripts.flatMap(({ url, functions }) => {
    const path = fileURLToPath(url);
    if (!dirname(path).endsWith('dist/bundle')) return [];
    const notRun = new Set(
      functions.flatMap(({ functionName, ranges: [{ count }] }) => (count === 0 ? [functionName] : [])),
    );
    return [
      ...readFileSync(path, 'utf8').matchAll(/^(?:\/\/ | {2}")(src\/(\S+\.ts))(?:"\(\) \{)?$/gm),
    ].flatMap(([, name, source]) => (notRun.has(name as string) ? [] : [source]));
  });
  const packages = scripts.map(({ url }) => /\/node_modules\/(?!.*\/node_modules\/)([^/]+)/.exec(url)?.[1]);
  return { sources: [...new Set(sources)], packages: new Set(packages) };
}
