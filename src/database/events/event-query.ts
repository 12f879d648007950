import { type Conversions, TYPE_LETTER } from '../../encode/encode-rules.js';
import type { TopicFilter } from '../../selection/topic-filter.js';
import { FIRST_ROW_OF, LAST_ROW_OF } from '../ascent/run-finder.js';
import { asBytes, quoted } from '../connection.js';
import type { Schema } from '../schema/schema.js';
import { TOPIC_ATTRIBUTES } from '../schema/topic-place.js';
import { SIDE_SCHEMA } from '../side-index/side-index.js';
import { MATCHES } from './filter-sql.js';

/** Which rows a statement reads: a range of row ids, or a list of them in the list's order. */
export type RowSelection = 'range' | 'list';

/**
 * Builds the statements that read events. Each gives one value for many events, since passing a row from SQLite to
 * JavaScript costs more than all the rest. Parameters: those of the selection (`first` and `last` row id, or `list`, a
 * JSON array), then those of the filter.
 */
export class EventQuery {
  private readonly _schema: Schema;

  constructor(schema: Schema) {
    this._schema = schema;
  }

  /** Topics and attributes as `EventEncoder` reads them. */
  events(selection: RowSelection, rules: Conversions, filter: TopicFilter | undefined): string {
    const attributes = this._attributes(rules);
    const wanted = filter === undefined ? undefined : this._isWanted(filter);
    const value = wanted === undefined ? attributes : `CASE WHEN ${wanted} THEN ${attributes} END`;
    return `SELECT ${this._bytes(`json_group_object(${this._topic()}, ${value})`)} FROM ${this._from(selection)}`;
  }

  /** The data times of the event table, as a JSON array. */
  dataTimes(selection: RowSelection): string {
    return `SELECT ${this._bytes(this._tableTimes())} FROM ${this._from(selection)}`;
  }

  /**
   * The times of events: those of their attributes as `parseEventTimes` reads them, and, as a JSON array, those of
   * the event table.
   */
  times(selection: RowSelection): string {
    const { attribute } = this._schema;
    const value = withoutBlob(`a.${quoted(attribute.value)}`);
    const key = `a.${quoted(attribute.key)}`;
    const rows = `${this._rowsOfEvent()} AND ${asBytes(key)} IN ('__wire_time', '__data_time')`;
    const times = this._comesInOrder()
      ? `SELECT json_group_object(${key}, ${value}) FROM ${rows}`
      : `SELECT json_group_object(k, v) FROM (SELECT ${key} AS k, ${value} AS v FROM ${rows} ORDER BY a.${quoted(attribute.rowid as string)})`;
    const ofAttributes = `json_group_object(${this._rowid()}, (${times}))`;
    return `SELECT ${this._bytes(ofAttributes)}, ${this._bytes(this._tableTimes())} FROM ${this._from(selection)}`;
  }

  /** The row id of the last of at most `count` events from row id `first` up to `to`. */
  bound(): string {
    const { table, rowid } = this._schema.event;
    return `SELECT max(r) FROM (SELECT ${quoted(rowid)} AS r FROM ${quoted(table)} NOT INDEXED
      WHERE ${quoted(rowid)} >= $first AND ${quoted(rowid)} <= $to ORDER BY ${quoted(rowid)} LIMIT $count)`;
  }

  /** The row id of the first of the last `count` events up to row id `to`. */
  boundBack(): string {
    const { table, rowid } = this._schema.event;
    return `SELECT min(r) FROM (SELECT ${quoted(rowid)} AS r FROM ${quoted(table)} NOT INDEXED
      WHERE ${quoted(rowid)} <= $to ORDER BY ${quoted(rowid)} DESC LIMIT $count)`;
  }

  /** The ids of events. */
  ids(selection: RowSelection): string {
    return `SELECT e.${quoted(this._schema.event.id)} FROM ${this._from(selection)}`;
  }

  /** The row ids of the attributes of the event at `row`, as a JSON array, from the index or the side index. */
  attributeRows(): string {
    const rowid = `a.${quoted(this._schema.attribute.rowid as string)}`;
    return `SELECT (SELECT json_group_array(${rowid}) FROM ${this._rowsOfEvent()})
      FROM ${quoted(this._schema.event.table)} AS e NOT INDEXED WHERE ${this._rowid()} = $row`;
  }

  /** The smallest row id of the attributes of the event at `row`, from the index. */
  firstAttribute(): string {
    const rowid = `a.${quoted(this._schema.attribute.rowid as string)}`;
    return `SELECT (SELECT min(${rowid}) FROM ${this._rowsOfEvent()})
      FROM ${quoted(this._schema.event.table)} AS e NOT INDEXED WHERE ${this._rowid()} = $row`;
  }

