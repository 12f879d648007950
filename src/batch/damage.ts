/**
 * A stretch of rows that could not be read, or not for certain. Plain data.
 *
 * In the event table it is events that are lost. In the attribute table it says where values are lost; the events
 * that are known to have lost some have stretches of their own.
 */
export interface Damage {
  /** Name of the table, as the database has it. */
  readonly table: string;
  /** Row ids, both included. `lastRow` is `LARGEST_ROW` where nothing more was found to the end of the table. */
  readonly firstRow: bigint;
  readonly lastRow: bigint;
  readonly reason: DamageReason;
  /**
   * Events that are known to be lost: 0 in the attribute table. Undefined in the event table where it is not known:
   * at most as many as there are row ids in the stretch.
   */
  readonly lostEvents: number | undefined;
}

/**
 * - `unreadable rows`: pages that cannot be read; what was in them, if anything, cannot be told
 * - `unreadable event`: an event whose row is there, while its topic or some of its attributes cannot be read
 * - `misplaced event`: an event whose row is there, and cannot be found under its row id
 * - `doubtful event`: an event that is sent, and may lack attributes: unreadable rows begin or end at its own, and no
 *   index tells how many it has; not counted as lost
 */
export type DamageReason = 'unreadable rows' | 'unreadable event' | 'misplaced event' | 'doubtful event';

export const SMALLEST_ROW = -(2n ** 63n);
export const LARGEST_ROW = 2n ** 63n - 1n;

/** A person reads no more of them. */
const MOST_STRETCHES = 100;

/** Adds a stretch to others, in place: to the last one, where it goes on where that ends. */
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
    (last.lostEvents === undefined) === (next.lostEvents === undefined) &&
    last.lastRow + 1n === next.firstRow
  );
}

/** The damage of a whole replay: all of it is counted, the first hundred stretches are kept. */
export class DamageTally {
  /** The first hundred stretches, in the order in which they were met. */
  readonly stretches: Damage[] = [];
  /** Stretches in all. */
  count = 0;
  /** Events that are known to be lost. */
  lostEvents = 0;
  /** Events that may be lost besides: row ids of the event table that nobody can tell anything about. */
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
