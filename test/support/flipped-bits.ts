import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { EventReader } from '../../src/database/event-reader.js';
import type { Rows } from '../../src/database/rows.js';
import { makeNight, type NightShape, PLAIN_NIGHT, readWith } from './shaped-night.js';
import { temporaryFolder } from './temporary-folder.js';

/** A night of a few pages, of which each bit matters. */
export const SMALL_NIGHT: NightShape = { ...PLAIN_NIGHT, pageBytes: 1024, events: 60, seed: 3 };

/**
 * Reads copies of a small night, in each of which one bit is flipped: pages give as many events as SQLite does, each as SQLite reads it or as it
 * was, or fail as it does.
 *
 * @param options.rows which are read; default all
 * @param options.numRuns number of copies
 */
export function assertReadPastFlippedBits(
  context: TestContext,
  { rows, numRuns }: { readonly rows?: () => Rows; readonly numRuns: number },
): void {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  makeNight(path, SMALL_NIGHT);
  const bytes = readFileSync(path);
  const payloads = (from: string, reader: EventReader) =>
    readWith(from, reader, {}, rows).found.events.map(({ payload }) => payload.toString());
  const whole = payloads(path, 'sql');
  let made = 0;
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const at = join(folder, `damaged ${made++}.db`);
      writeFileSync(at, damaged);
      const outcome = (reader: EventReader) => {
        try {
          return payloads(at, reader);
        } catch (error) {
          return String(error);
        }
      };
      const [pages, sql] = [outcome('pages'), outcome('sql')];
      if (typeof pages === 'string' || typeof sql === 'string') {
        assert.equal(pages, sql);
        return;
      }
      // SQLite may lose rows to a damaged index, and say nothing: pages then have the event as it was.
      const known = new Set([...whole, ...sql]);
      for (const payload of pages) assert.ok(known.has(payload), payload);
      assert.ok(pages.length >= sql.length, `${pages.length} < ${sql.length}`);
    }),
    { numRuns },
  );
}
