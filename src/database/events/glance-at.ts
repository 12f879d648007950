import { bytesOf } from '../../encode/json-bytes.js';
import { timeForm } from '../../encode/time-form.js';
import { timeOfStored } from '../../encode/time-value.js';
import { isDamage, isTooLarge } from '../connection.js';
import { connectTo, type Recording } from '../recording.js';
import { EventQuery } from './event-query.js';
import { EventTable } from './event-table.js';
import type { Glance } from './glance.js';

const PLACES = 256;
const EVENTS_AT_A_PLACE = 16;
/** On a slow disk, rows that lie scattered take longer than anybody wants to wait: what was seen by then is enough. */
const LONGEST_MS = 1000;
const MOST_TOPICS = 1000;
const LONGEST_EXAMPLE = 40;

type StoredTimes = Partial<Record<'__wire_time' | '__data_time', string | number | null>>;

/**
 * Looks at some thousand events in even places of a recording. It takes some ten milliseconds, on a slow disk about a
 * second; of a cold recording it may then see only the beginning. Damage is passed over.
 */
export function glanceAt(recording: Recording): Glance {
  const { rows } = recording;
  const connection = connectTo(recording);
  try {
    const query = new EventQuery(recording.schema);
    const table = new EventTable(connection, recording.schema);
    const topicsOf = connection.prepare(query.topics('range', undefined)).pluck();
    const timesOf = connection.prepare(query.times('range')).raw();
    const topics = new Set<string>();
    const times: Glance['times'] = {};
    let [events, stepsBack, reachedS] = [0, 0, Number.NEGATIVE_INFINITY];
    let isComplete = true;
    let next = rows?.first;
    const untilMs = performance.now() + LONGEST_MS;
    for (let place = 0n; rows !== undefined && place < PLACES && next !== undefined; place++) {
      if (performance.now() > untilMs) break;
      const start = rows.first + ((rows.last - rows.first) * place) / BigInt(PLACES);
      const first = start > next ? start : next;
      if (first > next) isComplete = false;
      const last = table.bound(first, rows.last, EVENTS_AT_A_PLACE);
      next = last === undefined || last >= rows.last ? undefined : last + 1n;
      if (last === undefined) break;
      const found = pastDamage(() => ({
        topics: JSON.parse(textOf(topicsOf.get({ first, last }))) as string[],
        times: (timesOf.get({ first, last }) as unknown[]).map((json) => JSON.parse(textOf(json))) as [
          Record<string, StoredTimes>,
          (string | number | null)[],
        ],
      }));
      if (found === undefined) {
        isComplete = false;
        continue;
      }
      for (const topic of found.topics) if (topics.size < MOST_TOPICS) topics.add(topic);
      const [ofAttributes, ofTable] = found.times;
      for (const [i, stored] of Object.values(ofAttributes).entries()) {
        const due = dueOf([stored.__wire_time, stored.__data_time, ofTable[i]]);
        const form = timeForm(due);
        times[form] ??= { count: 0, example: String(due).slice(0, LONGEST_EXAMPLE) };
        times[form].count += 1;
        const dueS = timeOfStored(due);
        if (dueS < reachedS) stepsBack += 1;
        if (!Number.isNaN(dueS)) reachedS = dueS;
        events += 1;
      }
    }
    return { events, isComplete: isComplete && next === undefined, topics: [...topics], times, stepsBack };
  } finally {
    connection.close();
  }
}

/** The time at which an event is due, as it is stored: the first that is usable, or else the first that is there. */
function dueOf(times: readonly (string | number | null | undefined)[]): string | number | null {
  const stored = times.filter((time) => time !== null && time !== undefined);
  return stored.find((time) => !Number.isNaN(timeOfStored(time))) ?? stored[0] ?? null;
}

function textOf(json: unknown): string {
  return Buffer.from(bytesOf(json)).toString();
}

/** @returns undefined where the rows cannot be read */
function pastDamage<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error) || isTooLarge(error)) return undefined;
    throw error;
  }
}
