import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { SLACK_S } from '../../src/batch/strays.js';
import type { Connection } from '../../src/database/connection.js';
import { EventTable } from '../../src/database/events/event-table.js';
import { readSchema } from '../../src/database/schema/read-schema.js';
import type { Schema } from '../../src/database/schema/schema.js';
import { createDatabase } from './stored-event.js';
import { temporaryFolder } from './temporary-folder.js';

export interface Row {
  readonly row: bigint;
  /** Undefined: the event has no time. */
  readonly timeS: number | undefined;
  /** Default `a`. */
  readonly topic?: string;
}

/** One database that is filled anew time and again. */
export class Night {
  readonly path: string;
  private readonly _db: Database.Database;

  constructor(context: TestContext) {
    this.path = join(temporaryFolder(context), 'night.db');
    this._db = createDatabase(this.path);
    this._db.exec(`
      CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
      CREATE TABLE attribute (event_id INTEGER, key TEXT, value TEXT);
      CREATE INDEX i ON attribute (event_id);
    `);
    context.after(() => this._db.close());
  }

  get connection(): Connection {
    return this._db;
  }

  get schema(): Schema {
    return readSchema(this._db, this.path);
  }

  fill(rows: readonly Row[]): EventTable {
    this._db.exec('DELETE FROM event');
    // As text: JSON's integers would come as doubles.
    const values = JSON.stringify(
      rows.map(({ row, timeS, topic }) => [`${row}`, timeS ?? null, topic ?? 'a']),
    );
    this._db
      .prepare(
        'INSERT INTO event SELECT CAST(value ->> 0 AS INTEGER), value ->> 2, value ->> 1 FROM json_each(?)',
      )
      .run(values);
    return new EventTable(this._db, this.schema);
  }
}

/** Numbers from 0 up to 1 that are the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
  };
}

export const logs = fc.record({
  seed: fc.integer(),
  count: fc.integer({ min: 1990, max: 2600 }),
  firstRow: fc.constantFrom(1n, 1_000_000n, -500n, -(2n ** 63n), 2n ** 63n - 20_000_000n),
  gapShare: fc.constantFrom(0, 0.01, 0.5),
  longestGap: fc.constantFrom(2, 5000),
  untimedShare: fc.constantFrom(0, 0.01, 0.5, 0.99),
  longestUntimed: fc.constantFrom(1, 20, 400),
  stepS: fc.constantFrom(0, 0.01, 1, 100),
  silenceS: fc.constantFrom(0, 50_000),
  disorderS: fc.constantFrom(0, 1, SLACK_S),
});

/** A table in which an event is due at most `disorderS` before one that stands before it. */
export function rowsOfLog(made: typeof logs extends fc.Arbitrary<infer T> ? T : never): Row[] {
  const random = chance(made.seed);
  const rows: Row[] = [];
  let row = made.firstRow;
  let latestS = 1_521_854_100;
  let untimed = 0;
  for (let i = 0; i < made.count; i++) {
    if (random() < made.untimedShare / made.longestUntimed)
      untimed = Math.ceil(random() * made.longestUntimed);
    latestS += Math.floor(random() * 4 * made.stepS) / 4 + (random() < 0.001 ? made.silenceS : 0);
    const timeS = random() < 0.7 ? latestS : latestS - Math.floor(random() * 4 * made.disorderS) / 4;
    rows.push({ row, timeS: untimed-- > 0 ? undefined : timeS });
    row += random() < made.gapShare ? BigInt(Math.ceil(random() * made.longestGap)) : 1n;
  }
  return rows;
}
