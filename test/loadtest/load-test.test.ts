import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadTestOptions } from '../../src/loadtest/load-options.js';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import { type Histogram, latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { writeEvenNight } from '../support/even-night.js';
import { assertWhole, heldToItsEnd, holding, named, ofPid } from '../support/load-results.js';
import { logIntervals } from '../support/log-intervals.js';
import { endAll, freePort, PythonSubscriber, skipWithoutPython } from '../support/peer.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-loadtest-'));
const night = join(folder, 'night.db');
/** Of events so large that those of some seconds are more than buffers hold. */
const large = join(folder, 'large.db');
/** So few that a busy machine can send them to sixteen subscribers. */
const RATE_PER_S = 100;
/** Seconds at that rate: a subscriber may be held up by the machine for so long. */
const SLACK_S = 5;
/** With it, events are several times what buffers and marks hold in the time in which a subscriber is held. */
const FILL_BYTES = 30_000;
/** Of a subscriber that is held: what the kernel chooses takes all events of several seconds, and more on a busy machine. */
const receiveBufferBytes = 65_536;
/** It ends a load: events of ten seconds, more than buffers and marks hold. */
const ENOUGH = 'own-1: received>1100';
const skip = skipWithoutSs() || skipWithoutPython();

before(() => {
  writeEvenNight(night, { events: 3000, ratePerS: 1000, fillBytes: 100 });
  writeEvenNight(large, { events: 500, ratePerS: 1000, fillBytes: FILL_BYTES });
});
after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function run(options: LoadTestOptions): Promise<LoadReport> {
  return loadTest({ databases: night, url: 'tcp://127.0.0.1:*', waitSetupS: 0, ...options });
}

