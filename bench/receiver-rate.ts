import type { Reception } from './reception.js';

/**
 * A rate by the receiver's clock. The clock starts when the first message arrives, so that message is not
 * counted.
 *
 * @param amount of all messages together
 */
export function rateOf(
  amount: number,
  { received, seconds }: Pick<Reception, 'received' | 'seconds'>,
): number {
  return seconds > 0 && received > 1 ? (amount * (received - 1)) / received / seconds : 0;
}
