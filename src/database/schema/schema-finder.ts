import { TcsReplayError } from '../../shared/errors.js';
import { nearest } from '../../shared/expect.js';
import type { SchemaOverride, SchemaWord } from './schema-override.js';
import { type Column, type Table, type Tables, type View, withName } from './schema-tables.js';

/** Names that are recognized, best first, in upper or lower case. */
const NAMES: Readonly<Record<SchemaWord, readonly string[]>> = {
  'event.table': ['event', 'events'],
  'event.id': ['event_id', 'id'],
  'event.topic': ['topic', 'name', 'event'],
  'event.system': ['system'],
  'event.source': ['source'],
  'event.key': ['key'],
  'event.data_time': ['data_time', '__data_time', 'time'],
  'event.json': ['json', 'payload'],
  'attribute.table': ['attribute', 'attributes'],
  'attribute.event_id': ['event_id', 'id'],
  'attribute.key': ['key', 'name', 'attribute'],
  'attribute.value': ['value', 'val'],
  'attribute.data_type': ['data_type', 'type'],
};

/** Names that can mean something else: of these a table must have one only, unless it has the first name. */
const VAGUE: ReadonlySet<string> = new Set(['name', 'event', 'attribute']);

/** Other names that are likely meant. They are only suggested to the user. */
const LIKELY: Readonly<Partial<Record<SchemaWord, RegExp>>> = {
  'event.table': /event|message|record|log/i,
  'event.id': /id$|^(?:event|evt|uid|seq)/i,
  'attribute.table': /attr|param|value|field|data/i,
  'attribute.event_id': /event|evt|message|parent|id$/i,
  'attribute.key': /key|name|attr|param|field|channel/i,
  'attribute.value': /val|reading|data|content|text/i,
};

type TableWord = 'event.table' | 'attribute.table';

/** Finds tables and columns by the names that a user gave, or by their usual names; its errors say what is missing. */
export class SchemaFinder {
  private readonly _path: string;
  private readonly _tables: Tables;
  private readonly _override: SchemaOverride;
  private readonly _option: string;

  /**
   * @param path names the database in errors
   * @param option what the user calls the option that names tables and columns, for errors
   */
  constructor(path: string, tables: Tables, override: SchemaOverride, option: string) {
    this._option = option;
    this._path = path;
    this._tables = tables;
    this._override = override;
  }

  /** @returns the table, or view; undefined where there is none. @throws TcsReplayError `UNKNOWN_SCHEMA` where there are several */
  find(word: TableWord): Table | undefined {
    const { tables, views } = this._tables;
    const names = this._namesOf(word);
    const found = allNamed(tables, names);
    const seen = allNamed(views, names);
    if (found.length + seen.length > 1) {
      const listed = [...found.map(({ name }) => name), ...seen.map(({ name, kind }) => `${name}, ${kind}`)];
      throw this._unknown(
        `Several tables of ${this._path} may be meant by ${word}: found ${listed.join(' and ')}; name it, as by ${this._assignment(word, listed[0])}`,
      );
    }
    return found.at(0) ?? seen.at(0)?.open();
  }

  /**
   * @param otherwise says what else can be done where there is no such table, as by `advice`; it gets the other tables
   * @throws TcsReplayError `UNKNOWN_SCHEMA` where there is none, or there are several
   */
  table(word: TableWord, otherwise: (others: readonly string[]) => string): Table {
    const table = this.find(word);
    if (table !== undefined) return table;
    const given = this._override[word];
    const names = this._namesOf(word);
    const all = this._names;
    const listed = all.length === 0 ? 'no table' : all.join(', ');
    if (given != null)
      throw this._unknown(`No table ${given} in ${this._path}, named by ${word}: found ${listed}`);
    const other = word === 'event.table' ? 'attribute.table' : 'event.table';
    const free = all.filter((name) => withName([{ name }], this._namesOf(other)) === undefined);
    const hint = this._hint(word, free, free.length > 0);
    throw this._unknown(
      `No table ${names.join(' or ')} in ${this._path}: found ${listed}${hint}${otherwise(free)}`,
    );
  }

  /** All tables, and views, as far as these can be read. */
  get all(): Table[] {
    return [...this._tables.tables, ...this._tables.views.flatMap(readable)];
  }

  /** The table or view of a name. @throws TcsReplayError `UNKNOWN_SCHEMA` where there is none. @param word by which it was named */
  tableNamed(name: string, word: string): Table {
    const { tables, views } = this._tables;
    const found = withName(tables, [name]) ?? withName(views, [name])?.open();
    if (found !== undefined) return found;
    throw this._unknown(
      `No table ${name} in ${this._path}, named by ${word}: found ${this._names.join(', ') || 'no table'}`,
    );
  }

  /** Advice to give an option: `; WHEN, give OPTION`. */
  advice(when: string, word: string, name: string): string {
    return `; ${when}, give ${this._assignment(word, name)}`;
  }

  /** An error that says of the database what is wrong. */
  fault(message: string): TcsReplayError {
    return this._unknown(`${message} in ${this._path}`);
  }