describe('the load test', () => {
  it('proves that each of its subscribers got every event of its topics, however it joins and leaves', async () => {
    const hlog = join(folder, 'load.hlog');
    const report = await run({
      hlog,
      stages: ['200:2s', '200..600:2s'],
      subscribers: ['2', '1,name=other,topics=tcs.dome.*', '1,name=late,join=1s', '1,name=early,leave=1s'],
      failIf: ['lost>0', 'duplicated>0', 'reordered>0'],
      drainS: 60,
    });
    const all = report.subscribers.map(({ name, kind }) => [name, kind]);
    assert.deepEqual(all, [
      ['sentinel', 'sentinel'],
      ...['own-1', 'own-2', 'other', 'late', 'early'].map((name) => [name, 'own']),
    ]);
    const sent = report.load.sent;
    for (const name of ['sentinel', 'own-1', 'own-2']) {
      assertWhole(named(report, name));
      assert.equal(named(report, name).wanted, sent);
    }
    assert.equal(named(report, 'other').wanted, 0);
    for (const name of ['late', 'early']) {
      const { wanted, lost } = named(report, name);
      assert(wanted !== null && wanted < sent, name);
      assert.deepEqual(lost, { least: 0, most: 0, about: 0 }, name);
    }
    const [first, second] = report.load.stages;
    assert.deepEqual([first.from, first.to, second.from, second.to], [200, 200, 200, 600]);
    assert.equal(report.endedBy, 'end');
    assert.equal(report.durationS >= 4, true);
    assert.equal(first.offered + second.offered, sent);
    for (const { outcome, subscriber } of report.conditions) assert.equal(outcome, 'kept', subscriber);
    assertLogged(report, hlog);
  });

  it('tells what a stopped subscriber of sixteen lost, to the event, and that the others are whole', {
    skip,
  }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const how = { highWaterMark: 100, receiveBufferBytes, sequence: 'number' };
    const stopped = await PythonSubscriber.start(url, how);
    let namedAtS: number | undefined;
    const hold = heldToItsEnd(stopped, 100);
    const report = await run({
      ...{
        databases: large,
        url,
        stages: [`${RATE_PER_S}:600s`],
        highWaterMark: SLACK_S * RATE_PER_S,
        waitSubscribers: 1,
        drainS: 60,
      },
      ...{ subscribers: ['14'], failIf: ['lost>0', ENOUGH], abortOnFail: true },
      onLoadProgress: (progress) => {
        hold(progress);
        const { subscribers, atS } = progress;
        const foreign = subscribers.find(({ kind }) => kind === 'foreign');
        if ((foreign?.backedUpShare ?? 0) > 0.5) namedAtS ??= atS;
      },
    });
    const result = ofPid(report, stopped.pid);
    const { received } = await stopped.stop();
    assert(namedAtS !== undefined, 'it was not named');
    assert.equal(report.endedBy, 'condition');
    const { lost, wanted, proof, proves, gaveWay } = result;
    assert(lost !== null && lost.least > 0, proves);
    assert.deepEqual([proof, lost.least, lost.most], ['kernel', report.load.sent - received, lost.least]);
    assert.equal(wanted, report.load.sent);
    assert.match(gaveWay?.evidence ?? '', /stopped/);
    const others = report.subscribers.filter(({ kind }) => kind !== 'foreign');
    assert.equal(others.length, 15);
    for (const other of others) assertWhole(other);
    const missed = report.conditions.filter(
      ({ condition, outcome }) => outcome === 'missed' && condition === 'lost>0',
    );
    assert.deepEqual(
      missed.map(({ subscriber }) => subscriber),
      [result.name],
    );
  });

  it('has nobody lose an event where a full queue blocks', { skip }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const stopped = await PythonSubscriber.start(url, { highWaterMark: 100, receiveBufferBytes });
    const report = await run({
      ...{ databases: large, url, stages: [`${RATE_PER_S}:6s`], waitSubscribers: 1, drainS: 60 },
      ...{ highWaterMark: 100, subscribers: ['2'], onFull: 'block' },
      onLoadProgress: holding(stopped, 1, 5),
    });
    const result = ofPid(report, stopped.pid);
    assert.deepEqual([result.proof, result.lost], ['kernel', { least: 0, most: 0, about: 0 }]);
    assert.equal((await stopped.stop()).received, report.load.sent);
    for (const own of report.subscribers.filter(({ kind }) => kind !== 'foreign')) assertWhole(own);
    // What was held up by a subscriber was not sent in time: nothing is said of the others.
    assert.equal(report.verdict, 'inconclusive');
  });

  it('counts the bytes of the third frame, too, where events are stamped', { skip }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const subscriber = await PythonSubscriber.start(url);
    const stages = ['100:1s'];
    const report = await run({ url, stages, waitSubscribers: 1, stamp: 'frame', drainS: 60 });
    const { proof, lost } = ofPid(report, subscriber.pid);
    assert.deepEqual([proof, lost], ['kernel', { least: 0, most: 0, about: 0 }]);
    assert.equal((await subscriber.stop()).received, report.load.sent);
  });

  it('has the endpoint, the kernel and the count of an unchanged subscriber agree', { skip }, async () => {
    const port = await freePort();
    const url = `tcp://127.0.0.1:${port}`;
    const gui = await PythonSubscriber.start(url, { highWaterMark: 100, receiveBufferBytes });
    const report = await run({
      databases: large,
      ...{ stages: [`${RATE_PER_S}:600s`], endpoints: [`gui=${url}`] },
      ...{ highWaterMark: SLACK_S * RATE_PER_S, drainS: 60, failIf: ['gui: lost>0', ENOUGH] },
      ...{ subscribers: ['1'], abortOnFail: true },
      onLoadProgress: heldToItsEnd(gui, 100),
    });
    const { lost, lostNumbers, proof, wanted } = named(report, 'gui');
    const { received } = await gui.stop();
    assert(lost !== null && lost.least > 0 && lostNumbers !== null);
    assert.deepEqual(
      [proof, wanted, lost.least],
      ['endpoint', report.load.sent, report.load.sent - received],
    );
    const numbers = lostNumbers.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    assert.equal(numbers, lost.least);
    assertWhole(named(report, 'sentinel'));
  });

  it('ends as soon as a condition is missed, if it is to', { skip }, async () => {
    const report = await run({
      ...{ stages: ['200:600s'], subscribers: ['1,name=slow,service=sleep:50ms'], drainS: 0 },
      ...{ failIf: ['slow: lag>20'], abortOnFail: true },
    });
    assert.equal(report.endedBy, 'condition');
    assert(report.durationS < 600);
    assert.equal(report.conditions[0].outcome, 'missed');
  });

  it('does not end for what is to be reached at the end only, nor for a callback that throws', async () => {
    const warned = once(process, 'warning');
    const report = await run({
      onLoadProgress: () => {
        throw new Error('a fault of the user');
      },
      ...{ stages: ['100:2s'], subscribers: ['1'], drainS: 60 },
      ...{ failIf: ['recovery>600s', 'received<150'], abortOnFail: true },
    });
    assert.equal(report.endedBy, 'end');
    assert.equal(report.conditions[0].outcome, 'kept');
    const [{ code, message }] = await warned;
    assert.equal(code, 'CALLBACK_FAILED');
    assert.match(message, /onLoadProgress failed: a fault of the user/);
  });

  it('tells how long a subscriber took to catch up after an overload in the middle, leaving no process when it is stopped', async () => {
    const stop = new AbortController();
    let behind = 0;
    const report = await run({
      ...{ stages: ['50:1s', '600:2s', '50:600s'], subscribers: ['1,name=slow,service=sleep:3ms'] },
      signal: stop.signal,
      onLoadProgress: ({ stage, subscribers }) => {
        const lag = subscribers.find(({ name }) => name === 'slow')?.lag ?? 0;
        if (stage === 2) behind = Math.max(behind, lag);
        if (stage === 3 && lag < 5) stop.abort();
      },
    });
    assert.deepEqual([report.endedBy, report.verdict], ['signal', 'inconclusive']);
    for (const { pid } of report.subscribers) assert.throws(() => process.kill(pid as number, 0), /ESRCH/);
    const { recoveries, recoveryS } = named(report, 'slow');
    const [{ stage, tookS }, last] = recoveries;
    assert(behind > 100, `${behind} events behind`);
    assert.deepEqual([stage, last.stage], [2, 3]);
    assert(tookS !== null && tookS > 0 && (recoveryS ?? 0) >= tookS, `${tookS} s of ${recoveryS} s`);
    assert(tookS <= report.durationS - 3, `${tookS} s`);
  });
});

