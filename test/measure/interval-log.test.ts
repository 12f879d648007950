import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsHistogram } from 'hdr-histogram-js';
import { latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { encodeHistogram } from '../../src/measure/histogram-text.js';
import { IntervalLog } from '../../src/measure/interval-log.js';
import { Lateness } from '../../src/measure/lateness.js';
import { logIntervals } from '../support/log-intervals.js';
import { SimulatedTime } from '../support/simulated-time.js';

const S = 1e9;
const EVENTS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'tcs-hlog-'));
const path = join(folder, 'night.hlog');

describe('the interval log', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('has a head, and a line for each second that had events', async () => {
    const time = new SimulatedTime();
    const log = await IntervalLog.open(path, time);
    const lateness = new Lateness();
    lateness.log = log;
    time.ns = 100 * S;
    for (const [atS, ns] of [
      [100, 1500],
      [100.999, 2_500_000],
      [101, 10],
      [103.7, 20],
    ]) {
      time.ns = atS * S;
      lateness.record(ns, time.ns);
    }
    lateness.end(104.2 * S - 0.25 * S);
    await log.close();
    const [logged, version, start, base, legend, ...lines] = readFileSync(path, 'utf8').split('\n');
    assert.match(logged, /^#\[Logged with tcs-replay: .*nanoseconds/);
    assert.equal(version, '#[Histogram log format version 1.3]');
    assert.match(start, /^#\[StartTime: 1700000100\.000 \(seconds since epoch\), .*2023.*\]$/);
    assert.equal(base, '#[BaseTime: 1700000100.000 (seconds since epoch)]');
    assert.equal(legend, '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"');
    assert.deepEqual(
      lines.map((line) => line.split(',').slice(0, 3).join()),
      ['0.000,1.000,2.500', '1.000,1.000,0.000', '3.000,0.950,0.000', ''],
    );
    for (const line of lines.slice(0, -1)) assert.match(line, /,HISTFAA[\w+/]+=*$/);
    assert.deepEqual(
      logIntervals(path).map(({ startTimeStampMsec, totalCount }) => [startTimeStampMsec, totalCount]),
      [
        [1_700_000_100_000, 2],
        [1_700_000_101_000, 1],
        [1_700_000_103_000, 1],
      ],
    );
  });

  it('holds what the summary holds, count by count', async () => {
    const events = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 4 * S }),
        fc.oneof(fc.nat(2e6), fc.double({ min: 0, max: 1e13, noNaN: true })),
      ),
      { minLength: 1, maxLength: 400 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (steps) => {
        const time = new SimulatedTime();
        const log = await IntervalLog.open(path, time);
        const lateness = new Lateness();
        lateness.log = log;
        for (const [stepNs, ns] of steps) {
          time.ns += stepNs;
          lateness.record(ns, time.ns);
        }
        lateness.end(time.ns);
        await log.close();
        const all = latenessHistogram();
        for (const interval of logIntervals(path)) {
          assert(interval.totalCount > 0);
          assert(interval.endTimeStampMsec - interval.startTimeStampMsec <= 1000.5);
          all.add(interval);
        }
        assert.equal(all.totalCount, steps.length);
        const { p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs } = lateness.summary()!;
        for (const [percent, us] of [
          [50, p50Us],
          [90, p90Us],
          [99, p99Us],
          [99.9, p999Us],
          [99.99, p9999Us],
        ]) {
          assert.equal(Math.min(percentile(all, percent) / 1000, maxUs), us, `p${percent}`);
        }
        // A histogram that is read back knows its largest value as the end of a bucket.
        assert.equal(all.maxValue, (all as JsHistogram).highestEquivalentValue(Math.round(maxUs * 1000)));
      }),
      { numRuns: 20 },
    );
  });

  it('has a head where nothing was sent', async () => {
    const log = await IntervalLog.open(path, new SimulatedTime());
    const lateness = new Lateness();
    lateness.log = log;
    lateness.end(0);
    await log.close();
    assert.deepEqual(logIntervals(path), []);
    assert.match(readFileSync(path, 'utf8'), /^#\[Logged .*"Interval_Compressed_Histogram"\n$/s);
  });

  it('loses no event where the disk is slower than the seconds, and queues no more than a megabyte', async () => {
    const log = await IntervalLog.open(path, new SimulatedTime());
    log.begin();
    // The stream cannot write while this runs: what is queued stays queued.
    const spread = latenessHistogram();
    for (let i = 0; i < EVENTS; i++) spread.recordValue(Math.round(1e9 * ((i * 0.618034) % 1) ** 4));
    const seconds = 400;
    for (let i = 0; i < seconds; i++) log.write(spread, i * S, (i + 1) * S);
    await log.close();
    const intervals = logIntervals(path);
    assert(intervals.length < seconds, `${intervals.length} intervals`);
    assert(readFileSync(path).length < 1.1 * 2 ** 20);
    const count = intervals.reduce((sum, { totalCount }) => sum + totalCount, 0);
    assert.equal(count, seconds * EVENTS);
    const last = intervals.at(-1)!;
    const lengthS = (last.endTimeStampMsec - last.startTimeStampMsec) / 1000;
    assert(Math.abs(lengthS - (seconds - intervals.length + 1)) < 1e-3, `${lengthS} s`);
  });

  it('has intervals of other series with their tags, and loses none of them either where the disk is slow', async () => {
    const time = new SimulatedTime();
    const log = await IntervalLog.open(path, time);
    const seconds = 150;
    const spread = latenessHistogram();
    for (let i = 0; i < EVENTS; i++) spread.recordValue(Math.round(1e9 * ((i * 0.618034) % 1) ** 4));
    const encoded = { histogram: encodeHistogram(spread), maxNs: spread.maxValue };
    const startUs = time.unixUs();
    // Nothing was sent yet: it is of another publisher.
    log.writeTagged('gui', { ...encoded, fromUnixUs: startUs - 1e6, toUnixUs: startUs });
    log.begin();
    const names = ['gui', 'a, b'];
    const tags = ['gui', 'a_b'];
    for (let i = 0; i < seconds; i++) {
      log.write(spread, i * S, (i + 1) * S);
      // Subscribers do not report with the seconds.
      for (const name of names) {
        const fromUnixUs = startUs + 1e6 * (i - 0.25);
        log.writeTagged(name, { ...encoded, fromUnixUs, toUnixUs: fromUnixUs + 1e6 });
      }
    }
    await log.close();
    const intervals = logIntervals(path);
    assert(intervals.length < 3 * seconds, `${intervals.length} intervals`);
    for (const tag of [undefined, ...tags]) {
      const ofTag = intervals.filter(
        (interval) => (interval.tag === 'NO TAG' ? undefined : interval.tag) === tag,
      );
      const count = ofTag.reduce((sum, { totalCount }) => sum + totalCount, 0);
      assert.equal(count, seconds * EVENTS, tag);
      const from = ofTag.map(({ startTimeStampMsec }) => startTimeStampMsec);
      assert.deepEqual(
        from,
        from.toSorted((a, b) => a - b),
      );
      assert.equal(from[0], startUs / 1000);
    }
  });

  it('replaces a log, and no other file', async () => {
    writeFileSync(path, '#[Histogram log format version 1.2]\n');
    await (await IntervalLog.open(path, new SimulatedTime())).close();
    assert.match(readFileSync(path, 'utf8'), /^#\[Logged with tcs-replay/);
    const other = join(folder, 'night.db');
    for (const content of ['SQLite format 3\0', '#']) {
      writeFileSync(other, content);
      await assert.rejects(IntervalLog.open(other, new SimulatedTime()), {
        code: 'BAD_OPTION',
        message: `Expected hlog to be a new file, or a histogram log to replace, got "${other}", which is another file`,
      });
      assert.equal(readFileSync(other, 'utf8'), content);
    }
    writeFileSync(other, '');
    await (await IntervalLog.open(other, new SimulatedTime())).close();
    assert.equal(logIntervals(other).length, 0);
  });

  it('says where it cannot be written', async () => {
    for (const file of [folder, join(folder, 'none', 'night.hlog')]) {
      await assert.rejects(IntervalLog.open(file, new SimulatedTime()), (error: Error & { code: string }) => {
        assert.equal(error.code, 'WRITE_FAILED');
        assert(error.message.startsWith(`Cannot write a histogram log to ${file}: `), error.message);
        return true;
      });
    }
  });

  it('says at the end that the disk was full', { skip: !existsSync('/dev/full') }, async () => {
    const log = await IntervalLog.open('/dev/full', new SimulatedTime());
    const lateness = new Lateness();
    lateness.log = log;
    for (let i = 0; i < 5; i++) {
      lateness.record(1000, i * S);
      await new Promise((resolve) => setImmediate(resolve));
    }
    lateness.end(5 * S);
    await assert.rejects(log.close(), { code: 'WRITE_FAILED', message: /ENOSPC/ });
  });
});
