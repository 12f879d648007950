/** Id of an event, as the database holds it. An integer that a number cannot hold exactly is a bigint. */
export type EventId = string | number | bigint | Uint8Array | null;
