import type SQLite from 'better-sqlite3';
import { Random } from '../../src/generate/random.js';
import { inCache } from '../cache.js';
import { FEWEST_ATTRIBUTES, keptNight, type Night, type NightOptions, SEQUENCE_KEY } from '../night.js';

/**
 * Layouts of the attribute table, with the same events:
 *
 * - index: an index on the event's id; an event's rows are adjacent
 * - contiguous: the same without the index
 * - scattered: no index; an event's rows are anywhere in the table, in their order
 */
export const LAYOUTS = ['index', 'contiguous', 'scattered'] as const;
export type Layout = (typeof LAYOUTS)[number];

/**
 * Keys that an event keeps if it has fewer attributes than `generate` gives it: a text, two times and a
 * number.
 */
const KEPT_KEYS = ['__key', '__data_time', '__wire_time', SEQUENCE_KEY];
const FEWEST_KEPT = KEPT_KEYS.length;

/** Seed of the shuffle; `generate` has a seed of its own. */
export const SEED = 1;
/** Raise this when the same parameters produce another night. */
const VERSION = 1;

/**
 * A night in a layout, made once and kept in the cache. All layouts hold the same events and must give the
 * same messages.
 *
 * @param options.attributes attributes of each event: 4, or 7 or more
 */
export async function nightInLayout(layout: Layout, options: NightOptions): Promise<Night> {
  const { events, attributes } = options;
  const path = inCache(`decode-v${VERSION}-${events}x${attributes}-${layout}.db`);
  const isThin = attributes === FEWEST_KEPT;
  const generated = isThin ? FEWEST_ATTRIBUTES : attributes;
  const night = await keptNight(path, { ...options, attributes: generated }, (database) => {
    if (isThin) rewrite(database, () => keepFew(database));
    if (layout === 'scattered') rewrite(database, () => scatter(database, events, attributes));
    if (layout !== 'index') database.exec('DROP INDEX attribute_event_id');
  });
  return { ...night, attributes };
}

/** Refills the attribute table from its old rows, which are in a table named `before` meanwhile. */
function rewrite(database: SQLite.Database, fill: () => void): void {
  const statements = database
    .prepare(`SELECT sql FROM sqlite_schema WHERE tbl_name = 'attribute' ORDER BY type = 'index'`)
    .pluck()
    .all() as string[];
  const [table, index] = statements;
  database.transaction(() => {
    database.exec(`ALTER TABLE attribute RENAME TO before; ${table}`);
    fill();
    database.exec(`DROP TABLE before; ${index}`);
  })();
}

function keepFew(database: SQLite.Database): void {
  const keys = KEPT_KEYS.map(() => '?').join(', ');
  database
    .prepare(`INSERT INTO attribute SELECT * FROM before WHERE key IN (${keys}) ORDER BY rowid`)
    .run(KEPT_KEYS);
}

/** Assigns the rows of the table to events at random. The rows of one event keep their order. */
function scatter(database: SQLite.Database, events: number, attributes: number): void {
  const eventAt = new Uint32Array(events * attributes);
  for (const i of eventAt.keys()) eventAt[i] = Math.floor(i / attributes);
  const random = new Random(SEED, 'places');
  for (let i = eventAt.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [eventAt[i], eventAt[other]] = [eventAt[other], eventAt[i]];
  }
  const copy = database.prepare('INSERT INTO attribute SELECT * FROM before WHERE rowid = ?');
  const copied = new Uint32Array(events);
  for (const event of eventAt) {
    copied[event] += 1;
    copy.run(event * attributes + copied[event]);
  }
}