/** The log has the latencies of each subscriber as the report has them, and the lateness of the publisher without a tag. */
function assertLogged({ subscribers, load }: LoadReport, hlog: string): void {
  const logged = new Map<string, Histogram>();
  for (const interval of logIntervals(hlog)) {
    const all = logged.get(interval.tag) ?? latenessHistogram();
    all.add(interval);
    logged.set(interval.tag, all);
  }
  assert.equal(logged.get('NO TAG')?.totalCount, load.sent);
  for (const { name, received, latency } of subscribers) {
    const all = logged.get(name);
    assert.equal(all?.totalCount ?? 0, received, name);
    if (all !== undefined) assert.equal(percentile(all, 50) / 1000, latency?.p50Us, name);
  }
}

const SPINNER = fileURLToPath(new URL('../support/spin.js', import.meta.url));
/** As many as keep a machine from doing anything else in time. */
const SPINNERS = 4 * availableParallelism();

/** Ways to keep a load test from doing what it is to do. Each is given the pid of the sentinel, and undone in the end. */
const STARVING: Record<string, { options: LoadTestOptions; starve?: (sentinel: number) => () => void }> = {
  'more events than it can send': { options: { databases: night, stages: ['20M:1s'] } },
  'an event loop that is held': {
    options: { databases: night, stages: ['500:2s'] },
    starve: () => {
      const holding = setInterval(
        () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400),
        450,
      );
      return () => clearInterval(holding);
    },
  },
  'a sentinel that is stopped': {
    options: { databases: night, stages: ['500:2s'], drainS: 0 },
    starve: (pid) => {
      process.kill(pid, 'SIGSTOP');
      return () => {};
    },
  },
  'a tiny read-ahead': {
    // Not kept in memory, but read by the main thread in batches of one.
    options: { stages: ['50k:1s'], readAheadBytes: 1, batchEvents: 1, workers: 0 },
  },
  'other programs that take the machine': {
    options: { databases: night, stages: ['100k:2s'] },
    starve: () => {
      const spinners = Array.from({ length: SPINNERS }, () => fork(SPINNER));
      return () => {
        for (const spinner of spinners) spinner.kill('SIGKILL');
      };
    },
  },
};

describe('a load test that is starved', () => {
  /** More than is kept in memory. */
  const largest = join(folder, 'largest.db');
  before(() => writeEvenNight(largest, { events: 2400, ratePerS: 10_000, fillBytes: FILL_BYTES }));

  for (const [what, { options, starve }] of Object.entries(STARVING)) {
    it(`is inconclusive, and blames no subscriber: ${what}`, async () => {
      let undo: (() => void) | undefined;
      const report = await run({
        ...{ databases: largest, subscribers: ['1,name=gui'], failIf: ['gui: p99>20ms', 'gui: lag>100'] },
        ...options,
        onLoadProgress: ({ phase, subscribers: [sentinel] }) => {
          // What is held up after the load only takes longer.
          if (phase === 'drain') undo?.();
          else if (starve !== undefined) undo ??= starve(sentinel.pid as number);
        },
      }).finally(() => undo?.());
      assert.equal(report.verdict, 'inconclusive');
      assert.equal(report.instrument.isValid, false);
      assert.match(report.reasons[0], /^(?:Stage 1, |The sentinel)/);
    });
  }
});
