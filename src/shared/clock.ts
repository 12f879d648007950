/** Time between two calls of a progress callback, in milliseconds. */
export const PROGRESS_INTERVAL_MS = 100;

/** Where a replay has its time from; tests inject their own. */
export interface Clock {
  /** Time that only moves forward, in nanoseconds from an arbitrary beginning. */
  nowNs(): number;
  /** Time of day in microseconds since 1970, as the system has it. */
  unixUs(): number;
}

/** Where the system's clock and the steady one differ by more than this, the former was set: milliseconds. */
const LARGEST_SKEW_MS = 2;

/**
 * The machine's clocks. The time of day is that of the steady clock, which resolves microseconds, as long as it
 * agrees with the system's, which resolves milliseconds.
 */
export const systemClock: Clock = {
  nowNs: () => performance.now() * 1e6,
  unixUs: () => {
    const steadyMs = performance.timeOrigin + performance.now();
    const systemMs = Date.now();
    return Math.round(1000 * (Math.abs(steadyMs - systemMs) <= LARGEST_SKEW_MS ? steadyMs : systemMs));
  },
};
