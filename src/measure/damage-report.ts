import { type Damage, type DamageReason, DamageTally, LARGEST_ROW } from '../batch/damage.js';

/** What could not be read of all recordings of a replay, once, however often they were played. */
export interface DamageSummary {
  /** Stretches of rows. */
  readonly stretches: number;
  /** Events that are known to be lost. */
  readonly lostEvents: number;
  /** Events that may be lost besides, at most: row ids that nothing is known of. Null: the end of a table is gone. */
  readonly mostFurtherEvents: number | null;
  /** Where the first hundred stretches are. */
  readonly places: readonly DamagePlace[];
}

/** A stretch of rows that could not be read. Row ids are texts: not each is exact as a number. */
export interface DamagePlace {
  readonly path: string;
  readonly table: string;
  readonly firstRow: string;
  /** Undefined: up to the end of the table. */
  readonly lastRow: string | undefined;
  readonly reason: DamageReason;
}

const MOST_PLACES = 100;

/** Collects damage, file by file. */
export class DamageReport {
  private readonly _tallies = new Map<string, DamageTally>();

  add(path: string, damage: readonly Damage[]): void {
    if (damage.length === 0) return;
    const tally = this._tallies.get(path) ?? new DamageTally();
    this._tallies.set(path, tally);
    for (const stretch of damage) tally.add(stretch);
  }

  summary(): DamageSummary {
    const places: DamagePlace[] = [];
    let [stretches, lostEvents] = [0, 0];
    let mostFurtherEvents: number | null = 0;
    for (const [path, tally] of this._tallies) {
      stretches += tally.count;
      lostEvents += tally.lostEvents;
      const isOpen = tally.stretches.some((found) => found.lastRow === LARGEST_ROW && found.lostEvents !== 0);
      mostFurtherEvents =
        isOpen || mostFurtherEvents === null ? null : mostFurtherEvents + Number(tally.mostFurtherEvents);
      for (const { table, firstRow, lastRow, reason } of tally.stretches.slice(
        0,
        MOST_PLACES - places.length,
      )) {
        const last = lastRow === LARGEST_ROW ? undefined : String(lastRow);
        places.push({ path, table, firstRow: String(firstRow), lastRow: last, reason });
      }
    }
    return { stretches, lostEvents, mostFurtherEvents, places };
  }
}
