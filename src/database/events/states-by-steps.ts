import { readError } from '../connection.js';
import type { ReadRules } from '../recording.js';
import type { Rows } from '../rows.js';
import type { RowStates, TimedRows, TopicRow, TopicStep } from './event-rows.js';
import type { EventTimes } from './event-times.js';

/** Finds events by their topics, which it is given in steps. */
export abstract class StatesBySteps implements RowStates {
  protected readonly path: string;
  protected readonly table: TimedRows;
  protected readonly keyTime: ReadRules['keyTime'];

  /** @param path of the recording, for errors */
  constructor(path: string, table: TimedRows, keyTime: ReadRules['keyTime']) {
    this.path = path;
    this.table = table;
    this.keyTime = keyTime;
  }

  /** See `RowStates.steps`. */
  abstract steps(rows: Rows, needsTimes?: boolean): Generator<TopicStep>;

  /**
   * The last event of each wanted topic among some rows, in the order of the rows. Rows that cannot be read are left out.
   *
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  lastOf(rows: Rows): TopicRow[] {
    try {
      const last = new Map<string, bigint>();
      for (const { topics, rowOf } of this.steps(rows)) {
        const lastOfStep = new Map<string, number>();
        for (const [i, topic] of topics.entries()) if (topic !== null) lastOfStep.set(topic, i);
        const inOrder = [...lastOfStep].sort(([, a], [, b]) => a - b);
        for (const [topic, i] of inOrder) {
          // Deleted first, so that the map is in the order of the last events.
          last.delete(topic);
          last.set(topic, rowOf(i));
        }
      }
      return Array.from(last, ([topic, row]) => ({ topic, row }));
    } catch (error) {
      throw readError(this.path, error);
    }
  }

  /**
   * Places of events in the order of play: the latest times that their recording has reached with them.
   *
   * @param rows the events, in the order of play
   * @param first first row of a range up to the last of `rows`, whose times all count; undefined: only those of `rows` count
   * @returns Unix seconds; -Infinity before the first time
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  placesOf(rows: BigInt64Array<ArrayBuffer>, first: bigint | undefined): Float64Array<ArrayBuffer> {
    try {
      const keys = new Map<bigint, number>();
      const places = new Float64Array(rows.length);
      const last = rows.at(-1);
      if (last === undefined) return places;
      const steps = this.steps(first === undefined ? { list: rows } : { first, last });
      let placeS = Number.NEGATIVE_INFINITY;
      for (const step of steps) {
        for (const times of this.table.timesOf(wantedOf(step))) {
          placeS = Math.max(placeS, this._keyOf(times));
          keys.set(times.row, placeS);
        }
      }
      let known = Number.NEGATIVE_INFINITY;
      for (const [i, row] of rows.entries()) {
        known = keys.get(row) ?? known;
        places[i] = known;
      }
      return places;
    } catch (error) {
      throw readError(this.path, error);
    }
  }

  /** Time by which an event is merged, in Unix seconds; -Infinity where it has no time. */
  private _keyOf({ dataTimeS, dueTimeS }: EventTimes): number {
    const keyS = this.keyTime === 'due' || Number.isNaN(dataTimeS) ? dueTimeS : dataTimeS;
    return Number.isNaN(keyS) ? Number.NEGATIVE_INFINITY : keyS;
  }

  /** Rows of a range whose topics are wanted. */
  wanted(first: bigint, last: bigint): Set<bigint> {
    const found = new Set<bigint>();
    for (const step of this.steps({ first, last })) for (const row of wantedOf(step)) found.add(row);
    return found;
  }
}

function wantedOf({ topics, rowOf }: TopicStep): bigint[] {
  return topics.flatMap((topic, i) => (topic === null ? [] : rowOf(i)));
}

/** The last event of each topic, in the order given. */
export function lastOfEach(events: Iterable<TopicRow>): TopicRow[] {
  const last = new Map<string, TopicRow>();
  for (const event of events) {
    // Deleted first, so that the map is in the order of the last events.
    last.delete(event.topic);
    last.set(event.topic, event);
  }
  return [...last.values()];
}
