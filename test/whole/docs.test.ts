import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadtestCommand } from '../../src/cli/commands/loadtest-command.js';
import { controlStatus } from '../../src/control/control-status.js';
import { Tally } from '../../src/measure/tally.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { Pacer } from '../../src/pacing/pacer.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { systemClock } from '../../src/shared/clock.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pagesIn('docs')];
/** Pages that lead to files: every path in them exists. */
const GUIDES = ['CONTRIBUTING.md', 'docs/architecture.md'];

const FENCE = /^```.*?^```/gms;
const LINK = /\]\(([^)\s]+)\)/g;
const HEADING = /^#+ (.*)$/gm;
/** A file or folder of the repository between backticks. */
const PATH = /`((?:src|test|bench|docs)\/[\w./-]*)`/g;
const SCRIPT = /npm run ([\w:]+)/g;

describe('the documentation', () => {
  it('links to pages, files and headings that exist', () => {
    const broken: string[] = [];
    for (const page of PAGES) {
      for (const [, target = ''] of read(page).replace(FENCE, '').matchAll(LINK)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
        if (!existsSync(file)) broken.push(`${page} links to ${target}: there is no such file`);
        else if (anchor !== undefined && !anchorsOf(relative(ROOT, file)).has(anchor)) {
          broken.push(`${page} links to ${target}: there is no such heading`);
        }
      }
    }
    assert.deepEqual(broken, []);
  });

  it('names files of the project that exist', () => {
    const missing = GUIDES.flatMap((page) =>
      [...read(page).matchAll(PATH)]
        .map(([, path = '']) => path)
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${page} names ${path}: there is no such file`),
    );
    assert.deepEqual(missing, []);
  });

  it('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = PAGES.flatMap((page) =>
      [...read(page).matchAll(SCRIPT)]
        .map(([, script = '']) => script)
        .filter((script) => !(script in scripts))
        .map((script) => `${page} names npm run ${script}: there is no such script`),
    );
    assert.deepEqual(missing, []);
  });

  it('has each field of a status in the table of them', () => {
    const clock = systemClock;
    const pacer = new Pacer(resolveOptions({}), clock, new Waiter(clock, resolveOptions({})));
    const progress = new Tally(clock, pacer, resolveOptions({})).progress();
    const status = controlStatus({
      ...progress,
      state: 'playing',
      speedup: 1,
      firstS: Number.NaN,
      lastS: Number.NaN,
      timezone: 'UTC',
      search: undefined,
    });
    const page = read('docs/control.md');
    const rows = page
      .slice(page.indexOf('**The status**'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    assert.deepEqual(
      Object.keys(status).filter((field) => !named.includes(field)),
      [],
    );
  });

  it('has each flag of a load test in its section of the command line', () => {
    const page = read('docs/command-line.md');
    const [, section = ''] = /^## `tcs-replay loadtest (.*?)^## /ms.exec(page) ?? [];
    const named = new Set([...section.matchAll(/`(--[\w-]+)/g)].map(([, flag]) => flag));
    const flags = loadtestCommand().options.map(({ long }) => long as string);
    assert.deepEqual(
      flags.filter((flag) => !named.has(flag)),
      [],
    );
  });

  it('is all reached from the README', () => {
    const linked = [...read('README.md').matchAll(LINK)].map(([, target]) => target?.split('#')[0]);
    assert.deepEqual(
      PAGES.filter((page) => page !== 'README.md' && !linked.includes(page)),
      [],
    );
  });
});

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = read(page).replace(FENCE, '').matchAll(HEADING);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
