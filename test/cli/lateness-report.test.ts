import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HistogramLogReader } from 'hdr-histogram-js';
import type { ReplayOutcome } from '../../src/index.js';
import { latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, type Outcome, RunningProgram, runCli } from '../support/peer.js';

const EVENTS = 300;
const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tcs-report-'));
const night = join(folder, 'night.db');
const slowNight = join(folder, 'slow.db');

describe('the lateness report', () => {
  before(() => {
    writeTopicsNight(night, { events: EVENTS });
    writeTopicsNight(slowNight, { events: 4000, intervalSeconds: 0.05 });
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('exits with 4 and says what was missed, for conditions that hold, and only then', async () => {
    const holding = ['--fail-if', 'p50>=0us', '--fail-if', 'max < 1000s', '--fail-if', 'drift>1ppm'];
    const missed = await play([night, ...holding, '--fail-if', 'lost>0', '--quiet']);
    assert.equal(missed.code, 4, missed.stderr);
    const number = String.raw`[\d.e-]+`;
    assert.match(
      missed.stderr,
      new RegExp(
        `^threshold missed: p50>=0us: it was ${number}µs\n` +
          `threshold missed: max<1000s: it was ${number}s\n` +
          'threshold missed: drift>1ppm: not measured\n$',
      ),
    );
    assert.equal(missed.stdout, '');
    const kept = await play([night, '--fail-if', 'max>1000s', '--fail-if', 'lost>0', '-s', '10', '--json']);
    assert.deepEqual([kept.code, kept.stderr], [0, '']);
    assert.deepEqual((JSON.parse(kept.stdout) as ReplayOutcome).failed, []);
  });

  it('judges losses and rates flat out, and refuses what has no meaning there', async () => {
    const { code, stdout } = await play([night, '-s', 'max', '--fail-if', 'rate<1e9', '--json']);
    assert.deepEqual([code, stdout], [2, '']);
    const slow = await play([night, '-s', 'max', '--fail-if', 'rate<1000000000', '--json']);
    const { failed, eventsPerS } = JSON.parse(slow.stdout) as ReplayOutcome;
    assert.deepEqual(
      [slow.code, failed],
      [4, [{ condition: 'rate<1000000000', found: eventsPerS, unit: '' }]],
    );
    for (const [option, value] of [
      ['--fail-if', 'p99>5ms'],
      ['--hlog', join(folder, 'flat.hlog')],
    ]) {
      const refused = await play([night, '-s', 'max', option, value]);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, new RegExp(`^error: .*${option} .*no event is late`));
    }
    assert(!existsSync(join(folder, 'flat.hlog')));
  });

  it('logs what it sums up', async () => {
    const hlog = join(folder, 'night.hlog');
    const { code, stdout, stderr } = await play([night, '--hlog', hlog, '--lateness-by-topic', '--json']);
    assert.equal(code, 0, stderr);
    const { lateness, latenessByTopic } = JSON.parse(stdout) as ReplayOutcome;
    const all = logged(hlog);
    assert.equal(all.totalCount, EVENTS);
    for (const [percent, us] of [
      [50, lateness!.p50Us],
      [99, lateness!.p99Us],
      [99.99, lateness!.p9999Us],
    ]) {
      assert.equal(Math.min(percentile(all, percent) / 1000, lateness!.maxUs), us);
    }
    const byTopic = latenessByTopic!.map(({ topic, count }) => `${topic} ${count}`);
    assert.equal(byTopic.length, 10);
    assert(
      byTopic.every((line) => line.endsWith(' 30')),
      byTopic.join(),
    );
  });

  it('has its log complete when a signal ends it', async () => {
    const hlog = join(folder, 'slow.hlog');
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = [
      slowNight,
      '-u',
      url,
      '--wait-setup',
      '0',
      '--hlog',
      hlog,
      '--json',
      '--fail-if',
      'p50>=0us',
    ];
    const program = new RunningProgram(process.execPath, [CLI, ...args]);
    while (!existsSync(hlog) || !/^1\.000,/m.test(readFileSync(hlog, 'utf8'))) {
      // Fails where the program ends without having written it.
      await Promise.race([delay(20), program.outcome.then(({ stderr }) => assert.fail(stderr))]);
    }
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 143, stderr);
    assert.match(stderr, /^threshold missed: p50>=0us: it was /);
    assert.equal(logged(hlog).totalCount, (JSON.parse(stdout) as ReplayOutcome).sent);
  });

  it('does not overwrite a database that is taken for a log', async () => {
    const bytes = readFileSync(night);
    const { code, stderr } = await play([slowNight, '--hlog', night]);
    assert.deepEqual([code, stderr.slice(0, 34)], [2, 'error: Expected --hlog to be a new']);
    assert(readFileSync(night).equals(bytes));
  });
});

/** All that a log holds. */
function logged(path: string): ReturnType<typeof latenessHistogram> {
  const reader = new HistogramLogReader(readFileSync(path, 'utf8'), 64);
  const all = latenessHistogram();
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    all.add(next);
  }
  return all;
}

async function play(args: readonly string[]): Promise<Outcome> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  return runCli([...args, '-u', url, '--wait-setup', '0', '--workers', '0']);
}
