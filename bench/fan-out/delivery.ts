import type { MeasuredOutcome } from '../measured-program.js';
import { rateOf } from '../receiver-rate.js';
import type { Reception } from '../reception.js';
import { spreadOf } from '../spread.js';

/** What all subscribers together received, and the CPU time of it. */
export interface Delivery {
  /** Rate from the first event that arrived anywhere to the last that arrived anywhere. */
  readonly deliveredPerS: number | null;
  /** Rate of the slowest subscriber, by its own clock. */
  readonly slowestPerS: number;
  /** The slowest rate as a share of the fastest subscriber's. */
  readonly slowestShare: number | null;
  /** CPU time of the publisher from the first event on; null also if it is too short to be measured. */
  readonly cpuUsPerDelivery: number | null;
  /** CPU time of the receivers from their start on. */
  readonly receiverCpuUsPerDelivery: number | null;
}

/** Systems count CPU time in hundredths of a second, so less than five of them means little. */
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
    // The clock starts when the first event arrives, so that event is not counted.
    deliveredPerS: seconds > 0 ? (deliveries - 1) / seconds : null,
    slowestPerS: rates.min,
    slowestShare: rates.max > 0 ? rates.min / rates.max : null,
    cpuUsPerDelivery: each(cpuSinceS !== null && cpuSinceS >= LEAST_CPU_S ? cpuSinceS : null),
    receiverCpuUsPerDelivery: each(receiversCpuS),
  };
}
