import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { pacedNight, poissonTimes } from '../bench/paced-night.js';
import { type PacedMeasurement, pacedFaults, playPaced } from '../bench/paced-play.js';
import { latenessOf, ours, PACED_PUBLISHER } from '../bench/paced-publisher.js';
import type { PacingResult, PacingTrial } from '../bench/pacing.js';
import { summarizePacing } from '../bench/pacing-summary.js';
import { chooseReceiver, requireReceiverInC } from '../bench/receiver.js';
import { endAll, type Outcome, RunningProgram, skipWithoutPython } from './peer.js';

const BENCH = fileURLToPath(new URL('../bench/main.js', import.meta.url));
const LATE_PUBLISHER = fileURLToPath(new URL('../../test/python/late_publisher.py', import.meta.url));
const TIMEOUT_MS = 120_000;
const RATE_PER_S = 200;
const DURATION_S = 2;
const EVENTS = RATE_PER_S * DURATION_S;
const LATE_US = 20_000;

/** The benchmark's cache is in here, and leaves with it. */
const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-pacing-'));
process.env.TMPDIR = folder;

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function bench(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const options = { timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder, ...env } };
  return new RunningProgram(process.execPath, [BENCH, 'pacing', ...args], options).outcome;
}

function skip(): string | false {
  const { language, reason } = chooseReceiver();
  return skipWithoutPython() || (language === 'C' ? false : `no receiver in C: ${reason}`);
}

function night() {
  const options = { signal: new AbortController().signal, onMake: () => {} };
  return pacedNight({ ...options, ratePerS: RATE_PER_S, durationS: DURATION_S });
}

describe('the pacing benchmark', { skip: skip() }, () => {
  it('measures each mode and the peer in turns, at both ends, and gives every trial as JSON', async () => {
    const { code, stdout, stderr } = await bench([
      ...['--rates', '100,400', '--seconds', '1', '--runs', '1', '--json'],
    ]);
    assert.equal(code, 0, stderr);
    const { trials, summaries, nights } = JSON.parse(stdout) as PacingResult;
    const publishers = ['peer', 'precise', 'balanced', 'eco'];
    assert.deepEqual(
      trials.map(({ publisher, ratePerS, run, state }) => [publisher, ratePerS, run, state]),
      [100, 400].flatMap((rate) => publishers.map((name) => [name, rate, 1, 'valid'])),
    );
    assert.deepEqual(
      nights.map(({ events, ratePerS }) => [events, ratePerS]),
      [
        [100, 100],
        [400, 400],
      ],
    );
    for (const { ratePerS, received, lost, sendLateness, arrivalLateness, coreShare } of trials) {
      assert.deepEqual({ received, lost }, { received: ratePerS, lost: 0 });
      assert.ok(sendLateness && sendLateness.p50Us >= 0 && sendLateness.maxUs >= sendLateness.p999Us);
      assert.ok(arrivalLateness && arrivalLateness.maxUs >= arrivalLateness.p50Us);
      if (process.platform === 'linux') assert.ok(Number(coreShare) > 0);
    }
    assert.deepEqual(
      summaries.map(({ publisher, ratePerS }) => [publisher, ratePerS]),
      trials.map(({ publisher, ratePerS }) => [publisher, ratePerS]),
    );
    const [peer, precise] = trials;
    assert.equal(
      summaries[1].sendToPeer.p50Us?.median,
      precise.sendLateness!.p50Us / peer.sendLateness!.p50Us,
    );
  });

  it('prints a table for people', async () => {
    const args = ['--rates', '300', '--seconds', '1', '--runs', '2', '--only', 'eco,peer'];
    const { code, stdout, stderr } = await bench(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^2 runs of 1 s; .*1 subscriber in C/m);
    assert.match(stdout, /^300 events\/s, 300 events$/m);
    for (const name of ['eco', 'peer']) assert.match(stdout, new RegExp(`│ ${name} +│ 2 of 2 │ +0 │ sent`));
    assert.match(stdout, /│ +to peer +│ +[\d.]+ ×/);
    for (const name of readdirSync(join(folder, readdirSync(folder)[0])))
      assert.match(name, /^(paced-[\w-]+\.db|subscriber)$/);
  });

  it('calls a trial invalid in which events are missing', async () => {
    const publisher = ours('balanced', ['--exclude', 'tracker.*']);
    const attempt = await playPaced({
      ...{ publisher, night: await night(), receiver: requireReceiverInC(), speedup: 1 },
      measure: 'lateness',
    });
    assert.ok(attempt.state === 'invalid');
    assert.ok(attempt.received! < EVENTS && attempt.lost === EVENTS - attempt.received!);
    assert.match(attempt.reasons.join('\n'), /sent \d+ of 400 events\nreceived \d+ of 400 events/);
  });

  it('calls a trial invalid whose publisher plays faster than asked', async () => {
    const publisher = ours('balanced');
    const attempt = await playPaced({
      ...{ publisher: { ...publisher, args: (sending) => publisher.args({ ...sending, speedup: 2 }) } },
      ...{ night: await night(), receiver: requireReceiverInC(), speedup: 1, measure: 'lateness' },
    });
    assert.ok(attempt.state === 'invalid');
    assert.equal(attempt.received, EVENTS);
    assert.match(attempt.reasons.join('\n'), /^took [01]\.\d+ s, planned were 2\.000 s$/);
  });

  it('shows a publisher that sleeps too long, by its own clock and at the subscriber', async () => {
    const { peer } = PACED_PUBLISHER;
    const publisher = {
      ...peer,
      // In place of the model, which is its first argument.
      args: (sending: Parameters<typeof peer.args>[0]) => [LATE_PUBLISHER, ...peer.args(sending).slice(1)],
    };
    const attempt = await playPaced({
      ...{ publisher, night: await night(), receiver: requireReceiverInC(), speedup: 1 },
      measure: 'lateness',
    });
    assert.equal(attempt.received, EVENTS);
    assert.ok(attempt.sendLateness!.maxUs >= LATE_US);
    assert.ok(attempt.arrivalLateness!.maxUs >= LATE_US);
    // At 200 events/s each sleep makes some of the next ones late as well.
    assert.ok(attempt.arrivalLateness!.p50Us >= LATE_US / 4);
  });

  it('says what it takes where there is no compiler', async () => {
    const { code, stderr } = await bench(['--quick'], { CC: 'no-such-compiler' });
    assert.equal(code, 1);
    assert.match(stderr, /^error: No receiver: it takes the one in C .* no C compiler no-such-compiler/);
  });
});

