import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { noWarnings, type Warnings } from '../../src/batch/warnings.js';
import { type DecodedEvent, membersOf } from './decoded-event.js';
import { exactValue, pythonDouble, pythonValue, scaled } from './exact-number.js';
import { RawText, type Stored, type StoredAttribute, type StoredEvent } from './stored-event.js';

/** What is asked of the encoder. */
export interface ModelRules {
  readonly convertNumber: boolean;
  readonly convertBool: boolean;
  readonly timeSlots: boolean;
}

/** What a value goes out as: a number by its exact value, a REAL by the double that its text is read as. */
export type ModelValue =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'number'; readonly value: string }
  | { readonly is: 'real'; readonly value: number }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'null' }
  | { readonly is: 'slot' };

/** An event as it is to go out. */
export interface ModelEvent {
  readonly topic: string;
  readonly members: [key: string, value: ModelValue][];
  /** NaN: due at once. */
  readonly dueS: number;
  readonly dataS: number;
}

const SLOT = '0'.repeat(17);

/**
 * Does what the decided rules say, word by word, without a thought of speed.
 *
 * @param warnings what is odd about the event is counted here
 */
export function modelOf(event: StoredEvent, rules: ModelRules, warnings = noWarnings()): ModelEvent {
  const attributes = new Map<string, StoredAttribute>();
  // A Map, like a Python dict, keeps a key in the place where it came first, with the value that came last.
  for (const attribute of event.attributes) attributes.set(keyOf(attribute.key), attribute);

  const wireS = timeOf(attributes.get('__wire_time')?.value ?? null);
  const attributeDataS = timeOf(attributes.get('__data_time')?.value ?? null);
  const tableS = timeOf(event.dataTime);
  const dataS = Number.isNaN(attributeDataS) ? tableS : attributeDataS;
  const dueS = Number.isNaN(wireS) ? dataS : wireS;
  if (Number.isNaN(dueS)) warnings.missingTime += 1;
  else if (Number.isNaN(wireS)) warnings.missingWireTime += 1;
  countOddities(event, attributes.size, warnings);

  const members = [...attributes].map(([key, { value, dataType }]): [string, ModelValue] => {
    const isTime = key === '__wire_time' || key === '__data_time';
    const isSlot = isTime && rules.timeSlots && !Number.isNaN(timeOf(value));
    return [key, isSlot ? { is: 'slot' } : sentAs(value, dataType, rules)];
  });
  if (event.attributes.length === 0 && !Number.isNaN(tableS)) {
    const value: ModelValue = rules.timeSlots ? { is: 'slot' } : sentAs(event.dataTime, null, rules);
    members.push(['__data_time', value], ['__wire_time', value]);
  }
  return { topic: keyOf(event.topic ?? ''), members, dueS, dataS };
}

/** Fails unless an event came out as the model says: valid JSON in ASCII, the right values, slots in their places. */
export function assertDecoded(event: DecodedEvent, model: ModelEvent): void {
  const json = event.payload.toString('latin1');
  assert.match(json, /^[\x20-\x7f]*$/);
  const parsed: unknown = JSON.parse(json.replaceAll(SLOT, '0'));
  assert.equal(typeof parsed, 'object');

  const members = membersOf(json);
  assert.equal(event.topic, model.topic);
  assert.deepEqual(
    members.map(({ key }) => key),
    model.members.map(([key]) => key),
  );
  let [wireSlot, dataSlot]: (number | undefined)[] = [];
  for (const [place, { key, written, at }] of members.entries()) {
    const [, value] = model.members[place];
    assertValue(written, value, key);
    if (value.is !== 'slot') continue;
    if (key === '__wire_time') wireSlot = at;
    else dataSlot = at;
  }
  assert.deepEqual([event.wireSlot, event.dataSlot], [wireSlot, dataSlot]);
  // SQLite does not keep the sign of a zero.
  assert.equal(event.dueS + 0, model.dueS + 0);
  if (dataSlot !== undefined) assert.equal(event.dataS + 0, model.dataS + 0);
}

function assertValue(written: string, expected: ModelValue, key: string): void {
  switch (expected.is) {
    case 'text':
      assert.equal(JSON.parse(written), expected.text, key);
      break;
    case 'number':
      assert.equal(exactValue(written), expected.value, key);
      break;
    case 'real':
      // A zero loses its sign in SQLite.
      assert.equal(Number(JSON.parse(written)) + 0, expected.value + 0, key);
      break;
    case 'slot':
      assert.equal(written, SLOT, key);
      break;
    default:
      assert.equal(written, String(expected.is === 'null' ? null : expected.value), key);
  }
}

function sentAs(value: Stored, dataType: string | null, rules: ModelRules): ModelValue {
  if (value === null) return { is: 'null' };
  if (typeof value === 'bigint') return { is: 'number', value: scaled(String(value), 0n) };
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return { is: 'real', value };
    return { is: 'text', text: value > 0 ? 'inf' : '-inf' };
  }
  const text = textOf(value);
  if (dataType === 'boolean' && rules.convertBool && (text === 'true' || text === 'false'))
    return { is: 'boolean', value: text === 'true' };
  const number = dataType === 'number' && rules.convertNumber ? pythonValue(text) : undefined;
  return number === undefined ? { is: 'text', text } : { is: 'number', value: number };
}

/** A recorded time in Unix seconds; NaN where it is not usable. */
function timeOf(value: Stored): number {
  if (typeof value === 'string' || value instanceof RawText) return pythonDouble(textOf(value));
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : Number.NaN;
}

function textOf(value: string | RawText | Uint8Array): string {
  if (typeof value === 'string') return value;
  const bytes = value instanceof RawText ? value.bytes : value;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** A key or a topic: SQLite's `json_group_object` cuts it at a NUL. */
function keyOf(key: string | RawText | null): string {
  return key === null ? 'null' : textOf(key).split('\0')[0];
}

function countOddities({ attributes }: StoredEvent, distinctKeys: number, warnings: Warnings): void {
  if (attributes.length === 0) warnings.noAttributes += 1;
  if (distinctKeys < attributes.length) warnings.duplicateKey += 1;
  for (const { key, value } of attributes) {
    if (key instanceof RawText && !isUtf8(beforeNul(key.bytes))) warnings.invalidUtf8 += 1;
    if (value instanceof RawText && !isUtf8(value.bytes)) warnings.invalidUtf8 += 1;
    if (!(value instanceof Uint8Array)) continue;
    warnings.blobValue += 1;
    if (!isUtf8(value)) warnings.invalidUtf8 += 1;
  }
}

function beforeNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
