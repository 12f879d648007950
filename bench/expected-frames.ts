import SQLite from 'better-sqlite3';
import { makeFrames } from './make-frames.js';
import type { Night } from './night.js';

/**
 * How a publisher spaces its JSON: tcs-replay writes no blanks, Python's `json.dumps` one after each colon
 * and comma.
 */
export type JsonForm = 'compact' | 'spaced';

/**
 * The keys of times that are set when an event is sent, in the order in which an event has them. Digests
 * leave their numbers out.
 */
export const TIME_KEYS = ['__data_time', '__wire_time'] as const;

const SEPARATORS: Readonly<Record<JsonForm, { readonly colon: string; readonly comma: string }>> = {
  compact: { colon: ':', comma: ',' },
  spaced: { colon: ': ', comma: ', ' },
};

/**
 * Writes all messages of a night, with their recorded times, in the format of bench/peer/frames.h.
 *
 * @returns the path of the file, which is made once and kept
 */
export function expectedFrames({ path, attributes }: Night, form: JsonForm): string {
  const framesPath = path.replace(/\.db$/, `-${form}.frames`);
  makeFrames(framesPath, (writer) => {
    const database = new SQLite(path, { readonly: true });
    try {
      const rows = database
        .prepare(
          `SELECT topic, key, value FROM event JOIN attribute USING (event_id) ORDER BY event.rowid, attribute.rowid`,
        )
        .raw()
        .iterate() as IterableIterator<[topic: string, key: string, value: string]>;
      let members: string[] = [];
      const { colon, comma } = SEPARATORS[form];
      for (const [topic, key, value] of rows) {
        const isTime = (TIME_KEYS as readonly string[]).includes(key);
        members.push(`${ascii(key)}${colon}${isTime ? value : ascii(value)}`);
        if (members.length < attributes) continue;
        writer.add(topic, `{${members.join(comma)}}`);
        members = [];
      }
    } finally {
      database.close();
    }
  });
  return framesPath;
}

/** A JSON string of ASCII characters only. */
export function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
