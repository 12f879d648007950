/** Counts of oddities in the events of a recording. None of them prevents an event from being sent. */
export interface Warnings {
  /** Events without a usable `__wire_time`: due at their data time. */
  missingWireTime: number;
  /** Events without any usable time: due at once. */
  missingTime: number;
  /** Events without attribute rows. */
  noAttributes: number;
  /** Events in which a key occurs twice: the last value was sent. */
  duplicateKey: number;
  /** Values that are BLOBs: sent as text, their bytes decoded as UTF-8. */
  blobValue: number;
  /** Texts that are not valid UTF-8: U+FFFD was sent in place of the invalid bytes. */
  invalidUtf8: number;
}

export function noWarnings(): Warnings {
  return {
    missingWireTime: 0,
    missingTime: 0,
    noAttributes: 0,
    duplicateKey: 0,
    blobValue: 0,
    invalidUtf8: 0,
  };
}

const KINDS = Object.keys(noWarnings()) as (keyof Warnings)[];

/** An oddity of an event of a batch: the index of the event and the kind, in one number. Ascending within a batch. */
export type Oddity = number;

/** @param event index of the event in its batch */
export function oddityOf(event: number, kind: keyof Warnings): Oddity {
  return event * KINDS.length + KINDS.indexOf(kind);
}

/**
 * The oddities of events that are copied to another batch.
 *
 * @param oddities of the batch that they are copied from
 * @param indexOf index in the other batch of each event; -1: it is not copied. The indices ascend.
 */
export function movedOddities(oddities: readonly Oddity[], indexOf: ArrayLike<number>): Oddity[] {
  const kinds = KINDS.length;
  return oddities.flatMap((oddity) => {
    const index = indexOf[Math.floor(oddity / kinds)];
    return index === -1 ? [] : index * kinds + (oddity % kinds);
  });
}

/** What is odd about an event of a batch. @param oddities of the batch */
export function kindsOfEvent(oddities: readonly Oddity[], event: number): (keyof Warnings)[] {
  const kinds: (keyof Warnings)[] = [];
  const end = oddityOf(event + 1, KINDS[0]);
  for (let i = firstOf(oddities, event); i < oddities.length && oddities[i] < end; i++) {
    kinds.push(KINDS[oddities[i] % KINDS.length]);
  }
  return kinds;
}

/**
 * Counts the oddities of some events of a batch.
 *
 * @param total to which they are added, in place
 * @param oddities of the batch
 * @param first index of the first event
 * @param end index just past the last one
 */
export function addOddities(total: Warnings, oddities: readonly Oddity[], first: number, end: number): void {
  for (let i = firstOf(oddities, first); i < oddities.length && oddities[i] < end * KINDS.length; i++) {
    total[KINDS[oddities[i] % KINDS.length]] += 1;
  }
}

/** Index of the first oddity of an event or a later one. */
function firstOf(oddities: readonly Oddity[], event: number): number {
  let [low, high] = [0, oddities.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (oddities[middle] < event * KINDS.length) low = middle + 1;
    else high = middle;
  }
  return low;
}
