/** ZeroMQ's default. A lower mark has no benefit. */
const LEAST = 1000;

/**
 * The high-water mark that suits a peak. A garbage collection or a busy disk may block a subscriber for a second; it
 * loses nothing if its queue holds the events of that second. Rounded up to two digits, at least 1000.
 *
 * @param eventsInASecond the most events in any second of the replay
 */
export function highWaterMarkFor(eventsInASecond: number): number {
  const needed = Math.max(LEAST, eventsInASecond);
  const unit = 10 ** (Math.floor(Math.log10(needed)) - 1);
  return Math.ceil(needed / unit) * unit;
}
