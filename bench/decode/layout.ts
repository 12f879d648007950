import type SQLite from 'better-sqlite3';
import { Random } from '../../src/generate/random.js';
import { inCache } from '../cache.js';
import { FEWEST_ATTRIBUTES, keptNight, type Night, type NightOptions, SEQUENCE_KEY } from '../night.js';

/**
 * How the attribute table is laid out, of the same events:
 *
 * - index: with an index on the event's id, and the rows of an event beside each other
 * - contiguous: the same without the index
 * - scattered: without the index, the rows of an event anywhere in the table, in their order
 */
export const LAYOUTS = ['index', 'contiguous', 'scattered'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What is left of an event that has fewer attributes than the generator gives one: text, two times and a number. */
const KEPT_KEYS = ['__key', '__data_time', '__wire_time', SEQUENCE_KEY];
const FEWEST_KEPT = KEPT_KEYS.length;

/** Of the places in the table; the generator has one of its own. */
export const SEED = 1;
/** To be raised when the same parameters make another night. */
const VERSION = 1;

/**
 * A night in a layout: made once, and kept in the cache. All layouts have the same events, which come out alike.
 *
 * @param options.attributes of each event: 4, or 7 or more
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

/** Fills the attribute table anew from what it was, which is called `before` for as long. */
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

/** Deals the places in the table out to the events at random. Those of an event keep their order among each other. */
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
