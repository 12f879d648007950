import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { FramesWriter } from './frames-writer.js';
import type { Night } from './night.js';
import { peerProgram } from './peer-program.js';

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
 * The program that makes digests loads a whole night into memory. Of larger nights only numbers and order are
 * checked.
 */
const MOST_EVENTS_OF_A_DIGEST = 500_000;

/**
 * The digest of all messages that a night must give, without their times. The messages are made from the
 * night's rows by code that shares nothing with what is measured. The digest is made once and kept beside the
 * night.
 *
 * @returns null if the night is too large, or no compiler can build the program that makes digests
 */
export function expectedDigest(night: Night, form: JsonForm): string | null {
  const publisher = peerProgram('publisher');
  if (!('command' in publisher) || night.events > MOST_EVENTS_OF_A_DIGEST) return null;
  const path = night.path.replace(/\.db$/, `-${form}.digest`);
  if (!existsSync(path)) {
    const framesPath = expectedFrames(night, form);
    const args = [framesPath, String(night.events), '--digest', ...TIME_KEYS];
    const { status, stdout, stderr } = spawnSync(publisher.command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Expected the digest of ${framesPath}, found: ${stderr}`);
    writeFileSync(path, (JSON.parse(stdout) as { digest: string }).digest);
    // Keep the compact ones: the receiver's ceiling is measured by sending them from C.
    if (form === 'spaced') rmSync(framesPath);
  }
  return readFileSync(path, 'utf8');
}

/**
 * Writes all messages of a night, with their recorded times, in the format of bench/peer/frames.h.
 *
 * @returns the path of the file, which is made once and kept
 */
export function expectedFrames({ path, attributes }: Night, form: JsonForm): string {
  const framesPath = path.replace(/\.db$/, `-${form}.frames`);
  if (existsSync(framesPath)) return framesPath;
  const partPath = `${framesPath}.part-${process.pid}`;
  const database = new SQLite(path, { readonly: true });
  try {
    const writer = new FramesWriter(partPath);
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
      writer.close();
    }
    renameSync(partPath, framesPath);
  } finally {
    database.close();
    rmSync(partPath, { force: true });
  }
  return framesPath;
}

/** A JSON string of ASCII characters only. */
export function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
