import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import type { CacheEntry } from '../../database/cache/cache-folder.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as text from '../../shared/text.js';
import { addFlags } from '../flags/flag.js';
import { CACHE_FLAG } from '../flags/reading-flags.js';
import { print, printJson } from '../output.js';
import { columns } from '../text/columns.js';

const EXPLANATION = `
The cache holds: the index on the attributes' event ids of a database that has
none; the order of a database that was sorted by a time; notes of the last
events of the topics of a database that was primed from; prepared files. All but
these are made again when they are needed. An entry is used only while its
database has not changed.`;

interface CacheOptions {
  readonly cacheFolder?: string;
  json?: boolean;
}

/** The command that lists and clears the cache of what was made to read databases. */
export function cacheCommand(): Command {
  const command = new Command('cache')
    .description('list or clear the cache, which saves preparing the same databases again')
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'clear']).default('list'))
    .argument('[db...]', 'databases whose entries to list or clear (default: all entries)');
  return addFlags(command, [CACHE_FLAG])
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXPLANATION)
    .action(cache);
}

async function cache(
  action: string,
  databases: string[],
  { json = false, cacheFolder }: CacheOptions,
): Promise<void> {
  const [{ CacheFolder }, { defaultCacheFolder }] = await Promise.all([
    import('../../database/cache/cache-folder.js'),
    import('../../database/cache/default-cache-folder.js'),
  ]);
  const path = cacheFolder ?? defaultCacheFolder();
  if (path === undefined) {
    throw new TcsReplayError(
      'NO_SUCH_FILE',
      'Expected a home folder, in which the cache is; found none: set HOME or XDG_CACHE_HOME to a whole path',
    );
  }
  const folder = new CacheFolder(path);
  const meant = new Set(databases.map(realPath));
  const entries = folder.entries().filter(({ source }) => meant.size === 0 || meant.has(source));
  if (action === 'clear') {
    folder.remove(entries);
    folder.removeLeftovers();
  }
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const total = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}, ${text.bytes(sizeBytes)}`;
  if (json) {
    const shown = entries.map(({ folder: _, ...entry }) => entry);
    const what = action === 'clear' ? { cleared: shown } : { entries: shown };
    printJson({ folder: folder.path, ...what, sizeBytes });
  } else if (action === 'clear') {
    print(`Cleared ${total}, in ${text.name(folder.path)}`);
  } else {
    if (entries.length > 0) print(tableOf(entries));
    print(`${total}, in ${text.name(folder.path)}`);
  }
}

/** The database comes last: a long path then only makes its own line longer. */
function tableOf(entries: readonly CacheEntry[]): string {
  return columns(
    [
      { head: 'what' },
      { head: 'size', align: 'right' },
      { head: 'last used' },
      { head: 'state' },
      { head: 'database' },
    ],
    entries.map(({ source, kind, sizeBytes, lastUsedAt, state }) => [
      kind,
      text.bytes(sizeBytes),
      `${text.roughSpan(Math.max(0, Date.now() - lastUsedAt.getTime()) / 1000)} ago`,
      state,
      text.name(source),
    ]),
  );
}

/** The path of a file with all symbolic links resolved; the absolute path if the file is gone. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
