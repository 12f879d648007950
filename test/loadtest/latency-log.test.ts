import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import type { CheckedIn } from '../../src/loadtest/check-in.js';
import { LatencyLog } from '../../src/loadtest/latency-log.js';
import { latenessHistogram } from '../../src/measure/histogram.js';
import { encodeHistogram } from '../../src/measure/histogram-text.js';
import { IntervalLog } from '../../src/measure/interval-log.js';
import { logIntervals } from '../support/log-intervals.js';
import { SimulatedTime } from '../support/simulated-time.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINUTE_US = 60e6;

it('logs of a subscriber that has checked in what came since each report, also where it was started again', async (context) => {
  const path = join(temporaryFolder(context), 'load.hlog');
  const latencies = fc.array(fc.nat(1e10), { maxLength: 20 });
  // Each report has some more; a restart begins from nothing.
  const reports = fc.array(fc.tuple(fc.boolean(), latencies), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(reports, async (steps) => {
      const time = new SimulatedTime();
      const log = await IntervalLog.open(path, time);
      log.begin();
      const latencyLog = new LatencyLog(log);
      const expected = latenessHistogram();
      let told: number[] = [];
      let reportedUs = time.unixUs();
      for (const [isStarted, more] of steps) {
        // With as many events as before, a restart is not seen.
        if (isStarted && more.length < told.length) told = [];
        told = [...told, ...more];
        for (const ns of more) expected.recordValue(ns);
        reportedUs += MINUTE_US;
        const latency = latenessHistogram();
        for (const ns of told) latency.recordValue(ns);
        const report = { name: 'my gui', reportedUs, latency: () => latency } as unknown as CheckedIn;
        latencyLog.addCheckedIn([report]);
        // It is looked at more often than it reports.
        latencyLog.addCheckedIn([report]);
      }
      await log.close();
      const all = latenessHistogram();
      for (const interval of logIntervals(path)) {
        assert.equal(interval.tag, 'my_gui');
        all.add(interval);
      }
      assert.equal(encodeHistogram(all), encodeHistogram(expected));
    }),
    { numRuns: 30 },
  );
});
