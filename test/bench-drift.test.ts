import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type DriftResult, driftOf, isKept, runDriftTrial } from '../bench/drift.js';
import { pacedNight } from '../bench/paced-night.js';
import { ours } from '../bench/paced-publisher.js';
import { chooseReceiver, requireReceiverInC } from '../bench/receiver.js';
import { endAll, type Outcome, RunningProgram } from './peer.js';

const BENCH = fileURLToPath(new URL('../bench/main.js', import.meta.url));
const TIMEOUT_MS = 120_000;

/** The benchmark's cache is in here, and leaves with it. */
const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-drift-'));
process.env.TMPDIR = folder;

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function bench(args: readonly string[]): Promise<Outcome> {
  const options = { timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder } };
  return new RunningProgram(process.execPath, [BENCH, 'drift', ...args], options).outcome;
}

function night(durationS: number) {
  const { signal } = new AbortController();
  return pacedNight({ ratePerS: 100, durationS, signal, onMake: () => {} });
}

function skip(): string | false {
  const { language, reason } = chooseReceiver();
  return language === 'C' ? false : `no receiver in C: ${reason}`;
}

describe('the drift benchmark', { skip: skip() }, () => {
  it('plays recorded time, and gives the drift as JSON', async () => {
    const args = ['--duration', '1m', '--speedup', '10', '--rate', '100', '--json'];
    const { code, stdout, stderr } = await bench(args);
    const { trial, night, conditions, isKept } = JSON.parse(stdout) as DriftResult;
    assert.equal(code, isKept ? 0 : 1, stderr);
    assert.deepEqual([night.events, night.durationS, conditions.speedup], [6000, 60, 10]);
    assert.ok(trial.state === 'valid');
    assert.deepEqual([trial.received, trial.lost], [6000, 0]);
    assert.equal(trial.offsets?.intervalS, 1);
    // The last event is due when the seventh interval begins.
    assert.ok([6, 7].includes(trial.offsets.minimaUs.length));
    assert.ok(Number.isFinite(trial.drift?.ppm) && Number.isFinite(trial.drift?.errorPpm));
  });

  it('finds the drift of a publisher that plays too fast, and calls the pace not kept', async () => {
    const publisher = ours('balanced');
    const trial = await runDriftTrial({
      ...{ night: await night(6), receiver: requireReceiverInC(), speedup: 1 },
      publisher: { ...publisher, args: (sending) => publisher.args({ ...sending, speedup: 1.01 }) },
    });
    assert.equal(trial.state, 'valid');
    // 10,000 parts in a million; a machine that is busy may hide a part of it.
    assert.ok(trial.drift!.ppm < -5000 && trial.drift!.ppm > -15_000, `${trial.drift?.ppm} ppm`);
    assert.equal(isKept(trial), false);
  });

  it('calls a run invalid in which events are missing, and its pace not kept', async () => {
    const trial = await runDriftTrial({
      ...{ night: await night(1), receiver: requireReceiverInC(), speedup: 1 },
      publisher: ours('eco', ['--exclude', 'tracker.*']),
    });
    assert.ok(trial.state === 'invalid' && trial.lost! > 0);
    assert.equal(isKept(trial), false);
  });
});

it('refuses a rate that is more than a publisher can keep', async () => {
  const { code, stderr } = await bench(['--rate', '1000', '--speedup', '60']);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Expected --rate times --speedup to be a number, 0 to 20000, got 60000/);
});

/** Offsets of an hour at 1.0001 times the speed, and what disturbs them. */
function offsets(ppm: number, disturbanceUs: (i: number) => number, seconds = 3600) {
  const minimaUs = Array.from({ length: seconds }, (_, i) => 80 + ppm * i + disturbanceUs(i));
  return { intervalS: 1, minimaUs };
}

it('finds the drift of a publisher at 1.0001 times the speed', () => {
  const { ppm, errorPpm } = driftOf(offsets(-100, () => 0))!;
  assert.ok(Math.abs(ppm + 100) < 1e-9 && errorPpm < 1e-9);
});

it('finds a drift of a tenth of the limit beside noise, stalls and seconds without an event', () => {
  const noise = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 3600, maxLength: 3600 });
  const stalls = fc.array(fc.integer({ min: 0, max: 3599 }), { maxLength: 300 });
  fc.assert(
    fc.property(
      fc.double({ min: -5, max: 5, noNaN: true }),
      noise,
      stalls,
      stalls,
      (ppm, us, late, silent) => {
        const stalled = new Set(late);
        const { intervalS, minimaUs } = offsets(ppm, (i) => us[i] + (stalled.has(i) ? 2e6 : 0));
        const heard: (number | null)[] = [...minimaUs];
        for (const i of silent) heard[i] = null;
        const found = driftOf({ intervalS, minimaUs: heard })!;
        assert.ok(Math.abs(found.ppm - ppm) < 0.02, `${found.ppm}, not ${ppm}`);
        assert.ok(found.errorPpm < 0.01);
      },
    ),
    { numRuns: 50 },
  );
});

it('says nothing of a drift where there are too few seconds', () => {
  for (const seconds of [0, 1, 4]) assert.equal(driftOf(offsets(1, () => 0, seconds)), null);
  assert.ok(driftOf(offsets(1, () => 0, 5)));
});
