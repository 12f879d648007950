/** The time that a replay goes by; tests inject their own. */
export interface Clock {
  /** A steady clock: nanoseconds since an arbitrary moment, never set back. */
  nowNs(): number;
  /** The system's time of day: microseconds since 1970. */
  unixUs(): number;
}

/** If the system's clock differs from the steady one by more milliseconds than this, it has been set. */
const LARGEST_SKEW_MS = 2;

/**
 * The machine's clocks. The time of day comes from the steady clock, which resolves microseconds, as long as that
 * agrees with the system's clock, which resolves milliseconds.
 */
export const systemClock: Clock = {
  nowNs: () => performance.now() * 1e6,
  unixUs: () => {
    const steadyMs = performance.timeOrigin + performance.now();
    const systemMs = Date.now();
    return Math.round(1000 * (Math.abs(steadyMs - systemMs) <= LARGEST_SKEW_MS ? steadyMs : systemMs));
  },
};
