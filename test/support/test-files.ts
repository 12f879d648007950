import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What is run are the compiled tests. */
const TESTS = join(ROOT, 'dist/test');
const SOURCES = join(ROOT, 'dist/src');
/** Each of the named files takes more than four seconds of a core; all quick ones together take a minute of two. */
const TAKES_LONG =
  /^whole\/|-fuzz$|^(convert\/(losses|tables|database)|database\/(damage|page-list|page-reader)|generate\/generate-(content|time)|inspect\/check|prepare\/topic-notes|sources\/(mixed-kinds|prepared-source)|timeline\/(archive|recorded-state))$/;
/** Asks Python one question: a process that takes no time to speak of. */
const ALLOWED = fileURLToPath(new URL('plain-python.js', import.meta.url));

/**
 * Paths of test files.
 *
 * @param names files or folders below `test/`, such as `pacing` or `pacing/pacer`; all files if empty
 * @param areQuick leaves out files that are not quick
 */
export function testFiles(names: readonly string[], areQuick: boolean): string[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js'))
    .filter((path) => names.length === 0 || names.some((name) => isNamed(path, name)))
    .sort()
    .map((path) => join(TESTS, path));
  return areQuick ? files.filter(isQuick) : files;
}

/**
 * Whether a test file is none that starts programs, none of the whole (`whole/`), none that damages a file again and again
 * (`…-fuzz`), and none of a few that take long.
 */
export function isQuick(file: string): boolean {
  return !TAKES_LONG.test(nameOf(file)) && !startsPrograms(file);
}

/** A test file's name, as it is given on the command line, from the path of its source or of what is run. */
export function nameOf(file: string): string {
  return relative(ROOT, file).replace(/^(dist\/)?test\/|\.test\.[jt]s$/g, '');
}

function isNamed(path: string, name: string): boolean {
  const plain = name.replace(/^(dist\/)?test\//, '').replace(/(\.test)?\.[jt]s$|\/$/, '');
  return path.startsWith(`${plain}/`) || path === `${plain}.test.js`;
}

/** Packages that start programs. */
const STARTERS = ['node:child_process', 'playwright-core'];

/** Whether a test, or a helper that it imports, imports one of `STARTERS`. What `src/` imports does not count. */
function startsPrograms(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || file === ALLOWED || file.startsWith(SOURCES)) return false;
  seen.add(file);
  const imported = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?'([^']+)';$/gm)].map(
    ([, specifier]) => specifier,
  );
  return (
    STARTERS.some((each) => imported.includes(each)) ||
    imported.some((each) => each.startsWith('.') && startsPrograms(resolve(dirname(file), each), seen))
  );
}
