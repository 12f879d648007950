import { badOption, nearest } from '../../shared/expect.js';

/** Tables and columns that a user can name. */
const SCHEMA_WORDS = [
  'event.table',
  'event.id',
  'event.topic',
  'event.system',
  'event.source',
  'event.key',
  'event.data_time',
  'attribute.table',
  'attribute.event_id',
  'attribute.key',
  'attribute.value',
  'attribute.data_type',
] as const;
export type SchemaWord = (typeof SCHEMA_WORDS)[number];

/** Names of tables and columns that a user gave; null: the database has none. Others are found by their usual names. */
export type SchemaOverride = { readonly [W in SchemaWord]?: string | null };

/** Without `event.topic` the topic is made of attributes; without the others, events have no time and values no type. */
const CAN_BE_NONE: readonly SchemaWord[] = ['event.topic', 'event.data_time', 'attribute.data_type'];
const PARTS: readonly SchemaWord[] = ['event.system', 'event.source', 'event.key'];
/** `word=name`, up to a comma. A name in double quotes can hold commas, and is no `none`. */
const ASSIGNMENT = /\s*([^=,]*?)\s*=\s*(?:"((?:[^"]|"")*)"|([^",]*?))\s*(?:,|$)/y;

/**
 * Reads which tables and columns a user names: `event.topic=subject,attribute.key=parameter`, in one text or several.
 *
 * @param option names the option in errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseSchemaOverride(value: string | readonly string[], option = 'schema'): SchemaOverride {
  const override: { [W in SchemaWord]?: string | null } = {};
  for (const text of typeof value === 'string' ? [value] : value) {
    for (let at = 0; at === 0 || at < text.length; at = ASSIGNMENT.lastIndex) {
      ASSIGNMENT.lastIndex = at;
      const [match, left, quotedName, plainName = ''] = ASSIGNMENT.exec(text) ?? [];
      const name = quotedName?.replaceAll('""', '"') ?? plainName;
      if (match === undefined || left === undefined || name === '')
        throw badOption(option, 'like event.topic=subject,attribute.key=parameter', text);
      const word = wordOf(option, left);
      override[word] = quotedName === undefined ? nameOrNone(option, word, plainName) : name;
    }
  }
  const part = PARTS.find((word) => override[word] !== undefined);
  if (part !== undefined && override['event.topic'] !== undefined)
    throw badOption(option, `without ${part} where it has event.topic`, `${part}=${override[part]}`);
  return override;
}

function wordOf(option: string, found: string): SchemaWord {
  const word = SCHEMA_WORDS.find((known) => known === found.toLowerCase());
  if (word !== undefined) return word;
  const near =
    SCHEMA_WORDS.findLast((known) => known.endsWith(`.${found.toLowerCase()}`)) ??
    nearest(found, SCHEMA_WORDS);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw badOption(option, `of ${SCHEMA_WORDS.join(', ').replace(/, ([^,]*)$/, ' and $1')}`, found, hint);
}

function nameOrNone(option: string, word: SchemaWord, name: string): string | null {
  if (name !== 'none') return name;
  if (CAN_BE_NONE.includes(word)) return null;
  const hint = `; a column of that name is ${word}="none"`;
  throw badOption(option, `of a name for ${word}, which there must be`, name, hint);
}
