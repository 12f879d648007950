/** Time between two calls of a progress callback, in milliseconds. */
export const PROGRESS_INTERVAL_MS = 100;

/** The source of time of a replay; tests inject their own. */
export interface Clock {
  /** Monotonic time in nanoseconds from an arbitrary origin. */
  nowNs(): number;
  /** System time in microseconds since 1970. */
  unixUs(): number;
}

/** A larger difference between the system clock and the monotonic one means that the former was set. */
const LARGEST_SKEW_MS = 2;
/** Between two readings the process can lose its core: such a pair says nothing. */
const LONGEST_PAIR_MS = 0.1;

/** Two clocks of a machine, in milliseconds. The system's has whole ones, since 1970. */
export interface MachineClocks {
  steadyMs(): number;
  systemMs(): number;
}

/**
 * System time in microseconds since 1970, with the resolution of the monotonic clock, which goes on from a moment that both
 * clocks showed. Where the system clock was set since, by more than two milliseconds, it goes on from a moment after that. So it
 * goes back only where the system clock did.
 *
 * @param originMs what the system clock is said to have shown when the monotonic one was 0. It is looked at again: for Node, a
 * process that loses its core while it starts is some milliseconds older or younger than it is
 */
export function unixClock(clocks: MachineClocks, originMs: number): () => number {
  let knownMs = originMs;
  let isKnown = false;
  return () => {
    const unixMs = knownMs + clocks.steadyMs();
    if (isKnown && Math.abs(unixMs - clocks.systemMs()) <= LARGEST_SKEW_MS) return Math.round(1000 * unixMs);
    if (!agrees(clocks, knownMs)) knownMs = originAtTick(clocks);
    isKnown = true;
    return Math.round(1000 * (knownMs + clocks.steadyMs()));
  };
}

function agrees(clocks: MachineClocks, originMs: number): boolean {
  const { systemMs, steadyMs } = pairOf(clocks);
  const sinceTickMs = originMs + steadyMs - systemMs;
  return sinceTickMs > -LONGEST_PAIR_MS && sinceTickMs < 1 + LONGEST_PAIR_MS;
}

/** Waits for the next tick of the system clock, which takes up to a millisecond. */
function originAtTick(clocks: MachineClocks): number {
  for (let before = pairOf(clocks); ; ) {
    const now = read(clocks);
    // It was between these two readings, if both are near to it.
    const isNear = now.steadyMs - before.steadyMs <= LONGEST_PAIR_MS;
    if (isNear && now.systemMs > before.systemMs) return now.systemMs - now.steadyMs;
    before = now;
  }
}

function pairOf(clocks: MachineClocks): Pair {
  let pair = read(clocks);
  while (pair.spentMs > LONGEST_PAIR_MS) pair = read(clocks);
  return pair;
}

interface Pair {
  readonly systemMs: number;
  readonly steadyMs: number;
  /** How long reading took. */
  readonly spentMs: number;
}

function read(clocks: MachineClocks): Pair {
  const beforeMs = clocks.steadyMs();
  const systemMs = clocks.systemMs();
  const steadyMs = clocks.steadyMs();
  return { systemMs, steadyMs, spentMs: steadyMs - beforeMs };
}

/** The clocks of the machine. */
export const systemClock: Clock = {
  nowNs: () => performance.now() * 1e6,
  unixUs: unixClock(
    { steadyMs: () => performance.now(), systemMs: () => Date.now() },
    performance.timeOrigin,
  ),
};
