import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type SQLite from 'better-sqlite3';
import { Random } from '../../src/generate/random.js';
import { unixText } from '../../src/generate/unix-text.js';
import { inCache } from '../cache.js';
import { requireRoom } from '../disk-room.js';
import { FEWEST_ATTRIBUTES, keptNight, type Night, type NightOptions } from '../night.js';

/** Attribute with the time at which an event is due. */
export const DUE_KEY = '__wire_time';

/** Seed of the gaps between events. */
export const SEED = 1;
/** Raise this when the same parameters produce another night. */
const VERSION = 1;
/** Wire time of the first event, in Unix microseconds: 2018-03-24T01:15:00Z. */
const START_US = 1_521_854_100e6;

/** Approximate size of an event: its rows and their entries in the index. */
const EVENT_BYTES = 450;
/**
 * Room needed to make a night, in sizes of a night: the generated file, what SQLite needs to change it, and
 * the packed file.
 */
const MAKING_ROOM = 3;

/** A night whose events come at a mean rate. */
export interface PacedNight extends Night {
  readonly ratePerS: number;
  /** Seconds from the first event to the last. */
  readonly durationS: number;
}

export interface PacedNightOptions extends Pick<NightOptions, 'signal' | 'onMake' | 'onStep'> {
  readonly ratePerS: number;
  readonly durationS: number;
}

/**
 * A night whose events come independently of each other at a mean rate, in the order of their wire times,
 * which form a Poisson process.
 *
 * `generate` makes bursts of a hundred events in a tenth of a millisecond, and events that follow later ones.
 * Their lateness shows how fast a publisher sends, not how well it waits.
 *
 * @throws Error if the disk has no room; the reason of `signal` if it is aborted
 */
export async function pacedNight(options: PacedNightOptions): Promise<PacedNight> {
  const { ratePerS, durationS } = options;
  const events = Math.max(2, Math.round(ratePerS * durationS));
  const attributes = FEWEST_ATTRIBUTES;
  const path = inCache(`paced-v${VERSION}-seed${SEED}-${events}-in-${durationS}s.db`);
  if (!existsSync(path)) requireRoom(dirname(path), MAKING_ROOM * EVENT_BYTES * events);
  const night = await keptNight(path, { ...options, events, attributes }, (database) =>
    spread(database, events, durationS),
  );
  return { ...night, ratePerS, durationS };
}

/** Sets the events' wire times in table order: the first is at 0 s, the last at `durationS`. */
function spread(database: SQLite.Database, events: number, durationS: number): void {
  const times = poissonTimes(events, durationS);
  const { rows } = database.prepare('SELECT count(*) AS rows FROM attribute WHERE key = ?').get(DUE_KEY) as {
    rows: number;
  };
  if (rows !== events) throw new Error(`Expected ${events} wire times, found ${rows}`);
  const write = database.prepare('UPDATE attribute SET value = ? WHERE event_id = ? AND key = ?');
  database.transaction(() => {
    for (const [i, timeS] of times.entries()) {
      write.run(unixText(START_US + Math.round(1e6 * timeS), 6), i + 1, DUE_KEY);
    }
  })();
}

/** Number of events that are due in the first `seconds`. */
export function eventsBefore({ events, durationS }: PacedNight, seconds: number): number {
  return poissonTimes(events, durationS).filter((time) => time < seconds).length;
}

/** Times in [0, durationS], both ends included, with exponential gaps. */
export function poissonTimes(events: number, durationS: number): Float64Array {
  const random = new Random(SEED, 'gaps');
  const times = new Float64Array(events);
  for (let i = 1; i < events; i++) times[i] = times[i - 1] + random.exponential(1);
  const scale = durationS / times[events - 1];
  return times.map((time) => scale * time);
}