  /** Counts the attribute rows of events, from the index. */
  countRows(selection: RowSelection): string {
    return `SELECT sum((SELECT count(*) FROM ${this._rowsOfEvent()})) FROM ${this._from(selection)}`;
  }

  /** Counts the runs of rows in which the attributes of events stand, from a side index of runs. */
  countRuns(selection: RowSelection): string {
    const id = `e.${quoted(this._schema.event.id)}`;
    return `SELECT sum((SELECT count(*) FROM ${SIDE_SCHEMA}.link AS l WHERE l.event_id = +${id})) FROM ${this._from(selection)}`;
  }

  /**
   * The row ids of events whose attributes do not lie together, by the side index. Parameters: `first` and `last` row id, then those of the
   * filter.
   */
  scattered(filter: TopicFilter | undefined): string {
    const id = `+e.${quoted(this._schema.event.id)}`;
    // An index that was built around damage has an entry for each row.
    const isScattered =
      this._schema.attribute.sideIndexOf === 'rows'
        ? 'max(l.last_row) - min(l.first_row) + 1 > count(*)'
        : 'count(*) > 1';
    const wanted = filter === undefined ? '' : `AND ${this._isWanted(filter)}`;
    return `SELECT ${this._rowid()} FROM ${this._from('range')} ${wanted}
      AND (SELECT ${isScattered} FROM ${SIDE_SCHEMA}.link AS l WHERE l.event_id = ${id}) ORDER BY ${this._rowid()}`;
  }

  /** Counts the attribute rows in `list`, a JSON array of row ids, that exist; fails where one cannot be read. */
  foundRows(): string {
    const { attribute } = this._schema;
    const rowid = `a.${quoted(attribute.rowid as string)}`;
    return `SELECT count(*), max(${asBytes(`a.${quoted(attribute.value)}`)})
      FROM json_each($list) AS k CROSS JOIN ${quoted(attribute.table)} AS a NOT INDEXED WHERE ${rowid} = k.value`;
  }

  /** The topics of events, as a JSON array; null where a topic is not wanted. */
  topics(selection: RowSelection, filter: TopicFilter | undefined): string {
    const topic = `''||(${this._topic()})`;
    const wanted = filter === undefined ? topic : `CASE WHEN ${this._isWanted(filter)} THEN ${topic} END`;
    return `SELECT json_group_array(${wanted}) FROM ${this._from(selection)}`;
  }

  /** The row ids of events, as a JSON array of texts: large ones would not be exact as numbers. */
  rowids(selection: RowSelection): string {
    return `SELECT json_group_array(CAST(${this._rowid()} AS TEXT)) FROM ${this._from(selection)}`;
  }

  /** JSON as a BLOB of UTF-8; as a text where the database holds its texts in UTF-16, which a cast would not convert. */
  private _bytes(json: string): string {
    return this._schema.encoding === 'UTF-8' ? `CAST(${json} AS BLOB)` : json;
  }

  private _tableTimes(): string {
    const { dataTime } = this._schema.event;
    return `json_group_array(${dataTime === undefined ? 'NULL' : withoutBlob(`e.${quoted(dataTime)}`)})`;
  }

  private _rowid(): string {
    return `e.${quoted(this._schema.event.rowid)}`;
  }

  private _from(selection: RowSelection): string {
    const table = quoted(this._schema.event.table);
    // A list is read in its own order: CROSS JOIN keeps SQLite from turning the loops around.
    return selection === 'range'
      ? `${table} AS e NOT INDEXED WHERE ${this._rowid()} BETWEEN $first AND $last`
      : `json_each($list) AS k CROSS JOIN ${table} AS e NOT INDEXED WHERE ${this._rowid()} = k.value`;
  }

  /** The rows of an event. */
  private _rowsOfEvent(): string {
    const { event, attribute } = this._schema;
    // The plus takes the column's affinity away, so that the id is compared as a bound parameter is: by the affinity
    // of the attribute's column alone, and over its index.
    const id = `+e.${quoted(event.id)}`;
    const table = quoted(attribute.table);
    const isOfEvent = `${asBytes(`a.${quoted(attribute.eventId)}`)} = ${id}`;
    if (attribute.index === undefined) {
      const rowid = `a.${quoted(attribute.rowid as string)}`;
      if (attribute.sideIndexOf === 'nothing')
        return `${table} AS a NOT INDEXED WHERE ${rowid} BETWEEN ${FIRST_ROW_OF}(${id}) AND ${LAST_ROW_OF}(${id}) AND ${isOfEvent}`;
      // Of a damaged table, not even what was read when the index was built need be there.
      // The end of a run is found at the row after it, which is not to be read where it may be damaged.
      const isInEntry =
        attribute.sideIndexOf === 'rows'
          ? `${rowid} = l.first_row`
          : `${rowid} BETWEEN l.first_row AND l.last_row`;
      return `${SIDE_SCHEMA}.link AS l CROSS JOIN ${table} AS a NOT INDEXED
        ON ${isInEntry} AND ${isOfEvent} WHERE l.event_id = ${id}`;
    }
    return `${table} AS a INDEXED BY ${quoted(attribute.index.name)} WHERE ${isOfEvent}`;
  }

