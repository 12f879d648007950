import { TcsReplayError } from '../../shared/errors.js';
import { nearest } from '../../shared/expect.js';
import type { SchemaOverride, SchemaWord } from './schema-override.js';
import { type Column, type Table, type Tables, withName } from './schema-tables.js';

/** Names that are recognized, best first, in upper or lower case. */
const NAMES: Readonly<Record<SchemaWord, readonly string[]>> = {
  'event.table': ['event', 'events'],
  'event.id': ['event_id', 'id'],
  'event.topic': ['topic', 'name', 'event'],
  'event.system': ['system'],
  'event.source': ['source'],
  'event.key': ['key'],
  'event.data_time': ['data_time', '__data_time', 'time'],
  'attribute.table': ['attribute', 'attributes'],
  'attribute.event_id': ['event_id', 'id'],
  'attribute.key': ['key', 'name', 'attribute'],
  'attribute.value': ['value', 'val'],
  'attribute.data_type': ['data_type', 'type'],
};

/** Other names that are likely meant. They are only suggested to the user. */
const LIKELY: Readonly<Partial<Record<SchemaWord, RegExp>>> = {
  'event.table': /event|message|record|log/i,
  'event.id': /id$|^(?:event|evt|uid|seq)/i,
  'attribute.table': /attr|param|value|field|data/i,
  'attribute.event_id': /event|evt|message|parent|id$/i,
  'attribute.key': /key|name|attr|param|field|channel/i,
  'attribute.value': /val|reading|data|content|text/i,
};

/** Finds tables and columns by the names that a user gave, or by their usual names; its errors say what is missing. */
export class SchemaFinder {
  private readonly _path: string;
  private readonly _tables: Tables;
  private readonly _override: SchemaOverride;

  /** @param path names the database in errors */
  constructor(path: string, tables: Tables, override: SchemaOverride) {
    this._path = path;
    this._tables = tables;
    this._override = override;
  }

  /** @throws TcsReplayError `UNKNOWN_SCHEMA` */
  table(word: 'event.table' | 'attribute.table'): Table {
    const { tables, views } = this._tables;
    const given = this._override[word];
    const names = given == null ? NAMES[word] : [given];
    const found = withName(tables, names);
    if (found !== undefined) return found;
    const view = withName(views, names);
    if (view !== undefined) {
      throw this._unknown(
        `${view.name} of ${this._path} is ${view.kind}: its rows have no order and no index; copy it into a table`,
      );
    }
    const all = tables.map(({ name }) => name).sort();
    const listed = all.length === 0 ? 'no table' : all.join(', ');
    if (given != null)
      throw this._unknown(`No table ${given} in ${this._path}, named by ${word}: found ${listed}`);
    const other = word === 'event.table' ? 'attribute.table' : 'event.table';
    const free = all.filter((name) => withName([{ name }], this._namesOf(other)) === undefined);
    const hint = this._hint(word, free, free.length > 0);
    throw this._unknown(`No table ${names.join(' or ')} in ${this._path}: found ${listed}${hint}`);
  }

  /**
   * @returns undefined where the table has no such column
   * @throws TcsReplayError `UNKNOWN_SCHEMA` where the user named a column that is missing
   */
  column(table: Table, word: SchemaWord): Column | undefined {
    const given = this._override[word];
    if (given === null) return undefined;
    const found = withName(table.columns, given === undefined ? NAMES[word] : [given]);
    if (found !== undefined || given === undefined) return found;
    throw this._unknown(
      `Table ${table.name} of ${this._path} has no column ${given}, named by ${word}: found ${listOf(table)}`,
    );
  }

  /** @throws TcsReplayError `UNKNOWN_SCHEMA` where the table has no such column */
  requireColumn(table: Table, word: SchemaWord): Column {
    const found = this.column(table, word);
    if (found !== undefined) return found;
    const [room] = word.split('.');
    const others = (Object.keys(NAMES) as SchemaWord[]).filter(
      (other) => other !== word && other.startsWith(`${room}.`),
    );
    const taken = others.flatMap((other) => withName(table.columns, this._namesOf(other)) ?? []);
    const free = table.columns.filter((column) => !taken.includes(column)).map(({ name }) => name);
    throw this._unknown(
      `Table ${table.name} of ${this._path} has no column ${NAMES[word].join(' or ')}: found ${listOf(table)}${this._hint(word, free, true)}`,
    );
  }

  /** Whether the user named one of the words. */
  isGiven(...words: SchemaWord[]): boolean {
    return words.some((word) => this._override[word] !== undefined);
  }

  private _namesOf(word: SchemaWord): readonly string[] {
    const given = this._override[word];
    if (given === null) return [];
    return given === undefined ? NAMES[word] : [given];
  }

  /** Suggests the option to give, with the free name that is most likely meant. */
  private _hint(word: SchemaWord, free: readonly string[], canBeNamed: boolean): string {
    const only = free.length === 1 ? free[0] : undefined;
    const candidate =
      nearest(NAMES[word][0], free) ?? free.find((name) => LIKELY[word]?.test(name) === true) ?? only;
    if (candidate !== undefined)
      return `; if that is ${candidate}, give --schema ${word}=${quotedName(candidate)}`;
    return canBeNamed ? `; name it by --schema ${word}=NAME` : '';
  }

  private _unknown(message: string): TcsReplayError {
    return new TcsReplayError('UNKNOWN_SCHEMA', message);
  }
}

function listOf(table: Table): string {
  return table.columns.map(({ name }) => name).join(', ');
}

/** A name as `parseSchemaOverride` reads it, for a shell. */
function quotedName(name: string): string {
  return /^[\w.-]+$/.test(name) && name !== 'none' ? name : `'"${name.replaceAll('"', '""')}"'`;
}