it('refuses a publisher that it does not know', async () => {
  const { code, stderr } = await bench(['--only', 'peer,balance']);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Expected --only to be peer, precise, balanced or eco, got "balance"/);
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

it('finds percentiles as a histogram does', () => {
  const seconds = Float64Array.from({ length: 1000 }, (_, i) => (1000 - i) / 1e6);
  const rounded = Object.entries(latenessOf(seconds)!).map(([name, us]) => [name, Math.round(us)]);
  assert.deepEqual(Object.fromEntries(rounded), { p50Us: 500, p99Us: 990, p999Us: 999, maxUs: 1000 });
  assert.equal(latenessOf(new Float64Array()), null);
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
};
for (const [what, [sent, reception, number]] of Object.entries(FAULTS)) {
  it(`finds what is wrong with a trial: ${what}`, () => {
    assert.equal(pacedFaults(10, 10, { events: sent }, { ...RECEPTION, ...reception }).length, number);
  });
}

it('averages valid trials only, and compares those of the same run and rate', () => {
  const summaries = summarizePacing([
    trial('peer', 200, 1, 100),
    trial('eco', 200, 1, 50),
    trial('peer', 2000, 1, 10),
    trial('eco', 2000, 1, 40),
    trial('peer', 200, 2, 100, 'invalid'),
    trial('eco', 200, 2, 70),
    trial('peer', 200, 3, 10),
    trial('eco', 200, 3, 60),
  ]);
  assert.deepEqual(
    summaries.map(({ publisher, ratePerS, trials, invalidTrials, lost, send, sendToPeer }) => [
      ...[publisher, ratePerS, trials, invalidTrials, lost, send.p99Us, sendToPeer.p99Us],
    ]),
    [
      ['peer', 200, 3, 1, 1, { median: 55, min: 10, max: 100 }, { median: 1, min: 1, max: 1 }],
      ['eco', 200, 3, 0, 0, { median: 60, min: 50, max: 70 }, { median: 3.25, min: 0.5, max: 6 }],
      ['peer', 2000, 1, 0, 0, { median: 10, min: 10, max: 10 }, { median: 1, min: 1, max: 1 }],
      ['eco', 2000, 1, 0, 0, { median: 40, min: 40, max: 40 }, { median: 4, min: 4, max: 4 }],
    ],
  );
});

function trial(
  publisher: PacingTrial['publisher'],
  ratePerS: number,
  run: number,
  us: number,
  state: PacingTrial['state'] = 'valid',
): PacingTrial {
  const lateness = { p50Us: us, p99Us: us, p999Us: us, maxUs: us };
  const measurement: PacedMeasurement = {
    ...{ received: 9, lost: state === 'valid' ? 0 : 1, outOfOrder: 0, durationS: 1, eventsPerS: 9 },
    ...{ sendLateness: lateness, arrivalLateness: null, offsets: null, coreShare: null, peakRssBytes: null },
  };
  const name = { publisher, ratePerS, run };
  return state === 'valid'
    ? { ...name, state, ...measurement }
    : { ...name, state, reasons: ['as a test'], ...measurement };
}
