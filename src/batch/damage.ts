/**
 * A stretch of rows that could not be read, or not with certainty. Plain data.
 *
 * In the event table, events are lost. In the attribute table, values are lost; events that are known to have lost
 * some have stretches of their own.
 */
export interface Damage {
  /** Name of the table in the database. Of other files, what their rows are: `lines` or `messages`, which are numbered from 1 on. */
  readonly table: string;
  /** The place in a file that is no database, in words. */
  readonly where?: string | undefined;
  /** Row ids, both inclusive. `lastRow` is `LARGEST_ROW` where no row was found after it. */
  readonly firstRow: bigint;
  readonly lastRow: bigint;
  readonly reason: DamageReason;
  /**
   * Number of events that are known to be lost; 0 in the attribute table. Undefined where it is not known, in the
   * event table: at most the number of row ids in the stretch.
   */
  readonly lostEvents: number | undefined;
}

/**
 * - `unreadable rows`: pages that cannot be read; their contents, if any, are unknown
 * - `unreadable event`: an event whose row exists, but whose topic or some of whose attributes cannot be read
 * - `misplaced event`: an event whose row exists, but cannot be found by its row id
 * - `doubtful event`: an event that is sent, but may lack attributes: unreadable rows are next to its own, and no
 *   index gives their number; or some of its rows stood elsewhere, which was found after it had been sent; not counted as lost
 * - `unreadable part`: a part of a file that holds no events
 */
export type DamageReason =
  | 'unreadable rows'
  | 'unreadable event'
  | 'misplaced event'
  | 'doubtful event'
  | 'unreadable part';

/** The smallest and largest row ids of SQLite. */
export const SMALLEST_ROW = -(2n ** 63n);
export const LARGEST_ROW = 2n ** 63n - 1n;

/** Stretches kept for reports; a person reads no more. */
const MOST_STRETCHES = 100;

/** Appends a stretch, in place. It is merged with the last one where it continues that. */
export function addDamage(stretches: Damage[], damage: Damage): void {
  const last = stretches.at(-1);
  if (last === undefined || !isContinued(last, damage)) {
    stretches.push(damage);
    return;
  }
  const lostEvents =
    last.lostEvents === undefined ? undefined : last.lostEvents + (damage.lostEvents as number);
  stretches[stretches.length - 1] = { ...last, lastRow: damage.lastRow, lostEvents };
}

function isContinued(last: Damage, next: Damage): boolean {
  return (
    last.table === next.table &&
    last.reason === next.reason &&
    last.where === next.where &&
    (last.lostEvents === undefined) === (next.lostEvents === undefined) &&
    last.lastRow + 1n === next.firstRow
  );
}

/** The damage of a whole replay: counts all stretches, and keeps the first hundred. */
export class DamageTally {
  /** The first hundred stretches, in the order in which they were found. */
  readonly stretches: Damage[] = [];
  /** Number of all stretches. */
  count = 0;
  /** Events that are known to be lost. */
  lostEvents = 0;
  /** Upper bound of further lost events: row ids of the event table whose state is unknown. */
  mostFurtherEvents = 0n;

  add(damage: Damage): void {
    this.lostEvents += damage.lostEvents ?? 0;
    if (damage.lostEvents === undefined) this.mostFurtherEvents += damage.lastRow - damage.firstRow + 1n;
    if (this.count > MOST_STRETCHES) {
      this.count += 1;
      return;
    }
    const before = this.stretches.length;
    addDamage(this.stretches, damage);
    this.count += this.stretches.length - before;
    if (this.stretches.length > MOST_STRETCHES) this.stretches.pop();
  }
}
