/**
 * What was odd about the events of a recording. None of it keeps an event from being sent; each kind is counted.
 */
export interface Warnings {
  /** No usable `__wire_time`: due at its data time. */
  missingWireTime: number;
  /** No usable time at all: due at once. */
  missingTime: number;
  /** No attribute rows. */
  noAttributes: number;
  /** An attribute's key occurs twice in an event: the last value was sent. */
  duplicateKey: number;
  /** A value is a BLOB: sent as the text that its bytes are in UTF-8. */
  blobValue: number;
  /** A text is not valid UTF-8: its bad bytes were replaced by U+FFFD. */
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
