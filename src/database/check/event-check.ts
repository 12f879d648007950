import { LARGEST_ROW, SMALLEST_ROW } from '../../batch/damage.js';
import { EVENTS_AHEAD, findStrays } from '../../batch/strays.js';
import { bytesOf, elementsOf } from '../../encode/json-bytes.js';
import { type Connection, quoted, type Statement } from '../connection.js';
import type { EventId } from '../event-id.js';
import { EventQuery } from '../events/event-query.js';
import { EventTable } from '../events/event-table.js';
import { connectTo, type Recording } from '../recording.js';
import { EventScan } from './event-scan.js';
import { type Finding, FindingList } from './finding.js';
import { sqliteMessage } from './table-check.js';

/** The findings in a stretch of rows. */
export interface StretchResult {
  readonly events: number;
  /** First row of the next stretch; undefined where there are no more rows. */
  readonly next: bigint | undefined;
  readonly findings: Finding[];
  /** When its last event is due: see `EventScan.lastS`. */
  readonly lastS: number;
}

const ROWS_A_CHUNK = 64;
const TYPED = { convertNumber: true, convertBool: true };

type Row = readonly [row: bigint, id: EventId];

/** Checks the events of a recording, stretch by stretch. Rows that cannot be read are located and passed over. */
export class EventCheck {
  readonly readPath: string;
  private readonly _connection: Connection;
  private readonly _rows: Statement;
  private readonly _events: Statement;
  private readonly _times: Statement | undefined;
  private readonly _table: EventTable;
  private readonly _timeColumn: string | undefined;

  /** @throws an error of SQLite where the file cannot be opened */
  constructor(recording: Recording) {
    const { readPath, schema } = recording;
    this.readPath = readPath;
    const { table, rowid, id, dataTime } = schema.event;
    this._connection = connectTo(recording);
    try {
      const query = new EventQuery(schema);
      const [row, eventId] = [quoted(rowid), quoted(id)];
      this._rows = this._connection
        .prepare(
          `SELECT ${row}, ${eventId} FROM ${quoted(table)} NOT INDEXED
          WHERE ${row} BETWEEN $first AND $last ORDER BY ${row} LIMIT $count`,
        )
        .raw()
        .safeIntegers();
      this._events = this._connection.prepare(query.events('range', TYPED, undefined)).pluck();
      this._table = new EventTable(this._connection, schema);
      this._timeColumn = dataTime;
      if (dataTime !== undefined) this._times = this._connection.prepare(query.dataTimes('range')).pluck();
    } catch (error) {
      this._connection.close();
      throw error;
    }
  }

  close(): void {
    this._connection.close();
  }

  /**
   * Checks about `count` events from row id `first` on, none beyond `last`.
   *
   * @param lastS when the event ahead of them is due, in Unix seconds; NaN: not known, and looked up
   *
   * @throws errors that are not SQLite's: those are findings
   */
  check(first: bigint, last: bigint, count: number, lastS = Number.NaN): StretchResult {
    const found = new FindingList();
    const scan = new EventScan(found, Number.isNaN(lastS) ? this._timeBefore(first) : lastS);
    let next: bigint | undefined = first;
    let events = 0;
    let end = first;
    while (next !== undefined && events < count) {
      const rows = this._nextRows(next, last, found);
      if (rows.length > 0) this._checkRows(rows, scan, found);
      events += rows.length;
      const lastRow = rows.at(-1)?.[0];
      if (lastRow !== undefined) end = lastRow;
      next = lastRow === undefined || lastRow >= last ? undefined : lastRow + 1n;
    }
    scan.judgeOrder(() => this._timesFrom(end + 1n));
    return { events, next, findings: found.findings, lastS: scan.lastS };
  }

  /** The time that events before a row have reached, in Unix seconds; NaN: there are none, or none has a time. */
  private _timeBefore(row: bigint): number {
    const from = row - BigInt(EVENTS_AHEAD);
    const timesS = this._timesFrom(from > SMALLEST_ROW ? from : SMALLEST_ROW, row - 1n);
    const firstS = timesS.find((timeS) => !Number.isNaN(timeS));
    return firstS === undefined ? Number.NaN : findStrays(timesS, timesS.length, firstS).placeS;
  }

  /** Due times of some events; none where these cannot be read, which is found when it is their turn. */
  private _timesFrom(first: bigint, last = LARGEST_ROW): number[] {
    if (first > last) return [];
    try {
      return this._table.times(first, EVENTS_AHEAD, last).map(({ dueTimeS }) => dueTimeS);
    } catch (error) {
      sqliteMessage(error);
      return [];
    }
  }

  /** The next rows that can be read; empty where there are no more. */
  private _nextRows(first: bigint, last: bigint, found: FindingList): Row[] {
    const read = (from: bigint, count: number) => this._rows.all({ first: from, last, count }) as Row[];
    let message: string;
    try {
      return read(first, ROWS_A_CHUNK);
    } catch (error) {
      message = sqliteMessage(error);
    }
    const canRead = (from: bigint): boolean => {
      try {
        read(from, 1);
        return true;
      } catch (error) {
        sqliteMessage(error);
        return false;
      }
    };
    if (canRead(first)) return read(first, 1);
    // Damage is of whole pages: rows on the pages behind can be read again.
    let bad = first;
    let step = 1n;
    while (bad + step <= last && !canRead(bad + step)) {
      bad += step;
      step *= 2n;
    }
    let good = bad + step <= last ? bad + step : last + 1n;
    while (good - bad > 1n) {
      const middle = (good + bad) / 2n;
      if (canRead(middle)) good = middle;
      else bad = middle;
    }
    found.add('unreadableRows', { row: first, lastRow: bad, message });
    return good > last ? [] : read(good, 1);
  }

  private _checkRows(rows: readonly Row[], scan: EventScan, found: FindingList): void {
    const range = { first: rows[0][0], last: rows[rows.length - 1][0] };
    let source: Uint8Array;
    let tableTimes: { column: string; values: Uint8Array[] } | undefined;
    try {
      source = bytesOf(this._events.get(range));
      if (this._times !== undefined && this._timeColumn !== undefined)
        tableTimes = { column: this._timeColumn, values: elementsOf(bytesOf(this._times.get(range))) };
    } catch (error) {
      const message = sqliteMessage(error);
      if (rows.length === 1) {
        const [[row, eventId]] = rows;
        found.add('unreadableRows', { row, eventId, message });
        return;
      }
      const middle = rows.length >> 1;
      this._checkRows(rows.slice(0, middle), scan, found);
      this._checkRows(rows.slice(middle), scan, found);
      return;
    }
    const locations = rows.map(([row, eventId]) => ({ row, eventId }));
    scan.scan(source, locations, tableTimes);
  }
}
