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

/** Adds `more` to `total`, in place. */
export function addWarnings(total: Warnings, more: Warnings): void {
  for (const kind of Object.keys(total) as (keyof Warnings)[]) total[kind] += more[kind];
}
