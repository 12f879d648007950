import type { BatchBuilder } from '../../batch/batch.js';
import type { BatchNotes } from '../../encode/batch-notes.js';
import type { Connection } from '../connection.js';
import type { PageTransaction } from '../pages/page-transaction.js';
import type { ReadRules, Recording } from '../recording.js';
import { firstFrom, ListWindow } from './list-window.js';
import { PageReader } from './page-reader.js';

/** Events of a list that are read together. Fewer are read faster by SQLite: each stretch has its own cost. */
const [FEWEST_EVENTS, MOST_EVENTS] = [32, 512];
/** Payload bytes that are read together. */
const WINDOW_BYTES = 256 << 10;
/** A stretch of rows ends at a gap of this number of usual gaps. */
const LARGEST_GAP = 16;
/** Listed events of a stretch, on average: with fewer, SQLite is faster. */
const FEWEST_A_STRETCH = 8;
/** Most events that are read for a listed one: the others are read for nothing. */
const MOST_A_LISTED = 1.5;
/** Where the listed rows lie too far from each other, ever more windows are left to SQLite, up to this number. */
const MOST_WINDOWS_LEFT = 64;

type List = BigInt64Array<ArrayBuffer>;

/** Listed rows that stand near each other. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  /** Number of listed rows. */
  readonly listed: number;
}

/**
 * Reads events of a list of rows from the pages of a database, where the rows stand near each other in the table: an order of time
 * is nearly that of the table. The events of some hundred listed rows are read in the order of the table, and then put in that of
 * the list.
 */
export class PageList {
  /** Listed events that were read from pages. */
  events = 0;
  private readonly _pages: PageReader;
  private readonly _window: ListWindow;
  private _mostEvents = MOST_EVENTS;
  /** Windows that are still left to SQLite. */
  private _left = 0;
  private _leftNext = 1;

  /** @returns undefined where the recording is of a form that is read by SQLite only */
  static of(
    connection: Connection,
    transaction: PageTransaction,
    recording: Recording,
    rules: ReadRules,
    to: { readonly builder: BatchBuilder; readonly notes: BatchNotes },
  ): PageList | undefined {
    const window = new ListWindow(to);
    const target = { builder: window.builder, notes: window, rows: window };
    const pages = PageReader.of(connection, transaction, recording, rules, target);
    return pages && new PageList(pages, window);
  }

  private constructor(pages: PageReader, window: ListWindow) {
    this._pages = pages;
    this._window = window;
  }

  /**
   * Appends events from the front of a list, in its order.
   *
   * @param mostEvents 1 or more
   * @param readBySqlite appends events that are not read from pages
   * @returns number of rows that were taken from the list; undefined where SQLite is to read the next ones
   * @throws an error of SQLite where it cannot read the database now
   */
  read(list: List, mostEvents: number, readBySqlite: (list: List) => void): number | undefined {
    const count = Math.min(list.length, mostEvents, this._mostEvents);
    if (count < FEWEST_EVENTS || this._pages.eventsLeft === Number.POSITIVE_INFINITY) return undefined;
    if (this._left > 0) {
      this._left -= 1;
      return undefined;
    }
    const rows = Float64Array.from(list.subarray(0, count), Number).sort();
    const stretches = rows[0] >= 0 && rows[count - 1] <= Number.MAX_SAFE_INTEGER ? stretchesOf(rows) : [];
    if (stretches.length === 0 || stretches.length * FEWEST_A_STRETCH > count) {
      this._leave();
      return undefined;
    }
    this._window.clear();
    for (const stretch of stretches) this._read(stretch, rows);
    const { events } = this._window;
    const put = this._put(list.subarray(0, count), readBySqlite);
    this.events += put;
    // Odd events are left to SQLite by the reader itself.
    if (events > MOST_A_LISTED * put) this._leave();
    else this._leftNext = 1;
    this._fit();
    return count;
  }

  /** Reads a stretch, but for what is left to SQLite. @param rows all listed rows, ascending */
  private _read({ first, last, listed }: Stretch, rows: Float64Array): void {
    const window = this._window;
    const pages = this._pages;
    const most = window.events + Math.ceil(MOST_A_LISTED * listed) + FEWEST_A_STRETCH;
    for (let from = first; from <= last; ) {
      const mostEvents = most - window.events;
      if (mostEvents <= 0 || window.builder.length >= WINDOW_BYTES) return;
      const end = pages.read({ first: BigInt(from), last: BigInt(last) }, mostEvents);
      if (end !== undefined) {
        from = Number(end) + 1;
        continue;
      }
      const at = firstFrom(rows, from);
      const left = Math.min(pages.eventsLeft, rows.length - at);
      pages.wereReadBySqlite(left);
      if (at + left === rows.length) return;
      from = rows[at + left];
    }
  }

  /** Appends the events of a list. @returns the number of those that were read from pages */
  private _put(list: List, readBySqlite: (list: List) => void): number {
    let put = 0;
    let left = 0;
    for (const [i, row] of list.entries()) {
      const place = this._window.placeOf(Number(row));
      if (place === undefined) continue;
      if (left < i) readBySqlite(list.subarray(left, i));
      left = i + 1;
      this._window.put(place);
      put += 1;
    }
    if (left < list.length) readBySqlite(list.subarray(left));
    return put;
  }

  /** Leaves windows to SQLite: ever more of them. */
  private _leave(): void {
    this._left = this._leftNext;
    this._leftNext = Math.min(2 * this._leftNext, MOST_WINDOWS_LEFT);
  }

  /** Fits the number of events to their size. */
  private _fit(): void {
    const { events, builder } = this._window;
    const fitting = Math.floor((WINDOW_BYTES * events) / (builder.length + 1));
    this._mostEvents = Math.max(FEWEST_EVENTS, Math.min(fitting, 2 * this._mostEvents, MOST_EVENTS));
  }
}

/** Parts rows where there are wide gaps. @param rows ascending, one or more */
function stretchesOf(rows: Float64Array): Stretch[] {
  const gaps = rows.slice(1).map((row, i) => row - rows[i]);
  const widest = LARGEST_GAP * Math.max(1, gaps.toSorted()[gaps.length >> 1]);
  const stretches: Stretch[] = [];
  let begin = 0;
  for (const [i, row] of rows.entries()) {
    if (i + 1 < rows.length && gaps[i] <= widest) continue;
    stretches.push({ first: rows[begin], last: row, listed: i + 1 - begin });
    begin = i + 1;
  }
  return stretches;
}