  /**
   * @returns undefined where the table has no such column
   * @throws TcsReplayError `UNKNOWN_SCHEMA` where the user named a column that is missing
   */
  column(table: Table, word: SchemaWord): Column | undefined {
    const given = this._override[word];
    if (given === null) return undefined;
    if (given === undefined) {
      const [first, ...more] = this.named(table, word);
      const isVague = first !== undefined && VAGUE.has(first.name.toLowerCase());
      if (isVague && more.length > 0) throw this.ambiguous(table, word, [first, ...more]);
      return first;
    }
    const found = withName(table.columns, [given]);
    if (found !== undefined) return found;
    throw this._unknown(
      `Table ${table.name} of ${this._path} has no column ${given}, named by ${word}: found ${listOf(table)}`,
    );
  }

  /** @throws TcsReplayError `UNKNOWN_SCHEMA` where the table has no such column */
  requireColumn(table: Table, word: SchemaWord): Column {
    const found = this.column(table, word);
    if (found !== undefined) return found;
    const free = this._without(
      word,
      table,
      table.columns.map(({ name }) => name),
    );
    throw this._unknown(
      `Table ${table.name} of ${this._path} has no column ${NAMES[word].join(' or ')}: found ${listOf(table)}${this._hint(word, free, true)}`,
    );
  }

  /** The column of the name that the user gave; undefined where the table has none. */
  columnGiven(table: Table, word: SchemaWord): Column | undefined {
    return withName(table.columns, [this._override[word] ?? '']);
  }

  /** The columns with one of the usual names of a word, best first. */
  named(table: Table, word: SchemaWord): Column[] {
    return allNamed(table.columns, NAMES[word]);
  }

  /** The columns of an event table that no word means. */
  unusedOf(event: Table): Column[] {
    const words = (Object.keys(NAMES) as SchemaWord[]).filter((word) => word.startsWith('event.'));
    const used = words.map((word) => withName(event.columns, this._namesOf(word)));
    return event.columns.filter((column) => !used.includes(column));
  }

  /** The error for columns each of which may be meant. */
  ambiguous(table: Table, word: SchemaWord, columns: readonly Column[]): TcsReplayError {
    const names = columns.map(({ name }) => name);
    return this._unknown(
      `Several columns of table ${table.name} of ${this._path} may be meant by ${word}: ${names.join(' and ')}; name it, as by ${this._assignment(word, names[0])}`,
    );
  }

  /** The error for columns that have one of the usual names, and cannot be what is meant. @param why said of the first one */
  unsuited(table: Table, word: SchemaWord, columns: readonly Column[], why: string): TcsReplayError {
    const free = table.columns.filter((column) => !columns.includes(column)).map(({ name }) => name);
    const hint = this._hint(word, this._without(word, table, free), true);
    return this._unknown(
      `Column ${columns[0].name} of table ${table.name} of ${this._path} cannot be ${word}: it ${why}; found ${listOf(table)}${hint}`,
    );
  }

  /** Whether the user named one of the words. */
  isGiven(...words: SchemaWord[]): boolean {
    return words.some((word) => this._override[word] !== undefined);
  }

  /** Names of all tables and views. */
  private get _names(): string[] {
    const { tables, views } = this._tables;
    return [...tables, ...views].map(({ name }) => name).sort();
  }

  /** Names of columns without those that are meant by other words. */
  private _without(word: SchemaWord, table: Table, names: readonly string[]): string[] {
    const [room] = word.split('.');
    const others = (Object.keys(NAMES) as SchemaWord[]).filter(
      (other) => other !== word && other.startsWith(`${room}.`),
    );
    const taken = others.flatMap((other) => withName(table.columns, this._namesOf(other))?.name ?? []);
    return names.filter((name) => !taken.includes(name));
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
      return `; if that is ${candidate}, give ${this._assignment(word, candidate)}`;
    return canBeNamed ? `; name it by ${this._assignment(word, 'NAME')}` : '';
  }

  /** The option that names a table or column, as the user writes it: in a shell, or in a program. */
  private _assignment(word: string, name: string): string {
    const isPlain = /^[\w.-]+$/.test(name) && name !== 'none';
    const value = isPlain ? name : `"${name.replaceAll('"', '""')}"`;
    if (!this._option.startsWith('-')) return `${this._option}: '${word}=${value}'`;
    return `${this._option} ${word}=${isPlain ? value : `'${value}'`}`;
  }

  private _unknown(message: string): TcsReplayError {
    return new TcsReplayError('UNKNOWN_SCHEMA', message);
  }
}

/** A view that refers to what is not there is passed over, where nobody named it. */
function readable(view: View): Table[] {
  try {
    return [view.open()];
  } catch {
    return [];
  }
}

function listOf(table: Table): string {
  return table.columns.map(({ name }) => name).join(', ');
}

function allNamed<T extends { readonly name: string }>(all: readonly T[], names: readonly string[]): T[] {
  return names.flatMap((name) => withName(all, [name]) ?? []);
}
