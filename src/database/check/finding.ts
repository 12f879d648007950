import type { EventId } from '../event-id.js';

/**
 * Kinds of findings. Damage cannot be read by SQLite, or is found broken by it. Oddities are in events that can be read and
 * are played.
 */
const SEVERITIES = {
  /** The file does not begin like a SQLite database. */
  notADatabase: 'damage',
  /** The file cannot be opened, or nothing of it can be read. */
  unreadableFile: 'damage',
  /** A message of SQLite's own check. */
  integrity: 'damage',
  /** A table that cannot be read completely. */
  unreadableTable: 'damage',
  /** Rows of the event table that cannot be read, or whose attributes cannot: successive rows are one finding. */
  unreadableRows: 'damage',
  /** Tables or columns are missing. */
  unknownSchema: 'damage',
  /**
   * An index needs a function or a collation that only the program that made it has: what it stands in the way of was not
   * checked.
   */
  foreignIndex: 'oddity',
  /** Attributes that belong to no event. */
  orphan: 'oddity',
  /** Several events have the same id: each is sent with the attributes of all. */
  repeatedEventId: 'oddity',
  /** An event has no id, and therefore no attributes. */
  noEventId: 'oddity',
  /** No usable time at all: the event is due at once. */
  missingTime: 'oddity',
  /** No `__wire_time`: the event is due at its data time. */
  missingWireTime: 'oddity',
  /** A time that is no finite number. */
  unreadableTime: 'oddity',
  /** A time that seems to be no Unix seconds of 1973 to 2100: `TimeForm` says what it may be. */
  implausibleTime: 'oddity',
  /** An event that a wrong clock has recorded: more than a minute off, while most of the next 256 events are not. */
  wrongClock: 'oddity',
  /** An event that is due more than a second before the one ahead of it. Those of wrong clocks do not count. */
  outOfOrder: 'oddity',
  /** A topic that has not three parts, as the known ones have. */
  topicForm: 'oddity',
  /** An event lacks one of the six keys that the known ones have. The times have kinds of their own. */
  missingKey: 'oddity',
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

/** Where something was found, as far as it is known. */
export interface FindingLocation {
  /** Row id in the event table; of an orphan in the attribute table. */
  readonly row?: bigint;
  /** Row id of the last row of a range. */
  lastRow?: bigint;
  readonly eventId?: EventId | null;
  readonly topic?: string;
  readonly key?: string;
  readonly value?: string;
  /** SQLite's message. */
  readonly message?: string;
}

/** Number of findings with one topic and key. */
export interface Group {
  readonly topic: string;
  readonly key: string | undefined;
  count: number;
  /** The first value. */
  readonly value: string | undefined;
}

/** All findings of one kind. Plain data. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: 'damage' | 'oddity';
  count: number;
  /** The first few locations. */
  readonly places: FindingLocation[];
  /** Findings that have a topic, by topic and key; those beyond the first thousand are left out. */
  readonly groups: Group[];
}

const MOST_PLACES = 5;
/** Most characters of a value in a finding. */
export const LONGEST_VALUE = 80;
/** Most messages of SQLite's own check. */
export const MOST_MESSAGES = 100;
const MOST_GROUPS = 1000;

interface Entry {
  readonly finding: Finding;
  readonly groups: Map<string, Group>;
  /** The location that was added last, whether it is in the finding or not. */
  last: FindingLocation | undefined;
}

/** Collects findings: counts, and a bounded number of locations. */
export class FindingList {
  private readonly _findings = new Map<FindingKind, Entry>();

  add(kind: FindingKind, location: FindingLocation, count = 1): void {
    const entry = this._of(kind);
    const { finding } = entry;
    if (kind === 'unreadableRows' && entry.last !== undefined && isNext(entry.last, location)) {
      entry.last.lastRow = location.lastRow ?? location.row;
      return;
    }
    entry.last = location;
    finding.count += count;
    if (finding.places.length < mostPlaces(kind)) finding.places.push(location);
    const { topic, key, value } = location;
    if (topic !== undefined) this._group(kind, { topic, key, value, count });
  }

  /** Counts findings without locations. */
  addUnlocated(kind: FindingKind, count: number): void {
    if (count > 0) this._of(kind).finding.count += count;
  }

  /** Adds findings of rows that come after those of this list. */
  merge(findings: readonly Finding[]): void {
    for (const { kind, count, places, groups } of findings) {
      const { finding } = this._of(kind);
      finding.count += count;
      finding.places.push(...places.slice(0, mostPlaces(kind) - finding.places.length));
      for (const group of groups) this._group(kind, group);
    }
  }

  /** The findings in the order of `SEVERITIES`; groups largest first. */
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

/** Whether rows that cannot be read follow others directly, with the same message: they are one finding. */
function isNext(last: FindingLocation, { row, message }: FindingLocation): boolean {
  const lastRow = last.lastRow ?? last.row;
  return row !== undefined && lastRow !== undefined && row === lastRow + 1n && message === last.message;
}

function mostPlaces(kind: FindingKind): number {
  return kind === 'integrity' ? MOST_MESSAGES : MOST_PLACES;
}
