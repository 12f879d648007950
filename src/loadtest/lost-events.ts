import type { SentSum } from './sent-bytes.js';

/** A number of events of which bounds are known. They are equal where it is known exactly. */
export interface EventRange {
  readonly least: number;
  readonly most: number;
}

/**
 * How many events bytes that are missing are, from the sizes of the smallest and the largest event.
 *
 * @param missingBytes of the events that were sent; 0 or more
 * @param isWhole false where a part of an event may have been taken, as while bytes wait to be sent
 * @returns undefined where no number of events of these sizes takes so many bytes
 */
export function lostEvents(
  missingBytes: number,
  { events, leastBytes, mostBytes }: SentSum,
  isWhole: boolean,
): EventRange | undefined {
  if (missingBytes === 0) return { least: 0, most: 0 };
  if (missingBytes < 0 || events === 0) return undefined;
  const least = Math.ceil(missingBytes / mostBytes);
  const round = isWhole ? Math.floor : Math.ceil;
  const most = Math.min(round(missingBytes / leastBytes), events);
  return least <= most ? { least, most } : undefined;
}
