import { existsSync } from 'node:fs';
import type { ReplayOptions } from '../../options/replay-options.js';
import { TcsReplayError } from '../../shared/errors.js';
import { texts } from '../../shared/expect.js';
import { shellWord } from '../../shared/shell-word.js';

const DATABASE_NAME = /\.(?:db|db3|sqlite|sqlite3)$/i;

/**
 * Refuses a database that was taken for a topic: -t and --exclude take all words that follow them.
 *
 * @throws TcsReplayError `BAD_OPTION`
 */
export function refuseSwallowedDatabases(
  databases: readonly string[],
  { topics = [], exclude = [] }: Pick<ReplayOptions, 'topics' | 'exclude'>,
): void {
  // A file may have the name of a topic where a database is given as well.
  const isDatabase = (word: string) =>
    databases.length === 0
      ? DATABASE_NAME.test(word) || existsSync(word)
      : DATABASE_NAME.test(word) && existsSync(word);
  for (const [flag, words] of [
    ['-t', topics],
    ['--exclude', exclude],
  ] as const) {
    const swallowed = texts(flag, words).filter(isDatabase);
    const [first] = swallowed;
    if (first === undefined) continue;
    const others = texts(flag, words)
      .filter((word) => !isDatabase(word))
      .map(shellWord);
    throw new TcsReplayError(
      'BAD_OPTION',
      `${first} was taken for a topic, since ${flag} takes all words that follow it: put databases first, or -- before them, as in "${[flag, ...others, '--', ...swallowed.map(shellWord)].join(' ')}"`,
    );
  }
}
