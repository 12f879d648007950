/** The source of time of a replay; tests inject their own. */
export interface Clock {
  /** Monotonic time in nanoseconds from an arbitrary origin. */
  nowNs(): number;
  /** System time in microseconds since 1970. */
  unixUs(): number;
}

/** A larger difference between the system clock and the monotonic one means that the former was set. */
const LARGEST_SKEW_MS = 2;

/**
 * The clocks of the machine. `unixUs` reads the monotonic clock, which resolves microseconds, while it agrees with
 * the system clock; otherwise it reads the system clock, which resolves milliseconds.
 */
export const systemClock: Clock = {
  nowNs: () => performance.now() * 1e6,
  unixUs: () => {
    const steadyMs = performance.timeOrigin + performance.now();
    const systemMs = Date.now();
    return Math.round(1000 * (Math.abs(steadyMs - systemMs) <= LARGEST_SKEW_MS ? steadyMs : systemMs));
  },
};
