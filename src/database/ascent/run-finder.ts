import { asBytes, type Connection, openReadOnly, quoted, type Statement } from '../connection.js';
import type { Schema } from '../schema/schema.js';
import type { AscendingRows } from './ascending-rows.js';

/** Functions of SQL: the row ids of the first and the last attribute of an event, by its id; NULL where it has none. */
export const FIRST_ROW_OF = 'tcs_replay_first_row_of';
export const LAST_ROW_OF = 'tcs_replay_last_row_of';

/** With fewer rows, the middle one is looked at. */
const FEW_ROWS = 16;
const LARGEST_ROW = 2n ** 63n - 1n;

/**
 * Makes `FIRST_ROW_OF` and `LAST_ROW_OF` known to a connection. They read the table by a connection of their own, since SQLite lets no
 * function use the one that calls it; it is closed together with that one. The statement that calls them holds a lock, so both
 * connections see the same state of the database.
 */
export function attachRunFinder(
  connection: Connection,
  readPath: string,
  schema: Schema,
  rows: AscendingRows,
): void {
  const own = openReadOnly(readPath);
  const close = connection.close.bind(connection);
  connection.close = () => {
    own.close();
    return close();
  };
  const finder = new RunFinder(own, schema, rows);
  const options = { deterministic: false, safeIntegers: true };
  connection.function(FIRST_ROW_OF, options, (id) => finder.runOf(id)?.first ?? null);
  connection.function(LAST_ROW_OF, options, (id) => finder.runOf(id)?.last ?? null);
}

/** The rows of an event: they follow each other, and there are none of another event from the first to the last row id. */
interface RowRun {
  readonly first: bigint;
  readonly last: bigint;
}

/** A row that was looked at. */
interface Probe {
  readonly row: number;
  readonly id: unknown;
  /** How its id compares with the one that is sought. */
  readonly isBelow: boolean;
  readonly isEqual: boolean;
}

/**
 * Finds the attributes of events in a table over which ids ascend. Where events are read in the order of their ids, each run begins behind
 * the last one; otherwise it is found by bisection.
 */
class RunFinder {
  private readonly _at: Statement;
  private readonly _behind: Statement;
  private readonly _idUpTo: Statement;
  private readonly _rows: AscendingRows;
  /** Ids of the first and the last row. */
  private _ends: readonly [unknown, unknown] | undefined;
  /** The id that was sought last, and its run. */
  private _id: unknown;
  private _run: RowRun | undefined;
  /** The last run that was found. */
  private _found: RowRun | undefined;

  constructor(connection: Connection, { attribute }: Schema, rows: AscendingRows) {
    const [id, row, table] = [attribute.eventId, attribute.rowid as string, attribute.table].map(quoted);
    const from = `FROM ${table} NOT INDEXED WHERE ${row}`;
    // Ids are compared by SQLite, as `EventQuery` compares them.
    const compared = asBytes(id);
    this._at = connection
      .prepare(
        `SELECT ${row}, ${id}, ${compared} < $id, ${compared} = $id ${from} >= $row ORDER BY ${row} LIMIT 1`,
      )
      .raw();
    this._behind = connection
      .prepare(`SELECT ${row} ${from} > $row AND ${compared} <> $id ORDER BY ${row} LIMIT 1`)
      .pluck()
      .safeIntegers();
    this._idUpTo = connection.prepare(`SELECT ${id} ${from} <= ? ORDER BY ${row} DESC LIMIT 1`).pluck();
    this._rows = rows;
  }

  /** @param id as a function of SQL gets it @returns undefined where there are no rows */
  runOf(id: unknown): RowRun | undefined {
    if (id !== this._id) {
      this._id = undefined;
      this._run = id === null ? undefined : this._find(id);
      this._id = id;
      this._found = this._run ?? this._found;
    }
    return this._run;
  }

  private _find(id: unknown): RowRun | undefined {
    const probe = this._behindFound(id) ?? this._bisect(id);
    if (probe === undefined || !probe.isEqual) return undefined;
    const first = BigInt(probe.row);
    const behind = this._behind.get({ id, row: first }) as bigint | undefined;
    return { first, last: behind === undefined ? LARGEST_ROW : behind - 1n };
  }

  /** The row behind the run that was found last, if the rows of the id can only begin there. */
  private _behindFound(id: unknown): Probe | undefined {
    if (this._found === undefined || this._found.last === LARGEST_ROW) return undefined;
    const behind = this._probe(id, this._found.last + 1n);
    if (behind === undefined || behind.isBelow) return undefined;
    return this._probe(id, this._found.first)?.isBelow === true ? behind : undefined;
  }

  /** The first row whose id is not below the one that is sought. */
  private _bisect(id: unknown): Probe | undefined {
    const { first, last } = this._rows;
    this._ends ??= [this._idUpTo.get(first), this._idUpTo.get(last)];
    let low = { row: first - 1, id: this._ends[0] };
    let high = { row: last + 1, id: this._ends[1] };
    let found: Probe | undefined;
    for (let looks = 0; high.row - low.row > 1; looks++) {
      const at = guess(low, high, id, looks);
      const probe = this._probe(id, BigInt(at));
      if (probe?.isBelow === true) low = probe;
      else {
        found = probe;
        high = { row: at, id: probe?.id };
      }
    }
    // Behind the last row there may be rows that were added since.
    return found ?? this._probe(id, BigInt(last + 1));
  }

  /** The first row from a row id on. */
  private _probe(id: unknown, from: bigint): Probe | undefined {
    const found = this._at.get({ id, row: from }) as [number, unknown, number, number] | undefined;
    if (found === undefined) return undefined;
    const [row, stored, isBelow, isEqual] = found;
    return { row, id: stored, isBelow: isBelow === 1, isEqual: isEqual === 1 };
  }
}

/** The row id to look at next, between two others. Integers are mostly about as far from each other as their rows are. */
function guess(
  low: Pick<Probe, 'row' | 'id'>,
  high: Pick<Probe, 'row' | 'id'>,
  id: unknown,
  looks: number,
): number {
  const rows = high.row - low.row;
  const middle = low.row + Math.floor(rows / 2);
  if (rows < FEW_ROWS || looks % 3 === 2 || typeof id !== 'bigint') return middle;
  if (typeof low.id !== 'number' || typeof high.id !== 'number') return middle;
  const share = (Number(id) - low.id) / (high.id - low.id);
  if (!(share >= 0 && share <= 1)) return middle;
  // Events have attributes in varying number: looks just before and just behind the place leave few rows.
  const margin = Math.sqrt(rows) * (looks % 3 === 0 ? -1 : 1);
  const ahead = Math.round(share * rows + margin);
  return low.row + Math.min(Math.max(ahead, 1), rows - 1);
}
