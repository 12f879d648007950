import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Drift } from '../../src/measure/drift.js';

const S = 1e9;

/** An event of each 50 ms, with a lateness that follows from the second. */
function run(drift: Drift, fromS: number, seconds: number, latenessNs: (atS: number) => number): void {
  for (let i = 0; i < seconds * 20; i++) {
    const atS = fromS + i / 20;
    drift.record(latenessNs(atS), atS * S);
  }
}

test('is the slope of lateness that grows evenly, in microseconds a second', () => {
  for (const ppm of [-25, -0.5, 0, 0.01, 1, 700]) {
    const drift = new Drift();
    run(drift, 40_000, 3600, (atS) => 5e6 + ppm * 1000 * (atS - 40_000));
    assert.ok(Math.abs(drift.ppm! - ppm) <= 1e-6 * Math.abs(ppm) + 1e-6, `${drift.ppm} for ${ppm}`);
  }
});

test('is none where lateness only varies, and stalls do not make it', () => {
  const drift = new Drift();
  // Each 97 seconds, and a last time at the end, events are late by up to half a second.
  run(drift, 0, 3600, (atS) => 4000 + ((atS * 7919) % 13) * 300 + (atS % 97 < 0.5 || atS > 3599.4 ? 5e8 : 0));
  assert.ok(Math.abs(drift.ppm!) < 0.01, `${drift.ppm}`);
});

test('is not known from less than three full seconds', () => {
  const drift = new Drift();
  assert.equal(drift.ppm, undefined);
  run(drift, 0, 3, (atS) => atS * 1000);
  assert.equal(drift.ppm, undefined);
  drift.record(3000, 3.1 * S);
  assert.ok(Math.abs(drift.ppm! - 1) < 1e-9);
});

test('a change of plan sets lateness back, and is no drift', () => {
  const drift = new Drift();
  run(drift, 0, 60, (atS) => 3000 * atS);
  drift.restart();
  run(drift, 500, 60, (atS) => 8e7 + 3000 * (atS - 500));
  drift.restart();
  run(drift, 700.3, 60, (atS) => 3000 * (atS - 700.3));
  assert.ok(Math.abs(drift.ppm! - 3) < 1e-9, `${drift.ppm}`);
});

test('stretches of a second or two between changes of plan say nothing by themselves', () => {
  const drift = new Drift();
  for (let i = 0; i < 20; i++) {
    run(drift, 10 * i, 1.2, () => 1e6 * i);
    drift.restart();
  }
  assert.equal(drift.ppm, undefined);
});

test('is the least-squares line through the smallest lateness of each second, with a height for each stretch', () => {
  const stretch = fc.array(fc.integer({ min: 0, max: 1e8 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 5 }), (stretches) => {
      const drift = new Drift();
      let [products, squares, freedom, atS] = [0, 0, 0, 100];
      for (const leasts of stretches) {
        const points = leasts.map((least, i) => ({ x: atS + 1.5 * i, y: least }));
        for (const { x, y } of points) {
          drift.record(y + 999, (x - 0.1) * S);
          drift.record(y, x * S);
          drift.record(y + 5, (x + 0.2) * S);
        }
        // Ends the last second.
        drift.record(0, (atS + 1.5 * leasts.length) * S);
        drift.restart();
        atS += 10_000;
        const mean = (of: (point: { x: number; y: number }) => number) =>
          points.reduce((sum, point) => sum + of(point), 0) / points.length;
        const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
        for (const { x, y } of points) {
          products += (x - meanX) * (y - meanY);
          squares += (x - meanX) ** 2;
        }
        freedom += points.length - 1;
      }
      if (freedom < 2) assert.equal(drift.ppm, undefined);
      // Nanoseconds a second are a thousandth of parts per million.
      else assert.ok(Math.abs(drift.ppm! - products / squares / 1000) <= 1e-6 * (1 + Math.abs(drift.ppm!)));
    }),
  );
});
