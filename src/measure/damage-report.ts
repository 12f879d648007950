import { type Damage, type DamageReason, DamageTally, LARGEST_ROW } from '../batch/damage.js';
import type { SourceChange } from '../sources/source.js';

/** What could not be read in the recordings of a replay. Each stretch counts once, also if it was played several times. */
export interface DamageSummary {
  /** Number of unreadable stretches of rows. */
  readonly stretches: number;
  /** Number of events that are known to be lost. */
  readonly lostEvents: number;
  /**
   * Upper bound of further lost events: row ids whose state is unknown. Null: not known, since the end of a table is missing,
   * or a recording has changed while it was read.
   */
  readonly mostFurtherEvents: number | null;
  /** The first hundred stretches. */
  readonly places: readonly DamagePlace[];
}

/** A stretch of rows that could not be read. Row ids are strings, since not all are exact as numbers. */
export interface DamagePlace {
  readonly path: string;
  readonly table: string;
  /** Of a file that is no database, the place in words. */
  readonly where?: string;
  readonly firstRow: string;
  /** Undefined: the stretch extends to the end of the table. */
  readonly lastRow: string | undefined;
  readonly reason: DamageReason;
}

const MOST_PLACES = 100;

/** Collects damage by file. */
export class DamageReport {
  private readonly _tallies = new Map<string, DamageTally>();

  add(path: string, damage: readonly Damage[]): void {
    if (damage.length === 0) return;
    const tally = this._tallies.get(path) ?? new DamageTally();
    this._tallies.set(path, tally);
    for (const stretch of damage) tally.add(stretch);
  }

  /** @param changes how recordings have changed while they were read */
  summary(changes: readonly SourceChange[]): DamageSummary {
    const places: DamagePlace[] = [];
    let [stretches, lostEvents] = [0, 0];
    let mostFurtherEvents: number | null = changes.some(({ kind }) => kind === 'changed') ? null : 0;
    for (const [path, tally] of this._tallies) {
      stretches += tally.count;
      lostEvents += tally.lostEvents;
      const isOpen = tally.stretches.some((found) => found.lastRow === LARGEST_ROW && found.lostEvents !== 0);
      mostFurtherEvents =
        isOpen || mostFurtherEvents === null ? null : mostFurtherEvents + Number(tally.mostFurtherEvents);
      for (const { table, where, firstRow, lastRow, reason } of tally.stretches.slice(
        0,
        MOST_PLACES - places.length,
      )) {
        const last = lastRow === LARGEST_ROW ? undefined : String(lastRow);
        const place = { path, table, firstRow: String(firstRow), lastRow: last, reason };
        places.push(where === undefined ? place : { ...place, where });
      }
    }
    return { stretches, lostEvents, mostFurtherEvents, places };
  }
}