  /** Whether `_rowsOfEvent` comes in the order of the table by itself. */
  private _comesInOrder(): boolean {
    const { index, rowid } = this._schema.attribute;
    return index === undefined || index.keepsTableOrder || rowid === undefined;
  }

  private _attributes(rules: Conversions): string {
    const { attribute } = this._schema;
    const value = `a.${quoted(attribute.value)}`;
    // SQLite would take a BLOB that looks like its JSONB for JSON, as the bytes of `7abc` do, and refuse any other.
    // BLOBs sort after all else: to compare costs half of what typeof() does.
    const written = (of: string) =>
      `CASE WHEN ${asBytes(of)} >= x'' THEN json_array(hex(${of})) ELSE ${of} END`;
    if (this._comesInOrder()) {
      return `(SELECT json_group_object(${this._key(rules)}, ${written(value)}) FROM ${this._rowsOfEvent()})`;
    }
    // JSON made inside of a sorted subquery would come out of it as a string: BLOBs are marked outside of it.
    const columns = `${this._key(rules)} AS k, ${value} AS v`;
    const sorted = `(SELECT ${columns} FROM ${this._rowsOfEvent()} ORDER BY a.${quoted(attribute.rowid as string)})`;
    return `(SELECT json_group_object(k, ${written('v')}) FROM ${sorted})`;
  }

  private _key({ convertNumber, convertBool }: Conversions): string {
    const { attribute } = this._schema;
    // A key that is NULL would drop its row; Python's json makes it "null".
    const key = `ifnull(a.${quoted(attribute.key)}, 'null')`;
    if (!convertNumber && !convertBool) return key;
    if (attribute.dataType === undefined) return `'${TYPE_LETTER.string}'||${key}`;
    const number = convertNumber ? `WHEN 'number' THEN '${TYPE_LETTER.number}'` : '';
    const boolean = convertBool ? `WHEN 'boolean' THEN '${TYPE_LETTER.boolean}'` : '';
    return `CASE ${asBytes(`a.${quoted(attribute.dataType)}`)} ${number} ${boolean} ELSE '${TYPE_LETTER.string}' END||${key}`;
  }

  private _topic(): string {
    const { topic } = this._schema.event;
    if (topic.kind === 'column') return `ifnull(e.${quoted(topic.column)}, '')`;
    const parts =
      topic.kind === 'parts'
        ? topic.columns.map((column) => `e.${quoted(column)}`)
        : TOPIC_ATTRIBUTES.map((key) => this._lastValue(key));
    return parts.map((part) => `ifnull(${part}, '')`).join("||'.'||");
  }

  /** The value of an event's attribute; of several rows, the last one's. */
  private _lastValue(key: string): string {
    const { attribute } = this._schema;
    const order = attribute.rowid === undefined ? '' : `ORDER BY a.${quoted(attribute.rowid)} DESC`;
    const isKey = `${asBytes(`a.${quoted(attribute.key)}`)} = '${key}'`;
    return `(SELECT a.${quoted(attribute.value)} FROM ${this._rowsOfEvent()} AND ${isKey} ${order} LIMIT 1)`;
  }

  private _isWanted(filter: TopicFilter): string {
    const wanted = this._isOneOf(filter.names, filter.globs);
    if (filter.regex !== undefined) wanted.push(`${MATCHES}(CAST(${this._topic()} AS TEXT))`);
    const addressed = this._isOneOf(filter.addressedNames, filter.addressedGlobs);
    const excluded = this._isOneOf(filter.excludedNames, filter.excludedGlobs);
    const conditions = [wanted, addressed]
      .filter((tests) => tests.length > 0)
      .map((tests) => `(${tests.join(' OR ')})`);
    if (excluded.length > 0) conditions.push(`NOT (${excluded.join(' OR ')})`);
    return conditions.join(' AND ');
  }

  private _isOneOf(names: readonly string[], globs: readonly string[]): string[] {
    const topic = this._topic();
    const tests = globs.map(() => `${topic} GLOB ?`);
    if (names.length > 0) tests.unshift(`${topic} IN (${names.map(() => '?').join(', ')})`);
    return tests;
  }
}

function withoutBlob(value: string): string {
  return `CASE typeof(${value}) WHEN 'blob' THEN NULL ELSE ${value} END`;
}
