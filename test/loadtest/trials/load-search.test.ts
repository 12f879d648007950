import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readLedger } from '../../../src/ledger/read-ledger.js';
import type { LoadTestOptions } from '../../../src/loadtest/load-options.js';
import type { LoadProgress } from '../../../src/loadtest/load-progress.js';
import type { LoadReport } from '../../../src/loadtest/load-report.js';
import { loadTest } from '../../../src/loadtest/load-test.js';
import { writeEvenNight } from '../../support/even-night.js';
import { assertWhole, named } from '../../support/load-results.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-search-'));
const night = join(folder, 'night.db');
/** Of events so large that few of them fit into the buffers of the system. */
const large = join(folder, 'large.db');
/** Of the subscriber: it cannot take more, however fast the machine is. */
const SERVICE_US = 2000;
const MOST_PER_S = 1e6 / SERVICE_US;
/** Enough to see what is to be seen: on a busy machine a search takes all its three minutes. */
const MOST_TRIALS = 3;
const WIDTH = 0.5;
/** Shorter than the rest between two trials, longer than any distance of events that are due one after the other. */
const REST_US = 150_000;

before(() => {
  writeEvenNight(night, { events: 3000, ratePerS: 300, fillBytes: 100 });
  writeEvenNight(large, { events: 2000, ratePerS: 200, fillBytes: 20_000 });
});
after(() => rmSync(folder, { recursive: true }));

function run(options: LoadTestOptions): Promise<LoadReport> {
  return loadTest({
    ...{ databases: night, url: 'tcp://127.0.0.1:*', waitSetupS: 0, warmUpS: 0.2, width: `${100 * WIDTH}%` },
    ...{ subscribers: [`1,name=gui,service=sleep:${SERVICE_US}us`], ...options },
  });
}

describe('a search on the running load test', () => {
  it('finds no load that is more than the subscriber can take, and loses nothing on the way', async () => {
    const seen: LoadProgress[] = [];
    const stop = new AbortController();
    const report = await run({
      ...{ findMax: 'rate', trialSumS: 1, holdS: 1, failIf: ['max-rate<1'], signal: stop.signal },
      onLoadProgress: (progress) => {
        seen.push(progress);
        if ((progress.search?.trials.length ?? 0) >= MOST_TRIALS) stop.abort();
      },
    });
    const [search] = report.search?.highest?.runs ?? [];
    assert(search !== undefined);
    const { lower, upper, verdict, trials, gaveWay } = search;
    // Where the machine lets it find something, that is what it can be.
    if (lower !== null) assert(lower <= MOST_PER_S * (1 + WIDTH), `${lower}`);
    if (upper !== null) assert.equal(gaveWay?.subscriber, 'gui');
    if (verdict === 'found') assert(lower !== null && upper !== null && upper > lower);
    const isPass = report.endedBy === 'end' && verdict !== 'inconclusive';
    assert.equal(report.verdict, isPass ? 'pass' : 'inconclusive', report.reasons.join('; '));
    assert(trials.length >= 2);
    for (const { load, outcome, reasons, subscribers, isLossy } of trials) {
      assert.deepEqual(
        subscribers.map(({ name, kind }) => [name, kind]),
        [
          ['sentinel', 'sentinel'],
          ['gui', 'own'],
        ],
      );
      assert.equal(isLossy, false);
      assert.equal(outcome === 'good', reasons.length === 0);
      // Nobody bears twice what the subscriber can take.
      if (load > 2 * MOST_PER_S) assert.notEqual(outcome, 'good', `${load}/s`);
    }
    // All trials were on the same subscribers, which were sent all events, and lost none.
    for (const name of ['sentinel', 'gui']) {
      assertWhole(named(report, name));
      assert.equal(named(report, name).wanted, report.load.sent);
    }
    assert.deepEqual(report.load.stages, []);
    assert(report.series.length > 0);
    const numbers = seen.flatMap(({ search: progress }) => progress?.number ?? []);
    assert(numbers.length > 0);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  });

  it('sends the same events in each trial of a sweep, and has what it found when it is stopped', async () => {
    const stop = new AbortController();
    const ledger = join(folder, 'sent.ledger');
    let [trial, seenInTrial] = [0, 0];
    const report = await run({
      ...{ sweep: '1000..4000/3', signal: stop.signal, subscribers: ['1,name=gui'], ledger },
      onLoadProgress: ({ search }) => {
        if (search === null || search.number < 2) return;
        if (search.number !== trial) [trial, seenInTrial] = [search.number, 0];
        seenInTrial += 1;
        // So the second trial, or the first one once more, is well under way.
        if (seenInTrial > 4) stop.abort();
      },
    });
    assert.deepEqual([report.endedBy, report.verdict], ['signal', 'inconclusive']);
    assert.equal(report.search?.sweep?.trials[0].load, 1000);
    const { events } = await readLedger(ledger);
    assert.equal(events.count, report.load.sent);
    // Between two trials is a rest; within one no two events are so far apart, however late they are sent.
    const begins = [0];
    for (let i = 1; i < events.count; i++)
      if (events.wireUsOf(i) - events.wireUsOf(i - 1) > REST_US) begins.push(i);
    assert(begins.length >= 2, `${begins}`);
    const [first, second] = begins;
    const both = Math.min(second - first, (begins[2] ?? events.count) - second);
    assert(both > 20, `${both}`);
    for (let i = 0; i < both; i++) assert(events.isEqual(first + i, events, second + i), `event ${i}`);
    for (const { pid } of report.subscribers) assert.throws(() => process.kill(pid as number, 0), /ESRCH/);
  });

  it('finds the most events back to back that a queue holds', async () => {
    const report = await run({
      ...{ databases: large, findBurst: true, highWaterMark: 100 },
      subscribers: ['1,name=gui,service=sleep:1ms,hwm=10'],
    });
    const burst = report.search?.burst;
    assert(burst !== null && burst !== undefined);
    for (const { events, outcome, lost } of burst.bursts)
      if (outcome === 'bad') assert.deepEqual([lost, events > 100], [['gui'], true]);
    assert(burst.bursts.length >= 3);
  });
});
