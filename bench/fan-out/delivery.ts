import type { MeasuredOutcome } from '../measured-program.js';
import type { Reception } from '../receiver.js';
import { spreadOf } from '../spread.js';
import { rateOf } from '../throughput.js';

/** What was delivered to all subscribers together, and what it cost. */
export interface Delivery {
  /** From the first event that came to any of them to the last that came to any. */
  readonly deliveredPerS: number | null;
  /** The rate of the slowest subscriber, by its own clock. */
  readonly slowestPerS: number;
  /** The same as a share of the fastest one's. */
  readonly slowestShare: number | null;
  /** CPU time of the publisher, from the first event on; null also where it is too little to be told. */
  readonly cpuUsPerDelivery: number | null;
  /** CPU time of the receivers, from their start on. */
  readonly receiverCpuUsPerDelivery: number | null;
}

/** Systems count CPU time in hundredths of a second. */
const LEAST_CPU_S = 0.05;

export function deliveryOf({ cpuSinceS }: MeasuredOutcome, receptions: readonly Reception[]): Delivery {
  const deliveries = receptions.reduce((sum, { received }) => sum + received, 0);
  const each = (cpuS: number | null) =>
    cpuS === null || deliveries === 0 ? null : (1e6 * cpuS) / deliveries;
  const receiversCpuS = receptions.reduce((sum, { cpuS = 0 }) => sum + cpuS, 0);
  const rates = spreadOf(receptions.map((reception) => rateOf(reception.received, reception)));
  const came = receptions.filter(({ received }) => received > 0);
  const seconds =
    Math.max(...came.map(({ lastAtS = 0 }) => lastAtS)) -
    Math.min(...came.map(({ firstAtS = 0 }) => firstAtS));
  return {
    // The clock starts when the first event has come, which is not part of what comes in that time.
    deliveredPerS: seconds > 0 ? (deliveries - 1) / seconds : null,
    slowestPerS: rates.min,
    slowestShare: rates.max > 0 ? rates.min / rates.max : null,
    cpuUsPerDelivery: each(cpuSinceS !== null && cpuSinceS >= LEAST_CPU_S ? cpuSinceS : null),
    receiverCpuUsPerDelivery: each(receiversCpuS),
  };
}
