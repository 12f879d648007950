import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import type { CacheEntry } from '../../database/cache/cache-folder.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as text from '../../shared/text.js';
import { print, printJson } from '../output.js';
import { columns } from '../text/columns.js';

const EXPLANATION = `
The cache holds: the index on the attributes' event ids of a database that has none; the order of a database that was
sorted by a time; notes of the last events of the topics of a database that was primed from. All are made again when they
are needed. An entry is used only while its database has not changed.`;

interface CacheOptions {
  json?: boolean;
}

/** The command that lists and clears the cache of what was made to read databases. */
export function cacheCommand(): Command {
  return new Command('cache')
    .description('list or clear the cache, which saves preparing the same databases again')
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'clear']).default('list'))
    .argument('[db...]', 'databases whose entries to list or clear (default: all entries)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXPLANATION)
    .action(cache);
}

async function cache(action: string, databases: string[], { json = false }: CacheOptions): Promise<void> {
  const [{ CacheFolder }, { defaultCacheFolder }] = await Promise.all([
    import('../../database/cache/cache-folder.js'),
    import('../../database/cache/default-cache-folder.js'),
  ]);
  const path = defaultCacheFolder();
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

function tableOf(entries: readonly CacheEntry[]): string {
  const heads = ['database', 'what', 'size', 'last used', 'state'];
  return columns(
    heads.map((head) => ({ head, align: head === 'size' ? 'right' : 'left' })),
    entries.map(({ source, kind, sizeBytes, lastUsedAt, state }) => [
      text.name(source),
      kind,
      text.bytes(sizeBytes),
      text.moment(lastUsedAt.getTime() / 1000),
      state,
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
