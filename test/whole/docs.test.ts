import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

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
