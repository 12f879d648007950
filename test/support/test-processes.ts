import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isQuick, nameOf } from './test-files.js';

/** Files that take long, the longest first. They begin first, so that none is left alone at the end. */
const LONGEST = [
  ...['loadtest/load-test', 'whole/load-testing-doc', 'record/durability', 'web/page', 'sources/mixed-kinds'],
  ...['whole/recordings-doc', 'whole/follow', 'convert/tables', 'loadtest/agents', 'convert/failures'],
  ...[
    'bench/quick',
    'cli/prepare-places',
    'cli/prepare-stopped',
    'record/permissions',
    'cli/loadtest-command',
  ],
  ...['whole/field-cases', 'convert/round-trips', 'bench/end-to-end', 'whole/scenarios', 'convert/losses'],
];
/** Processes that share the quick files: several to a core, so that no core is idle at the end. */
const SHARED = 4 * availableParallelism();
/** A hook at the top level of a file would be one of all files in its process. */
const HAS_OWN_HOOKS = /^(?:before|after)(?:Each)?\(/m;

/**
 * What is to be run in a process each, in the order in which they begin. Quick files share processes: to start one and
 * load what is tested takes longer than most of them.
 *
 * @param files paths of test files
 * @param folder exists; files that import those of a process are written to it
 */
export function processesOf(files: readonly string[], folder: string): string[] {
  const shared = files.filter((file) => isQuick(file) && !HAS_OWN_HOOKS.test(readFileSync(file, 'utf8')));
  const alone = files.filter((file) => !shared.includes(file));
  const longest = alone.filter(isLong).toSorted((a, b) => rankOf(a) - rankOf(b));
  const groups = Array.from({ length: SHARED }, (_, i) => shared.filter((_, j) => j % SHARED === i));
  const written = groups
    .filter((group) => group.length > 0)
    .map((group, i) => {
      const path = join(folder, `${i}.mjs`);
      writeFileSync(path, group.map((file) => `import '${pathToFileURL(file)}';\n`).join(''));
      return path;
    });
  return [...longest, ...written, ...alone.filter((file) => !isLong(file))];
}

function isLong(file: string): boolean {
  return LONGEST.includes(nameOf(file));
}

function rankOf(file: string): number {
  return LONGEST.indexOf(nameOf(file));
}
