import { existsSync } from 'node:fs';
import { TcsReplayError } from '../../shared/errors.js';
import { texts } from '../../shared/expect.js';
import { shellWord } from '../../shared/shell-word.js';

const DATABASE_NAME = /\.(?:db|db3|sqlite|sqlite3|mcap|(?:jsonl|ndjson)(?:\.gz)?)$/i;
const ADDRESS = /^(?:tcp|ipc|inproc|udp|wss?):\/\//i;

/** Values of flags that take all words that follow them. */
interface GreedyValues {
  readonly topics?: string | readonly string[] | undefined;
  readonly exclude?: string | readonly string[] | undefined;
  readonly curveClients?: string | readonly string[] | undefined;
}

const GREEDY_FLAGS = [
  { option: 'topics', flag: '-t', takenFor: 'topic' },
  { option: 'exclude', flag: '--exclude', takenFor: 'topic' },
  { option: 'curveClients', flag: '--curve-clients', takenFor: 'key file' },
] as const;

/**
 * Refuses a database that a flag such as -t or --exclude took, since these take all words that follow them.
 *
 * @param databases the databases that are left as arguments
 * @throws TcsReplayError `BAD_OPTION`
 */
export function refuseSwallowedDatabases(databases: readonly string[], values: GreedyValues): void {
  // A file may have the name of a topic where a database is given as well.
  const isDatabase = (word: string, takenFor: string) =>
    databases.length === 0
      ? DATABASE_NAME.test(word) || (takenFor === 'topic' && existsSync(word))
      : DATABASE_NAME.test(word) && existsSync(word);
  refuse(values, isDatabase, 'databases');
}

/** Refuses an address that -t took. @throws TcsReplayError `BAD_OPTION` */
export function refuseSwallowedAddresses(values: GreedyValues): void {
  refuse(values, (word) => ADDRESS.test(word), 'addresses');
}

function refuse(
  values: GreedyValues,
  isArgument: (word: string, takenFor: string) => boolean,
  args: string,
): void {
  for (const { option, flag, takenFor } of GREEDY_FLAGS) {
    const words = texts(flag, values[option] ?? []);
    const swallowed = words.filter((word) => isArgument(word, takenFor));
    const [first] = swallowed;
    if (first === undefined) continue;
    const others = words.filter((word) => !isArgument(word, takenFor));
    const asMeant = [flag, ...[...others, '--', ...swallowed].map(shellWord)].join(' ');
    throw new TcsReplayError(
      'BAD_OPTION',
      `${first} was taken for a ${takenFor}, since ${flag} takes all words that follow it: put ${args} first, or -- before them, as in "${asMeant}"`,
    );
  }
}
