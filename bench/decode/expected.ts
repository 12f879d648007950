import { setImmediate as nextTurn } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import type { Night } from '../night.js';
import { ContentDigest } from './content-digest.js';

/** What a night's events are to come out as: a digest, with and without conversions. */
export interface Expected {
  readonly plain: string;
  readonly converted: string;
}

/** Some tens of milliseconds. */
const ROWS_A_STEP = 50_000;
const TIME_KEYS = ['__data_time', '__wire_time'];
const TIME = /^([0-9]{10})\.([0-9]{1,6})$/;
/** Python takes `.5` for a number, JSON wants a zero before. */
const POINT_FIRST = /^(-?)(?=\.[0-9])/;
/** Of a number that Python and JSON write alike. */
const PLAIN_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
/** Of what is no number to either. */
const NO_DIGIT = /^[^0-9]*$/;

/**
 * What the events of a night are when they are sent at the times at which they were recorded, from its plain rows: by
 * the rules, and by none of the code that is measured.
 *
 * @throws Error where the night holds what these rules do not cover, or the reason of `signal`
 */
export async function expectedOf({ path, events }: Night, signal: AbortSignal): Promise<Expected> {
  const database = new SQLite(path, { readonly: true });
  try {
    const plain = new ContentDigest();
    const converted = new ContentDigest();
    const rows = database
      .prepare(
        `SELECT e.event_id, e.topic, a.key, a.value, a.data_type
         FROM event AS e CROSS JOIN attribute AS a ON a.event_id = e.event_id ORDER BY e.event_id, a.rowid`,
      )
      .raw()
      .iterate() as IterableIterator<[number, ...Row]>;
    let current = 0;
    let topicNow = '';
    let [asText, asTyped]: string[][] = [[], []];
    const end = () => {
      if (current === 0) return;
      plain.add(topicNow, Buffer.from(`{${asText.join(',')}}`));
      converted.add(topicNow, Buffer.from(`{${asTyped.join(',')}}`));
      [asText, asTyped] = [[], []];
    };
    let count = 0;
    for (const [id, ...row] of rows) {
      if (id !== current) end();
      current = id;
      [topicNow] = row;
      const [, key, value, type] = row;
      const name = `${ascii(key)}:`;
      const text = TIME_KEYS.includes(key) ? sentTime(value) : ascii(value);
      asText.push(name + text);
      asTyped.push(name + (TIME_KEYS.includes(key) ? text : typed(value, type)));
      if (++count % ROWS_A_STEP === 0) {
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    end();
    if (plain.events !== events)
      throw new Error(`Expected ${events} events in ${path}, found ${plain.events}`);
    return { plain: plain.end(), converted: converted.end() };
  } finally {
    database.close();
  }
}

type Row = [topic: string, key: string, value: string, type: string];

function typed(value: string, type: string): string {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value;
  if (type !== 'number' || NO_DIGIT.test(value)) return ascii(value);
  const number = value.replace(POINT_FIRST, (_match, sign: string) => `${sign}0`);
  if (PLAIN_NUMBER.test(number) && Number.isFinite(Number(number))) return number;
  throw new Error(`Expected a plain number in a night of the benchmark, found ${JSON.stringify(value)}`);
}

/** A time is sent as a number, to the microsecond. */
function sentTime(value: string): string {
  const [, whole, fraction] = TIME.exec(value) ?? [];
  if (whole === undefined) throw new Error(`Expected a time in a night of the benchmark, found ${value}`);
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

function ascii(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\u0080-\uffff]/g, escaped);
}
