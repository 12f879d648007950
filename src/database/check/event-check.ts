import { BatchBuilder } from '../../batch/batch.js';
import { LARGEST_ROW, SMALLEST_ROW } from '../../batch/damage.js';
import { EVENTS_AHEAD, findStrays } from '../../batch/strays.js';
import { BatchNotes } from '../../encode/batch-notes.js';
import { bytesOf, elementsOf } from '../../encode/json-bytes.js';
import { type Connection, quoted, type Statement } from '../connection.js';
import type { EventId } from '../event-id.js';
import type { EventReader } from '../event-reader.js';
import { EventQuery } from '../events/event-query.js';
import { EventTable } from '../events/event-table.js';
import { PageReader } from '../events/page-reader.js';
import { PageTransaction } from '../pages/page-transaction.js';
import { connectTo, type ReadRules, type Recording } from '../recording.js';
import type { RowRange } from '../rows.js';
import { EventScan } from './event-scan.js';
import { type Finding, FindingList, type FindingLocation } from './finding.js';
import { SoundEvents } from './sound-events.js';
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
/** All events are checked. */
const RULES: ReadRules = {
  ...TYPED,
  ...{
    timeSlots: false,
    keyTime: 'due',
    ranges: undefined,
    filter: undefined,
    format: 'json',
    reader: 'pages',
  },
};

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
  private readonly _topics: Statement;
  /** Reads events that are sound, of which `_sound` keeps the times; undefined: SQLite reads all. */
  private readonly _pages: PageReader | undefined;
  private _sound: SoundEvents | undefined;
  private readonly _transaction: PageTransaction | undefined;

  /** @throws an error of SQLite where the file cannot be opened */
  constructor(recording: Recording, reader: EventReader = 'pages') {
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
      this._topics = this._connection.prepare(query.topics('list', undefined)).pluck();
      if (reader === 'pages') {
        this._transaction = new PageTransaction(this._connection, readPath);
        this._pages = this._soundReader(recording, this._transaction);
      }
      if (dataTime !== undefined) this._times = this._connection.prepare(query.dataTimes('range')).pluck();
    } catch (error) {
      this._connection.close();
      throw error;
    }
  }

  /** Events that were read from pages so far; the others SQLite has read. */
  get eventsFromPages(): number {
    return this._pages?.events ?? 0;
  }

  close(): void {
    this._transaction?.close();
    this._connection.close();
  }

  private _soundReader(recording: Recording, transaction: PageTransaction): PageReader | undefined {
    return PageReader.of(this._connection, transaction, recording, RULES, {
      builder: new BatchBuilder(),
      notes: new BatchNotes(),
      makeRowReader: (columns) => {
        this._sound = new SoundEvents(columns);
        return this._sound;
      },
    });
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
      const sound = this._readSound({ first: next, last }, count - events, scan);
      if (sound !== undefined) {
        events += sound.events;
        end = sound.last;
        next = end < last ? end + 1n : undefined;
        continue;
      }
      const left = this._pages?.eventsLeft || ROWS_A_CHUNK;
      const rows = this._nextRows(next, last, Math.min(ROWS_A_CHUNK, left, count - events), found);
      this._pages?.wereReadBySqlite(rows.length);
      if (rows.length > 0) this._checkRows(rows, scan, found);
      events += rows.length;
      const lastRow = rows.at(-1)?.[0];
      if (lastRow !== undefined) end = lastRow;
      next = lastRow === undefined || lastRow >= last ? undefined : lastRow + 1n;
    }
    scan.judgeOrder(
      () => this._timesFrom(end + 1n),
      (row) => this._locationOf(BigInt(row)),
    );
    return { events, next, findings: found.findings, lastS: scan.lastS };
  }

  /**
   * Reads events that are sound.
   *
   * @returns their number, and the last row that was read; undefined where SQLite has to read what follows
   */
  private _readSound(
    rows: RowRange,
    mostEvents: number,
    scan: EventScan,
  ): { events: number; last: bigint } | undefined {
    this._sound?.clear();
    let last: bigint | undefined;
    try {
      last = this._pages?.read(rows, mostEvents);
    } catch (error) {
      sqliteMessage(error);
    }
    if (last === undefined || this._sound === undefined) return undefined;
    const { eventRows, dueS } = this._sound;
    for (const [i, row] of eventRows.entries()) scan.addSound(row, dueS[i]);
    return { events: eventRows.length, last };
  }

  /** What is told of an event beside what was found. */
  private _locationOf(row: bigint): FindingLocation {
    try {
      const [[, eventId]] = this._rows.all({ first: row, last: row, count: 1 }) as Row[];
      const [topic] = JSON.parse(this._topics.get({ list: `[${row}]` }) as string) as string[];
      return { row, eventId, topic };
    } catch (error) {
      sqliteMessage(error);
      return { row };
    }
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

  /** The next rows that can be read, at most `mostRows`; empty where there are no more. */
  private _nextRows(first: bigint, last: bigint, mostRows: number, found: FindingList): Row[] {
    const read = (from: bigint, count: number) => this._rows.all({ first: from, last, count }) as Row[];
    let message: string;
    try {
      return read(first, mostRows);
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
