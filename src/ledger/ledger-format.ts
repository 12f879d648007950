/**
 * A ledger: what was sent, event by event. A file begins with `MAGIC`; blocks follow, each with its kind and its length in
 * bytes, so that a file whose writer was killed can be read up to its last whole block. Numbers are little-endian.
 *
 * A block of topics: names in UTF-8, each with its length in two bytes; the first name of the file is number 0.
 * A block of events: 20 bytes each, in the order of sending: wire time in microseconds since 1970 as a double, number of the
 * topic, and the two halves of the payload's digest.
 * A block of the end: the number of events. A ledger without it was not finished.
 */
export const MAGIC = 'TCSLEDG1';
export const BLOCK_HEAD_BYTES = 8;
export const EVENT_BYTES = 20;
export const BLOCK = { topics: 1, events: 2, end: 3 } as const;
