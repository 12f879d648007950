/** ZeroMQ's own default: less helps nobody. */
const LEAST = 1000;

/**
 * The high-water mark that a peak asks for: a subscriber may be held up for a second, by a garbage collection or a busy
 * disk, and loses nothing where the queue holds what is sent in it. Rounded up to two digits.
 *
 * @param eventsInASecond the most events in any second of the replay
 */
export function highWaterMarkFor(eventsInASecond: number): number {
  const needed = Math.max(LEAST, eventsInASecond);
  const unit = 10 ** (Math.floor(Math.log10(needed)) - 1);
  return Math.ceil(needed / unit) * unit;
}
