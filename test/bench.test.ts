import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EndToEndResult } from '../bench/end-to-end.js';
import { faults } from '../bench/play.js';
import { summarize } from '../bench/summary.js';
import type { Trial } from '../bench/trial.js';
import { endAll, type Outcome, RunningProgram, skipWithoutPython } from './peer.js';

const BENCH = fileURLToPath(new URL('../bench/main.js', import.meta.url));
const EVENTS = 2000;
const TIMEOUT_MS = 120_000;

/** The benchmark's cache is in here, and leaves with it. */
const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-'));

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function bench(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const options = { timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder, ...env } };
  return new RunningProgram(process.execPath, [BENCH, ...args], options).outcome;
}

describe('the end-to-end benchmark', { skip: skipWithoutPython() }, () => {
  it('measures ours and the peer in turns, and gives every trial as JSON', async () => {
    const { code, stdout, stderr } = await bench(['--events', String(EVENTS), '--runs', '1', '--json']);
    assert.equal(code, 0, stderr);
    const { trials, summary, start, large, night, environment, conditions } = resultOf(stdout);
    assert.deepEqual(
      trials.map(({ publisher, run, state }) => ({ publisher, run, state })),
      [
        { publisher: 'peer', run: 1, state: 'valid' },
        { publisher: 'ours', run: 1, state: 'valid' },
      ],
    );
    for (const trial of trials) {
      const { received, lost, outOfOrder } = trial;
      assert.deepEqual({ received, lost, outOfOrder }, { received: EVENTS, lost: 0, outOfOrder: 0 });
      for (const field of ['eventsPerS', 'bytesPerS', 'publisherEventsPerS', 'wallS', 'durationS'] as const) {
        assert(Number(trial[field]) > 0, `${trial.publisher}: ${field} is ${trial[field]}`);
      }
      if (process.platform === 'linux') {
        assert(Number(trial.peakRssBytes) > 1e6 && Number(trial.cpuUsPerEvent) > 0);
      }
    }
    const [peer, ours] = trials;
    assert.equal(summary.ratio?.median, Number(ours.eventsPerS) / Number(peer.eventsPerS));
    assert.equal(summary.publishers.ours?.eventsPerS?.median, ours.eventsPerS);
    assert.equal(start?.events, EVENTS);
    assert(start.firstEventS.median > 0);
    assert.equal(large, null);
    assert.deepEqual([night.events, night.attributes], [EVENTS, 16]);
    assert.equal(environment.node, process.versions.node);
    assert.equal(conditions.subscribers, 1);
  });

  it('prints a table for people, with the receiver in Python where there is no compiler', async () => {
    const args = ['--events', String(EVENTS), '--runs', '2', '--workers', '1'];
    const { code, stdout, stderr } = await bench(args, { CC: 'no-such-compiler' });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 subscriber in Python; .* threads of ours: 1;/);
    assert.match(stdout, /could not be had: no C compiler no-such-compiler/);
    assert.match(stdout, /│ peer │ 2 of 2 │/);
    assert.match(stdout, /│ ours │ 2 of 2 │/);
    assert.match(stdout, /^ours \/ peer: \d/m);
    assert.match(stdout, /^first event: within \d/m);
  });

  it('calls a trial invalid in which events are lost, and fails', async () => {
    const events = 20_000;
    const args = ['--events', String(events), '--runs', '1', '--only', 'ours', '--hwm', '1', '--json'];
    const { code, stdout, stderr } = await bench(args);
    assert.equal(code, 1, stderr);
    const { trials, summary } = resultOf(stdout);
    assert.equal(trials.length, 1);
    const [trial] = trials;
    assert(trial.state === 'invalid' && trial.lost! > 0 && trial.received! + trial.lost! === events);
    assert.match(stderr, /INVALID: received \d+ of 20000 events/);
    const { trials: number, invalidTrials, lost, eventsPerS } = summary.publishers.ours!;
    assert.deepEqual(
      { number, invalidTrials, lost, eventsPerS },
      { number: 1, invalidTrials: 1, lost: trial.lost, eventsPerS: null },
    );
    assert.equal(summary.ratio, null);
  });
});

it('keeps nothing but nights and the receiver, and removes them on request', async () => {
  const [cache] = readdirSync(folder);
  if (cache !== undefined) {
    for (const name of readdirSync(join(folder, cache)))
      assert.match(name, /^(night-[\w-]+\.db|subscriber)$/);
  }
  const { code } = await bench(['--clean']);
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(folder), []);
});

it('refuses a publisher that it does not know', async () => {
  const { code, stderr } = await bench(['--only', 'our']);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Expected --only to be peer or ours, got "our"; did you mean ours\?\n$/);
});

const WHOLE = {
  received: 10,
  lost: 0,
  outOfOrder: 0,
  unnumbered: 0,
  firstSequence: 1,
  bytes: 100,
  seconds: 1,
};
const FAULTS: Record<string, [sent: number, reception: Partial<typeof WHOLE>, number: number]> = {
  'nothing is amiss': [10, {}, 0],
  'the publisher sent too few': [9, { received: 9 }, 2],
  'the first or last ones are missing': [10, { received: 8 }, 1],
  'the first one is missing, and another came at the end': [10, { firstSequence: 2 }, 1],
  'some in between are missing': [10, { received: 8, lost: 2 }, 2],
  'some are out of order': [10, { outOfOrder: 1 }, 1],
  'some have no number': [10, { unnumbered: 3 }, 1],
};
for (const [what, [sent, reception, number]] of Object.entries(FAULTS)) {
  it(`finds what is wrong with a trial: ${what}`, () => {
    assert.equal(faults(10, { events: sent }, { ...WHOLE, ...reception }).length, number);
  });
}

it('averages valid trials only, and compares those of the same run', () => {
  const trials = [
    trial('peer', 1, 10),
    trial('ours', 1, 50),
    trial('peer', 2, 10),
    trial('ours', 2, 900, 'invalid'),
    trial('peer', 3, 20),
    trial('ours', 3, 60),
  ];
  const { publishers, ratio } = summarize(trials);
  assert.deepEqual(publishers.ours?.eventsPerS, { median: 55, min: 50, max: 60 });
  assert.deepEqual(publishers.peer?.eventsPerS, { median: 10, min: 10, max: 20 });
  assert.deepEqual(ratio, { median: 4, min: 3, max: 5 });
  assert.equal(publishers.ours.invalidTrials, 1);
});

function trial(
  publisher: Trial['publisher'],
  run: number,
  eventsPerS: number,
  state: Trial['state'] = 'valid',
): Trial {
  const measurement = {
    ...{ received: 1, lost: 0, outOfOrder: 0, durationS: 1, bytes: 1, bytesPerS: 1, wallS: 1 },
    ...{ eventsPerS, publisherEventsPerS: eventsPerS, peakRssBytes: null, cpuS: null, cpuUsPerEvent: null },
  };
  return state === 'valid'
    ? { publisher, run, state, ...measurement }
    : { publisher, run, state, reasons: ['as a test'], ...measurement };
}

function resultOf(stdout: string): EndToEndResult {
  return JSON.parse(stdout) as EndToEndResult;
}
