import { TIME_UNITS, type TimeUnit } from '../../encode/time-unit.js';
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
  'event.json',
  'attribute.table',
  'attribute.event_id',
  'attribute.key',
  'attribute.value',
  'attribute.data_type',
] as const;
export type SchemaWord = (typeof SCHEMA_WORDS)[number];

/** Words for the units of times: of all times of a database, and of those in attributes. */
const UNIT_WORDS = ['event.time', 'attribute.time'] as const;
type UnitWord = (typeof UNIT_WORDS)[number];

/** Names of tables and columns that a user gave; null: the database has none. Others are found by their usual names. */
type NamesGiven = { readonly [W in SchemaWord]?: string | null };
/** Units of times that a user gave. Others are recognised where they can be in one unit only, or else taken for seconds. */
type UnitsGiven = { readonly [W in UnitWord]?: TimeUnit };

/** What a user said of the tables, columns and times of a database. Plain data. */
export interface SchemaOverride extends NamesGiven, UnitsGiven {
  /** Tables of which each holds the events of one topic. A table named `*` stands for all tables, and in a topic for the table's name. */
  readonly topics?: readonly { readonly table: string; readonly topic: string }[];
}

/** Without `event.topic` the topic is made of attributes; without the others, events have no time and values no type. */
const CAN_BE_NONE: readonly SchemaWord[] = ['event.topic', 'event.data_time', 'attribute.data_type'];
/** `topic.TABLE`: the table may have any name. */
const TOPIC_OF_TABLE = /^topic\./i;
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
  const override: { [W in SchemaWord]?: string | null } & { [W in UnitWord]?: TimeUnit } = {};
  const topics: { table: string; topic: string }[] = [];
  for (const text of typeof value === 'string' ? [value] : value) {
    for (let at = 0; at === 0 || at < text.length; at = ASSIGNMENT.lastIndex) {
      ASSIGNMENT.lastIndex = at;
      const [match, left, quotedName, plainName = ''] = ASSIGNMENT.exec(text) ?? [];
      const name = quotedName?.replaceAll('""', '"') ?? plainName;
      if (match === undefined || left === undefined || name === '')
        throw badOption(option, 'like event.topic=subject,attribute.key=parameter', text);
      if (TOPIC_OF_TABLE.test(left)) {
        topics.push({ table: left.replace(TOPIC_OF_TABLE, ''), topic: name });
        continue;
      }
      const word = wordOf(option, left);
      if (isUnitWord(word)) override[word] = unitOf(option, word, name);
      else override[word] = quotedName === undefined ? nameOrNone(option, word, plainName) : name;
    }
  }
  const part = PARTS.find((word) => override[word] !== undefined);
  if (part !== undefined && override['event.topic'] !== undefined)
    throw badOption(option, `without ${part} where it has event.topic`, `${part}=${override[part]}`);
  return topics.length === 0 ? override : { ...override, topics };
}

function isUnitWord(word: SchemaWord | UnitWord): word is UnitWord {
  return (UNIT_WORDS as readonly string[]).includes(word);
}

function unitOf(option: string, word: UnitWord, name: string): TimeUnit {
  const unit = TIME_UNITS.find((known) => known === name.toLowerCase());
  if (unit !== undefined) return unit;
  const near = nearest(name, TIME_UNITS);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw badOption(option, `of a unit for ${word}, one of ${TIME_UNITS.join(', ')}`, name, hint);
}

function wordOf(option: string, found: string): SchemaWord | UnitWord {
  const words = [...SCHEMA_WORDS, ...UNIT_WORDS];
  const word = words.find((known) => known === found.toLowerCase());
  if (word !== undefined) return word;
  const near = words.findLast((known) => known.endsWith(`.${found.toLowerCase()}`)) ?? nearest(found, words);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw badOption(
    option,
    `of ${[...words, 'topic.TABLE'].join(', ').replace(/, ([^,]*)$/, ' and $1')}`,
    found,
    hint,
  );
}

function nameOrNone(option: string, word: SchemaWord, name: string): string | null {
  if (name !== 'none') return name;
  if (CAN_BE_NONE.includes(word)) return null;
  const hint = `; a column of that name is ${word}="none"`;
  throw badOption(option, `of a name for ${word}, which there must be`, name, hint);
}
