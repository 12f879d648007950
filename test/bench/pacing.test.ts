import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import SQLite from 'better-sqlite3';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { cachePath } from '../../bench/cache.js';
import { expectedDigest } from '../../bench/expected-digest.js';
import { measureInRounds } from '../../bench/measure-in-rounds.js';
import { PACED, type Paced, pacingCases } from '../../bench/pacing/cases.js';
import { latenessIn } from '../../bench/pacing/lateness-figures.js';
import { pacedFaultsOf } from '../../bench/pacing/paced-faults.js';
import { pacedNight, poissonTimes } from '../../bench/pacing/paced-night.js';
import { ours, type PacedPublisher, PEER } from '../../bench/pacing/paced-publisher.js';
import { pacingScenario } from '../../bench/pacing/scenario.js';
import { listedLateness } from '../../bench/pacing/sent-lateness.js';
import { measurePacing } from '../../bench/pacing/trial.js';
import { receiverInPython, requireReceiverInC } from '../../bench/receiver-choice.js';
import { type Chart, LEVELS, type Trial } from '../../bench/result.js';
import type { Measured } from '../../bench/scenario.js';
import type { Settings } from '../../bench/settings.js';
import { ownBenchCache, skipWithoutPeers } from '../support/bench-cache.js';

const LATE_PUBLISHER = join(import.meta.dirname, '../../../test/support/python/late_publisher.py');
const RATE_PER_S = 200;
const DURATION_S = 1;
const EVENTS = RATE_PER_S * DURATION_S;
const LATE_US = 20_000;
/** At the level that is measured here. */
const WARM_UP_S = 2;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('pacing');

const SETTINGS: Settings = {
  ...{ level: 'full', events: undefined, seconds: 1, highWaterMark: undefined },
  wants: () => true,
  signal: new AbortController().signal,
  onMake: () => {},
  onStep: () => {},
};

function night() {
  return pacedNight({ ...SETTINGS, ratePerS: RATE_PER_S, durationS: DURATION_S });
}

async function measure(publisher: PacedPublisher): Promise<Measured> {
  const made = await night();
  const digest = expectedDigest(made, publisher.form);
  return measurePacing({ publisher, night: made, receiver: requireReceiverInC(), digest, warmUpS: 0 });
}

/** Why a trial does not count, but that a machine that is busy took too long for it. */
function faultsBesideLoad(trial: Trial | Measured): readonly string[] {
  return ('reasons' in trial ? trial.reasons : []).filter((reason) => !/^took /.test(reason));
}

