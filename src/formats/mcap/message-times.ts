const NS_PER_US = 1000n;
/** Times are 64 bits of nanoseconds: some 584 years. */
const LATEST_S = 1.8e10;

/** Whether a message can have this time. @param timeS Unix seconds; NaN: none */
export function isMessageTime(timeS: number): boolean {
  return timeS >= 0 && timeS < LATEST_S;
}

/** A time in nanoseconds, to the microsecond. @param timeS Unix seconds that `isMessageTime`; NaN: there is no time at all, which is 0 */
export function messageTimeNs(timeS: number): bigint {
  return Number.isNaN(timeS) ? 0n : BigInt(Math.round(timeS * 1e6)) * NS_PER_US;
}
