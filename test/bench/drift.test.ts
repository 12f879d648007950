import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { driftOf } from '../../bench/drift/drift.js';
import { driftScenario } from '../../bench/drift/scenario.js';
import { driftFaults, measureDrift } from '../../bench/drift/trial.js';
import { measureInRounds } from '../../bench/measure-in-rounds.js';
import { pacedNight } from '../../bench/pacing/paced-night.js';
import { ours, type PacedPublisher } from '../../bench/pacing/paced-publisher.js';
import { requireReceiverInC } from '../../bench/receiver-choice.js';
import type { Measured } from '../../bench/scenario.js';
import type { Settings } from '../../bench/settings.js';

import { ownBenchCache, skipWithoutReceiver } from '../support/bench-cache.js';

ownBenchCache('drift');

const SETTINGS: Settings = {
  ...{ level: 'default', events: undefined, seconds: 6, highWaterMark: undefined },
  wants: (id) => id === '-s 1',
  signal: new AbortController().signal,
  onMake: () => {},
  onStep: () => {},
};

async function measure(publisher: PacedPublisher, durationS: number, speedup = 1): Promise<Measured> {
  const night = await pacedNight({ ...SETTINGS, ratePerS: 100, durationS });
  return measureDrift({ publisher, night, receiver: requireReceiverInC(), speedup });
}

describe('the drift benchmark', { skip: skipWithoutReceiver(), concurrency: true }, () => {
  it('plays recorded time, and gives the drift, its error and the course', async () => {
    const { scenarios } = await measureInRounds([driftScenario], {
      ...{ ...SETTINGS, runs: 1, onTrial: () => {} },
    });
    const [{ cases, figures }] = scenarios;
    assert.deepEqual(
      cases.map(({ id, parameters }) => [id, parameters]),
      [['-s 1', { speed: 1 }]],
    );
    const [trial] = cases[0].trials;
    // Over so short a time a machine that is busy drifts, and may be late.
    const reasons = trial.state === 'valid' ? [] : trial.reasons;
    assert.deepEqual(
      reasons.filter((reason) => !/^(drifts|took) /.test(reason)),
      [],
    );
    const { counts, targetPerS, histograms, course } = trial;
    assert.deepEqual(counts, {
      ...{ expected: 900, received: 900, lost: 0, outOfOrder: 0, isContentRight: null },
    });
    assert.equal(targetPerS, 899 / 6);
    assert.equal(histograms.lateness?.count, 900);
    assert.deepEqual(
      Object.keys(trial.figures),
      figures.map(({ name }) => name),
    );
    assert.ok(Number.isFinite(trial.figures.driftPpm) && Number.isFinite(trial.figures.errorPpm));
    assert.ok(course.length >= 35 && course[course.length - 1].atS > 5, `${course.length} intervals`);
  });

  it('finds the drift of a publisher that plays too fast, and calls the trial invalid', async () => {
    const publisher = ours('balanced');
    const { reasons, figures } = await measure(
      { ...publisher, args: (sending) => publisher.args({ ...sending, speedup: 1.05 }) },
      6,
    );
    // 47,600 parts in a million; a machine that is busy may hide a part of it.
    assert.ok(figures.driftPpm! < -24_000 && figures.driftPpm! > -72_000, `${figures.driftPpm} ppm`);
    assert.match(reasons.join('\n'), /^drifts by -\d+\.\d+ ± \d+\.\d+ ppm, at most 1 ppm is allowed$/m);
  });

  it('calls a trial invalid in which events are missing, or no drift can be told', async () => {
    const { reasons, counts, figures } = await measure(ours('eco', ['--exclude', 'tracker.*']), 4, 4);
    assert.ok(counts!.lost > 0);
    assert.match(reasons.join('\n'), /^received \d+ of 400 events$/m);
    assert.match(reasons.join('\n'), /^too short for a drift to be told/m);
    assert.equal(figures.driftPpm, null);
  });
});

it('is measured only where it is named', () => {
  assert.equal(driftScenario.isOnRequest, true);
});

it('allows a drift within its error', () => {
  assert.deepEqual(driftFaults({ ppm: -0.9, errorPpm: 0 }), []);
  assert.deepEqual(driftFaults({ ppm: -30, errorPpm: 29.5 }), []);
  assert.equal(driftFaults({ ppm: 1.2, errorPpm: 0.1 }).length, 1);
  assert.equal(driftFaults({ ppm: -1.2, errorPpm: 0.1 }).length, 1);
  assert.equal(driftFaults(null).length, 1);
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
