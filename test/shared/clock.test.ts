import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type MachineClocks, unixClock } from '../../src/shared/clock.js';

const START_MS = 1_700_000_000_000;
/** Time that a reading takes. */
const READING_MS = 0.01;

/** A machine's clocks, which tests set. */
class Machine implements MachineClocks {
  nowMs = 0;
  /** How far the system clock was set. */
  setMs = 0;
  /** For how long the process loses its core with the next reading. */
  lostMs = 0;

  steadyMs() {
    this.nowMs += READING_MS + this.lostMs;
    this.lostMs = 0;
    return this.nowMs;
  }

  systemMs() {
    return Math.floor(START_MS + this.nowMs + this.setMs);
  }

  get unixMs() {
    return START_MS + this.nowMs + this.setMs;
  }
}

describe('the system time with the resolution of the monotonic clock', () => {
  it('does not go back, whatever Node takes for its start, and wherever the system clock is set forward', () => {
    const step = fc.record({
      afterMs: fc.double({ min: 0, max: 0.4, noNaN: true }),
      lostMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 9, noNaN: true })),
      setMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 4, noNaN: true })),
    });
    const errorMs = fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(errorMs, fc.array(step, { maxLength: 100 }), (error, steps) => {
        const machine = new Machine();
        const unixUs = unixClock(machine, START_MS + error);
        let before = 0;
        for (const { afterMs, lostMs, setMs } of steps) {
          machine.nowMs += afterMs;
          machine.lostMs = lostMs;
          machine.setMs += setMs;
          const now = unixUs();
          assert(now >= before, `${now} after ${before}`);
          assert(Math.abs(now / 1000 - machine.unixMs) <= 3 + READING_MS, `${now} for ${machine.unixMs}`);
          before = now;
        }
      }),
    );
  });

  it('is exact, whatever Node takes for its start, and after the system clock was set', () => {
    for (const errorMs of [0, 1.5, -2.5, 40]) {
      const machine = new Machine();
      const unixUs = unixClock(machine, START_MS + errorMs);
      for (const setMs of [0, 3_600_000, -3_600_000]) {
        machine.setMs = setMs;
        machine.nowMs += 10.3;
        assert(Math.abs(unixUs() / 1000 - machine.unixMs) <= 0.1, `${errorMs}, ${setMs}`);
        machine.nowMs += 0.25;
        assert(Math.abs(unixUs() / 1000 - machine.unixMs) <= 0.1, `${errorMs}, ${setMs}`);
      }
    }
  });
});