describe('the pacing benchmark', { skip: skipWithoutPeers() }, () => {
  it('measures modes and the peer in turns, at both ends, each event once', async () => {
    const told: string[] = [];
    const result = await measureInRounds([pacingScenario], {
      ...{ ...SETTINGS, runs: 1 },
      // The tests below measure the mode that is left out.
      wants: (id) => id.endsWith(', 200/s') && !id.startsWith('balanced'),
      onTrial: (_trial, { case: { id } }) => told.push(id),
    });
    const [{ cases, conditions, figures }] = result.scenarios;
    const nights = readdirSync(cachePath()).filter((name) => name.endsWith('.db'));
    assert.deepEqual(nights, ['paced-v1-seed1-600-in-3s.db'], 'no other night was made');
    assert.deepEqual(told, ['floor, 200/s', 'peer, 200/s', 'precise, 200/s', 'eco, 200/s']);
    assert.deepEqual([conditions.trialS, conditions.warmUpS], [1, WARM_UP_S]);
    for (const { id, subject, parameters, reference, trials } of cases) {
      const timing = id.split(',')[0];
      const others: Partial<Record<string, unknown>> = { floor: ['limit', null], peer: ['peer', null] };
      assert.deepEqual([subject, reference], others[timing] ?? ['ours', 'peer, 200/s']);
      assert.deepEqual(parameters, { timing, ratePerS: 200, receiver: 'C' });
      const [trial] = trials;
      assert.deepEqual(faultsBesideLoad(trial), [], id);
      assert.deepEqual(trial.counts, {
        ...{ expected: 600, received: 600, lost: 0, outOfOrder: 0, isContentRight: true },
      });
      assert.equal(trial.targetPerS, 599 / 3);
      if (trial.state === 'valid') assert.ok(Math.abs(trial.achievedPerS! - 200) < 30);
      assert.deepEqual(
        Object.keys(trial.figures).sort(),
        figures.map(({ name }) => name).sort(),
        'what is measured is what is described',
      );
      const { sendP50Us, sendMaxUs, deliveryP50Us, deliveryMaxUs, coreShare } = trial.figures;
      assert.ok(sendP50Us! >= 0 && sendMaxUs! >= sendP50Us!);
      assert.ok(deliveryMaxUs! >= deliveryP50Us!);
      // CPU time is counted in steps of 10 ms, and the floor takes less than one.
      if (process.platform === 'linux') assert.ok(timing === 'floor' ? coreShare! >= 0 : coreShare! > 0, id);
    }
    // Nothing of a trial is left behind.
    for (const name of readdirSync(cachePath()))
      assert.match(name, /^(paced-[\w-]+\.(db|frames|digest)|(subscriber|publisher)-\w+)$/);
    assert.equal(JSON.stringify(JSON.parse(JSON.stringify(result))), JSON.stringify(result));
    assertHistograms(cases.flatMap(({ trials }) => trials));
    assertCourses(cases.flatMap(({ trials }) => trials));
  });

  it('measures at a subscriber in Python, too', async () => {
    const made = await night();
    const receiver = receiverInPython()!;
    const warmUpS = DURATION_S / 2;
    const measured = await measurePacing({
      ...{ publisher: ours('balanced'), night: made, receiver, digest: null, warmUpS },
    });
    const { counts, figures, histograms } = measured;
    assert.deepEqual(faultsBesideLoad(measured), []);
    assert.deepEqual([counts!.received, counts!.isContentRight], [EVENTS, null]);
    const behind = poissonTimes(EVENTS, DURATION_S).filter((time) => time >= warmUpS).length;
    // The times in payloads have microseconds.
    assert.ok(Math.abs(histograms!.delivery!.totalCount - behind) <= 1);
    assert.ok(figures.deliveryP50Us! > 0 && figures.deliveryMaxUs! >= figures.deliveryP999Us!);
  });

  it('calls a trial invalid in which events are missing', async () => {
    const { reasons, counts } = await measure(ours('balanced', ['--exclude', 'tracker.*']));
    assert.ok(counts!.received < EVENTS && counts!.lost === EVENTS - counts!.received);
    assert.match(reasons.join('\n'), /sent \d+ of 200 events\nreceived \d+ of 200 events/);
  });

  it('calls a trial invalid whose events have other content, come too fast, and of which none is said to be late', async () => {
    const publisher = ours('balanced', ['--convert-number']);
    const { reasons, counts, targetPerS, achievedPerS } = await measure({
      ...publisher,
      args: (sending) => publisher.args({ ...sending, speedup: 10 }),
      sent: (...args) => ({ ...publisher.sent(...args), timed: 0 }),
    });
    assert.deepEqual([counts!.received, counts!.isContentRight], [EVENTS, false]);
    assert.equal(reasons.length, 3);
    assert.match(reasons[0], /^received other content than was to be sent/);
    assert.match(reasons[1], /^the publisher says of 0 events how late they were, and sent 200$/);
    assert.match(reasons[2], /^took 0\.\d+ s, planned were 1\.000 s$/);
    assert.ok(achievedPerS! > targetPerS!);
  });

  it('shows a publisher that sleeps too long, by its own clock and at the subscriber', async () => {
    const { counts, figures } = await measure({
      ...PEER,
      // In place of the model, which is its first argument.
      args: (sending) => [LATE_PUBLISHER, ...PEER.args(sending).slice(1)],
    });
    assert.equal(counts!.received, EVENTS);
    assert.ok(figures.sendMaxUs! >= LATE_US && figures.deliveryMaxUs! >= LATE_US);
    // At 200 events/s each sleep makes some of the next ones late as well.
    assert.ok(figures.sendP50Us! >= LATE_US / 4 && figures.deliveryP50Us! >= LATE_US / 4);
  });

  it('says why a publisher failed', async () => {
    await assert.rejects(
      measure(ours('balanced', ['--no-such-option'])),
      /^Error: the publisher ended with 2: error: .*--no-such-option/,
    );
  });
});

