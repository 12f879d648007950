import type { SentSum } from './sent-bytes.js';

/** A number of events of which the bytes are known. */
export interface EventCount {
  /** Bounds: they are equal where the number is known exactly, as for events of one size. */
  readonly least: number;
  readonly most: number;
  /** The number if events of all sizes are among them, as in a long stretch: from the mean size. */
  readonly about: number;
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
  { events, bytes, leastBytes, mostBytes }: SentSum,
  isWhole: boolean,
): EventCount | undefined {
  if (missingBytes === 0) return { least: 0, most: 0, about: 0 };
  if (missingBytes < 0 || events === 0) return undefined;
  const least = Math.ceil(missingBytes / mostBytes);
  const round = isWhole ? Math.floor : Math.ceil;
  const most = Math.min(round(missingBytes / leastBytes), events);
  if (least > most) return undefined;
  const about = Math.round((missingBytes * events) / bytes);
  return { least, most, about: Math.min(Math.max(about, least), most) };
}
