import type { EventId } from '../event-id.js';

/**
 * What can be wrong with a database. Damage is what SQLite cannot read, or finds broken; oddities are in the events
 * themselves, and played all the same.
 */
const SEVERITIES = {
  /** The file does not begin as a SQLite database does. */
  notADatabase: 'damage',
  /** The file cannot be opened, or not be read at all. */
  unreadableFile: 'damage',
  /** What SQLite's own check says. */
  integrity: 'damage',
  /** A table that cannot be read through. */
  unreadableTable: 'damage',
  /** Rows of the event table that cannot be read, or whose attributes cannot: neighbours are one place. */
  unreadableRows: 'damage',
  /** Tables or columns are missing. */
  unknownSchema: 'damage',
  /** Attributes that belong to no event. */
  orphan: 'oddity',
  /** Several events have one id: each is sent with the attributes of all. */
  repeatedEventId: 'oddity',
  /** An event has no id, and so no attributes. */
  noEventId: 'oddity',
  /** No usable time at all: the event is due at once. */
  missingTime: 'oddity',
  /** No `__wire_time`: the event is due at its data time. */
  missingWireTime: 'oddity',
  /** A time that is there, and is no finite number. */
  unreadableTime: 'oddity',
  noAttributes: 'oddity',
  /** A key occurs more than once in an event. */
  duplicateKey: 'oddity',
  /** A value of type number that is no finite number, or of type boolean that is neither `true` nor `false`. */
  misfitValue: 'oddity',
  blobValue: 'oddity',
  /** A topic, key or text value that is not UTF-8. */
  invalidUtf8: 'oddity',
} as const;

export type FindingKind = keyof typeof SEVERITIES;

/** Where something was found, as far as that can be said. */
export interface FindingLocation {
  /** Row id in the event table; of an orphan in the attribute table. */
  readonly row?: bigint;
  /** Row id of the last row, where the place is a range. */
  lastRow?: bigint;
  readonly eventId?: EventId | null;
  readonly topic?: string;
  readonly key?: string;
  readonly value?: string;
  /** What SQLite says. */
  readonly message?: string;
}

/** How often something was found under a topic and a key. */
export interface Group {
  readonly topic: string;
  readonly key: string | undefined;
  count: number;
  /** The first value there. */
  readonly value: string | undefined;
}

/** One kind of thing that was found. Plain data. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: 'damage' | 'oddity';
  count: number;
  /** The first few places. */
  readonly places: FindingLocation[];
  /** By topic and key, where it has them; those beyond the first thousand are left out. */
  readonly groups: Group[];
}

const MOST_PLACES = 5;
/** SQLite's own check says no more than so much. */
const MOST_MESSAGES = 100;
const MOST_GROUPS = 1000;

interface Entry {
  readonly finding: Finding;
  readonly groups: Map<string, Group>;
  /** The place that was added last, whether it is told or not. */
  last: FindingLocation | undefined;
}

/** Collects what was found: counts, and a bounded number of places. */
export class FindingList {
  private readonly _findings = new Map<FindingKind, Entry>();

  add(kind: FindingKind, place: FindingLocation, count = 1): void {
    const entry = this._of(kind);
    const { finding } = entry;
    if (kind === 'unreadableRows' && entry.last !== undefined && isNext(entry.last, place)) {
      entry.last.lastRow = place.lastRow ?? place.row;
      return;
    }
    entry.last = place;
    finding.count += count;
    if (finding.places.length < mostPlaces(kind)) finding.places.push(place);
    if (place.topic !== undefined)
      this._group(kind, { topic: place.topic, key: place.key, value: place.value, count });
  }

  /** Counts some more of a kind, without saying where. */
  addUnlocated(kind: FindingKind, count: number): void {
    if (count > 0) this._of(kind).finding.count += count;
  }

  /** Adds what was found elsewhere, in places that come after those of this list. */
  merge(findings: readonly Finding[]): void {
    for (const { kind, count, places, groups } of findings) {
      const { finding } = this._of(kind);
      finding.count += count;
      finding.places.push(...places.slice(0, mostPlaces(kind) - finding.places.length));
      for (const group of groups) this._group(kind, group);
    }
  }

  /** In the order of `SEVERITIES`; groups largest first. */
  get findings(): Finding[] {
    const kinds = (Object.keys(SEVERITIES) as FindingKind[]).filter((kind) => this._findings.has(kind));
    return kinds.map((kind) => {
      const { finding, groups } = this._of(kind);
      return { ...finding, groups: [...groups.values()].sort((a, b) => b.count - a.count) };
    });
  }

  private _of(kind: FindingKind): Entry {
    let entry = this._findings.get(kind);
    if (entry === undefined) {
      entry = {
        finding: { kind, severity: SEVERITIES[kind], count: 0, places: [], groups: [] },
        groups: new Map(),
        last: undefined,
      };
      this._findings.set(kind, entry);
    }
    return entry;
  }

  private _group(kind: FindingKind, group: Group): void {
    const { groups } = this._of(kind);
    const name = JSON.stringify([group.topic, group.key]);
    const known = groups.get(name);
    if (known !== undefined) known.count += group.count;
    else if (groups.size < MOST_GROUPS) groups.set(name, { ...group });
  }
}

/** Whether rows that cannot be read lie just past others, for the same reason: they are one place. */
function isNext(last: FindingLocation, { row, message }: FindingLocation): boolean {
  const lastRow = last.lastRow ?? last.row;
  return row !== undefined && lastRow !== undefined && row === lastRow + 1n && message === last.message;
}

function mostPlaces(kind: FindingKind): number {
  return kind === 'integrity' ? MOST_MESSAGES : MOST_PLACES;
}