/** Both ends have all events behind the warm-up, also in what is kept. */
function assertHistograms(trials: readonly Trial[]): void {
  const behind = poissonTimes(600, 3).filter((time) => time >= WARM_UP_S).length;
  assert.ok(behind > 150 && behind < 250);
  for (const { histograms, figures } of trials) {
    for (const [histogram, maxUs] of [
      [histograms.lateness, figures.sendMaxUs],
      [histograms.delivery, figures.deliveryMaxUs],
    ] as const) {
      const { count, encoded } = histogram!;
      const decoded = decodeFromCompressedBase64(encoded);
      assert.equal(decoded.totalCount, count);
      // What is due just before the end of the warm-up may be sent just after it, if it is late.
      const mostOfThese = 20 + RATE_PER_S * (figures.sendMaxUs! / 1e6);
      if (histogram === histograms.delivery) assert.equal(count, behind);
      else assert.ok(Math.abs(count - behind) < mostOfThese, `${count}, not about ${behind}`);
      // Either may be the upper end of a bucket.
      assert.ok(Math.abs(decoded.maxValue / 1000 - maxUs!) <= maxUs! / 500);
    }
  }
}

/** The course is all of a trial but what is left of its last interval. */
function assertCourses(trials: readonly Trial[]): void {
  for (const { course, achievedPerS, figures } of trials) {
    const seconds = 599 / achievedPerS!;
    const [{ atS: intervalS }] = course;
    assert.equal(intervalS, 0.1);
    // A machine that is busy may hold the receiver up between the last message and its clock.
    const heldS = 0.2 + figures.deliveryMaxUs! / 1e6;
    assert.ok(seconds - course[course.length - 1].atS < intervalS + heldS);
    const events = course.reduce((sum, { eventsPerS }) => sum + eventsPerS * intervalS, 0);
    assert.ok(events > 20 && events < 600.5, `${events}`);
    // What is late is told of what comes behind the warm-up.
    for (const { atS, eventsPerS, p99Us } of course)
      if (Math.abs(atS - WARM_UP_S) > 1) assert.equal(p99Us === null, atS < WARM_UP_S || eventsPerS === 0);
  }
}

it('has the case that ours is compared with, at each level, and charts of cases that there are', () => {
  for (const level of LEVELS) {
    const cases = pacingCases(level, true);
    const ids = cases.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(
      cases.some(({ isFlooded }) => isFlooded),
      level !== 'quick',
    );
    for (const { paced, ratePerS, receiver, reference } of cases) {
      const peer = receiver === 'C' ? `peer, ${ratePerS}/s` : `peer, ${ratePerS}/s, to Python`;
      assert.equal(reference, (['floor', 'peer'] as Paced[]).includes(paced) ? null : peer);
      assert.ok(reference === null || ids.includes(reference));
    }
  }
  const all = pacingCases('full', true).map(({ id }) => id);
  assert.equal(all.length, 2 * 3 * PACED.length + 2);
  const named = pacingScenario.charts.flatMap(({ cases = [] }: Chart) => cases);
  assert.ok(named.length > 0 && named.every((id) => all.includes(id)));
});

