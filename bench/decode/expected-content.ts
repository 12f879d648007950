import { setImmediate as nextTurn } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { ascii, TIME_KEYS } from '../expected-frames.js';
import type { Night } from '../night.js';
import { ContentDigest } from './content-digest.js';

/** Digests of a night's events, with and without conversions. */
export interface ExpectedContent {
  readonly plain: string;
  readonly converted: string;
}

/** A step takes some tens of milliseconds. */
const EVENTS_A_STEP = 4096;
const TIME = /^([0-9]{10})\.([0-9]{1,6})$/;
/** Python accepts `.5` as a number; JSON requires a zero before the point. */
const POINT_FIRST = /^(-?)(?=\.[0-9])/;
/** A number that Python and JSON write alike. */
const PLAIN_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
/** A text that neither Python nor JSON accepts as a number. */
const NO_DIGIT = /^[^0-9]*$/;

/**
 * Computes what a night's events are when each is sent at its recorded time. It works from the plain rows, by
 * the documented rules, with none of the measured code.
 *
 * @param night must have an index
 * @throws Error if the night has a value that these rules do not cover; the reason of `signal` if it is
 *   aborted
 */
export async function expectedContent(
  { path, events, attributes }: Night,
  signal: AbortSignal,
): Promise<ExpectedContent> {
  const database = new SQLite(path, { readonly: true });
  try {
    const rows = database
      .prepare(
        `SELECT e.topic, a.key, a.value, a.data_type
         FROM event AS e CROSS JOIN attribute AS a ON a.event_id = e.event_id ORDER BY e.event_id, a.rowid`,
      )
      .raw()
      .iterate() as IterableIterator<Row>;
    const plain = new ContentDigest();
    const converted = new ContentDigest();
    let event: Row[] = [];
    for (const row of rows) {
      event.push(row);
      if (event.length < attributes) continue;
      plain.add(row[0], payloadOf(event, ascii));
      converted.add(row[0], payloadOf(event, typed));
      event = [];
      if (plain.events % EVENTS_A_STEP === 0) {
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    const found = plain.events;
    if (found !== events) throw new Error(`Expected ${events} events in ${path}, found ${found}`);
    return { plain: plain.end(), converted: converted.end() };
  } finally {
    database.close();
  }
}

type Row = [topic: string, key: string, value: string, type: string];

function payloadOf(event: readonly Row[], written: (value: string, type: string) => string): Buffer {
  const members = event.map(([, key, value, type]) => {
    const isTime = (TIME_KEYS as readonly string[]).includes(key);
    return `${ascii(key)}:${isTime ? sentTime(value) : written(value, type)}`;
  });
  return Buffer.from(`{${members.join(',')}}`);
}

function typed(value: string, type: string): string {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value;
  if (type !== 'number' || NO_DIGIT.test(value)) return ascii(value);
  const number = value.replace(POINT_FIRST, (_match, sign: string) => `${sign}0`);
  if (PLAIN_NUMBER.test(number) && Number.isFinite(Number(number))) return number;
  throw new Error(`Expected a plain number in a night of the benchmark, found ${JSON.stringify(value)}`);
}

/** Times are sent as numbers with six decimals. */
function sentTime(value: string): string {
  const [, whole, fraction] = TIME.exec(value) ?? [];
  if (whole === undefined) throw new Error(`Expected a time in a night of the benchmark, found ${value}`);
  return `${whole}.${fraction.padEnd(6, '0')}`;
}
