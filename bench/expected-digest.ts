import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { FramesWriter } from './frames-writer.js';
import type { Night } from './night.js';
import { peerProgram } from './peer-program.js';

/** How a publisher spaces its JSON: ours leaves no blanks, Python's `json.dumps` one after each colon and comma. */
export type JsonForm = 'compact' | 'spaced';

/** Times, which are set when an event is sent: a digest leaves them out. In the order in which they come in an event. */
export const TIME_KEYS = ['__data_time', '__wire_time'] as const;

const SEPARATORS: Readonly<Record<JsonForm, { readonly colon: string; readonly comma: string }>> = {
  compact: { colon: ':', comma: ',' },
  spaced: { colon: ': ', comma: ', ' },
};
/** The program that makes digests takes a whole night into memory: of larger ones only number and order are checked. */
const MOST_EVENTS_OF_A_DIGEST = 500_000;

/**
 * The digest of all messages that a night must give, without their times. They are made from its rows alone, by none of
 * what is measured, once; the digest is kept beside the night.
 *
 * @returns null where the night is too large for that, or there is no compiler for the program that makes digests
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
    // That of ours can be sent by a program in C, to know what a receiver can take.
    if (form === 'spaced') rmSync(framesPath);
  }
  return readFileSync(path, 'utf8');
}

/** All messages of a night, as in bench/peer/frames.h, with their times as they were recorded. @returns the file */
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

/** A JSON string of nothing but ASCII. */
export function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