it('measures ours alone where the peer cannot run', () => {
  const cases = pacingCases('default', false);
  assert.ok(cases.length > 0);
  assert.ok(cases.every(({ subject, reference }) => subject !== 'peer' && reference === null));
});

it('makes nights whose due times are in the order of the table, and on average at the rate', async () => {
  const { path, events } = await night();
  const database = new SQLite(path, { readonly: true });
  const times = database
    .prepare(`SELECT CAST(value AS REAL) FROM attribute WHERE key = '__wire_time' ORDER BY event_id`)
    .pluck()
    .all() as number[];
  database.close();
  assert.equal(events, EVENTS);
  assert.equal(times.length, EVENTS);
  for (let i = 1; i < EVENTS; i++) assert.ok(times[i] >= times[i - 1]);
  assert.ok(Math.abs(times[EVENTS - 1] - times[0] - DURATION_S) < 1e-5);
});

it('spreads events as a Poisson process does', () => {
  const times = poissonTimes(100_000, 50);
  assert.deepEqual([times[0], times[99_999]], [0, 50]);
  const gaps = Array.from({ length: 99_999 }, (_, i) => times[i + 1] - times[i]);
  // Of exponential gaps, so many are shorter than a tenth of the mean, and longer than thrice.
  const share = (test: (gap: number) => boolean) => gaps.filter(test).length / gaps.length;
  assert.ok(Math.abs(share((gap) => gap < 0.1 * 0.0005) - (1 - Math.exp(-0.1))) < 0.005);
  assert.ok(Math.abs(share((gap) => gap > 3 * 0.0005) - Math.exp(-3)) < 0.005);
});

it('finds the percentiles of a list of seconds, and takes what is early for not late', () => {
  const path = join(folder, 'listed');
  writeFileSync(
    path,
    Float64Array.from({ length: 1000 }, (_, i) => (1000 - i) / 1e6),
  );
  const figures = Object.entries(latenessIn('send', listedLateness(path, 0).lateness));
  assert.deepEqual(Object.fromEntries(figures.map(([name, us]) => [name, Math.round(us!)])), {
    ...{ sendP50Us: 500, sendP90Us: 900, sendP99Us: 990, sendP999Us: 999, sendMaxUs: 1000 },
  });
  writeFileSync(path, Float64Array.of(-1e-6, 1e9));
  assert.deepEqual([listedLateness(path, 1).timed, listedLateness(path, 1).lateness.totalCount], [2, 1]);
  const { totalCount, maxValue } = listedLateness(path, 0).lateness;
  assert.deepEqual([totalCount, Math.round(maxValue / 1e10)], [2, 360]);
  writeFileSync(path, '');
  assert.equal(latenessIn('send', listedLateness(path, 0).lateness).sendP99Us, null);
});

const RECEPTION = {
  ...{ received: 10, lost: 0, outOfOrder: 0, unnumbered: 0, firstSequence: 1, bytes: 100 },
  ...{ seconds: 10, untimed: 0 },
};
const FAULTS: Record<string, [sent: number, reception: Partial<typeof RECEPTION>, number: number]> = {
  'nothing is amiss': [10, {}, 0],
  'it took little longer than planned': [10, { seconds: 10.15 }, 0],
  'it took too long': [10, { seconds: 10.3 }, 1],
  'it was over too soon': [10, { seconds: 9.7 }, 1],
  'events are missing': [10, { received: 9, lost: 1 }, 2],
  'an event brought no time': [10, { untimed: 1 }, 1],
  'the publisher lost count': [9, {}, 2],
};
for (const [what, [events, reception, number]] of Object.entries(FAULTS)) {
  it(`finds what is wrong with a trial: ${what}`, () => {
    const sent = { events, timed: 10 };
    const expected = { events: 10, digest: null, plannedS: 10 };
    const { reasons } = pacedFaultsOf(expected, sent, { ...RECEPTION, ...reception });
    assert.equal(reasons.length, number);
  });
}
