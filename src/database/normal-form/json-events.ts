import { addDamage, type Damage } from '../../batch/damage.js';
import { forEachMember, isNested, parsePart } from '../../encode/json-scan.js';
import { type TimeUnit, unixSecondsOf } from '../../encode/time-unit.js';
import { type Connection, quoted } from '../connection.js';
import type { GoOn } from '../go-on.js';
import { jsonText } from '../schema/find-json-column.js';
import { topicColumns } from '../schema/normal-schema.js';
import { TIME_ATTRIBUTES } from '../schema/sampled-times.js';
import type { JsonColumn } from '../schema/source-shape.js';
import { EventRows, inSeconds, type NormalAttribute } from './event-rows.js';

/** A number of JSON. Its text is kept: a double would not hold every one. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Writes the events of a table with a column of JSON objects. A row whose value is no object is an event that is lost; it is
 * noted in the table of damage.
 *
 * @param passed called for each row
 */
export function writeJsonEvents(
  made: Connection,
  source: Connection,
  { event, units }: JsonColumn,
  passed: GoOn,
): void {
  const topics = topicColumns(event.topic);
  const rows = new EventRows(made, topics.length);
  const order = event.rowid === undefined ? '' : `ORDER BY ${quoted(event.rowid)}`;
  const columns = [
    event.rowid === undefined ? 'NULL' : quoted(event.rowid),
    jsonText(quoted(event.json)),
    event.dataTime === undefined ? 'NULL' : quoted(event.dataTime),
    ...topics.map(quoted),
  ];
  const notIndexed = event.isTable ? 'NOT INDEXED' : '';
  const statement = source
    .prepare(`SELECT ${columns.join(', ')} FROM ${quoted(event.table)} ${notIndexed} ${order}`)
    .raw()
    .safeIntegers();
  const damage: Damage[] = [];
  let number = 0n;
  for (const [row, json, dataTime, ...topic] of statement.iterate() as Iterable<
    [bigint | null, ...unknown[]]
  >) {
    passed();
    number += 1n;
    const attributes = attributesOf(json, units.attributes);
    if (attributes !== undefined) {
      rows.add(topic, inSeconds(dataTime, units.column), attributes);
      continue;
    }
    const lost = row ?? number;
    addDamage(damage, {
      table: event.table,
      firstRow: lost,
      lastRow: lost,
      reason: 'unreadable event',
      lostEvents: 1,
    });
  }
  rows.finish();
  const note = made.prepare('INSERT INTO damage VALUES (?, ?)');
  for (const { firstRow, lastRow } of damage) note.run(firstRow, lastRow);
}

/** The members of an object; none of NULL; undefined where it is no object. */
function attributesOf(json: unknown, unit: TimeUnit): NormalAttribute[] | undefined {
  if (json === null) return [];
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const attributes: NormalAttribute[] = [];
  const isObject = forEachMember(bytes, (keyAt, keyEnd, valueAt, valueEnd) => {
    const key = parsePart(bytes, keyAt, keyEnd);
    const value = jsonValue(bytes, valueAt, valueEnd);
    if (typeof key !== 'string' || value === undefined) return false;
    attributes.push(isTime(key) ? timeOf(key, value, unit) : [key, ...value]);
    return true;
  });
  return isObject ? attributes : undefined;
}

type Value = readonly [value: string | null, dataType: NormalAttribute[2]];

/** A value as the default schema holds it: a text with its type. What is nested is a text of JSON. */
function jsonValue(bytes: Uint8Array, from: number, end: number): Value | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString();
  if (NUMBER.test(text)) return [text, 'number'];
  const value = parsePart(bytes, from, end);
  if (value === undefined) return undefined;
  if (isNested(bytes[from])) return [text, 'string'];
  if (typeof value === 'boolean') return [text, 'boolean'];
  return [value as string | null, 'string'];
}

function isTime(key: string): boolean {
  return (TIME_ATTRIBUTES as readonly string[]).includes(key);
}

function timeOf(key: string, [value, dataType]: Value, unit: TimeUnit): NormalAttribute {
  const seconds = unit === 'unix-s' || value === null ? undefined : unixSecondsOf(value, unit);
  return seconds === undefined ? [key, value, dataType] : [key, seconds, 'number'];
}
