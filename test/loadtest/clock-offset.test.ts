import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ClockOffset } from '../../src/loadtest/agent/clock-offset.js';

describe('the difference of two clocks', () => {
  it('is within its error, however long the two ways of each exchange take, and though one clock drifts', () => {
    const delayUs = fc.double({ min: 0, max: 1e5, noNaN: true });
    const exchange = fc.record({ thereUs: delayUs, workUs: delayUs, backUs: delayUs, pauseUs: fc.nat(5e6) });
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: -40e-6, max: 40e-6, noNaN: true }),
        fc.array(exchange, { minLength: 1, maxLength: 200 }),
        (behindUs, drift, exchanges) => {
          const offset = new ClockOffset();
          let nowUs = 1e15;
          const otherUs = (us: number) => us + behindUs + drift * (us - 1e15);
          for (const { thereUs, workUs, backUs, pauseUs } of exchanges) {
            const sentUs = nowUs + pauseUs;
            const receivedUs = otherUs(sentUs + thereUs);
            const answeredUs = otherUs(sentUs + thereUs + workUs);
            nowUs = sentUs + thereUs + workUs + backUs;
            offset.add({ sentUs, receivedUs, answeredUs, arrivedUs: nowUs });
            const { offsetUs, errorUs } = offset.at(nowUs) ?? { offsetUs: Number.NaN, errorUs: 0 };
            const trueUs = otherUs(nowUs) - nowUs;
            // The numbers have steps of an eighth of a microsecond, and the drift within an exchange is not in its error.
            const allowedUs = errorUs + 1 + Math.abs(drift) * (thereUs + workUs + backUs);
            assert.ok(Math.abs(offsetUs - trueUs) <= allowedUs, `${offsetUs} ${trueUs} ${errorUs}`);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not known without an exchange', () => {
    assert.equal(new ClockOffset().at(0), undefined);
  });
});
