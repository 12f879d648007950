/** One quick look, as a user has it, at cases of all scenarios: what each case beside these has is shown by the file of its scenario. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cachePath } from '../../bench/cache.js';
import { convertScenario } from '../../bench/convert/scenario.js';
import {
  type BenchResult,
  type CaseResult,
  SCHEMA,
  type ScenarioResult,
  type Trial,
} from '../../bench/result.js';
import { SCENARIOS } from '../../bench/scenarios.js';
import { OUTPUT_FORMS } from '../../src/convert/output-form.js';
import { ownBenchCache, skipWithoutPeers } from '../support/bench-cache.js';
import { type Outcome, RunningProgram } from '../support/peer.js';

const BENCH = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
/** Of the footprint. */
const PACED_PER_S = 2000;
/** Far fewer than a benchmark takes: it is not looked at how large its figures are. */
const EVENTS = 2000;
/** Of the program in C that sends to several subscribers. */
const LIMIT_EVENTS = 100_000;
/** So long that the slowest event loop is looked at several times behind the warm-up. */
const SECONDS = 1;
/** Of each scenario those that differ most from each other. Their cases of reference come with them. */
const CASES = [
  ...['16 attributes, index, converted', '16 attributes, scattered', '300 B, tcp', 'ours', 'receiver'],
  ...['balanced, 2000/s', 'flat out, 4 subscribers', '500/s, 4 subscribers'],
  ...['* events, __wire_time, no index, cold', 'bare Node', '--help'],
  ...[`${PACED_PER_S} events/s`, 'mcap', 'csv.gz', 'encode'],
];
const TIMEOUT_MS = 600_000;
/** A trial that was late for the machine's sake says nothing about the benchmark; all else must not happen. */
const OF_A_BUSY_MACHINE = /\btook \d|\baimed at \d/;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('quick');

/** A case, and its only trial. */
type Measured = CaseResult & { readonly trial: Trial };

describe('a quick look at each scenario', { skip: skipWithoutPeers() }, () => {
  let outcome: Outcome;
  let result: BenchResult;

  before(async () => {
    const args = [
      ...['--quick', '--runs', '1', '--events', String(EVENTS), '--seconds', String(SECONDS)],
      ...CASES.map((id) => `--case=${id}`),
    ];
    outcome = await new RunningProgram(process.execPath, [BENCH, ...args, '--json', '-'], {
      ...{ timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder } },
    }).outcome;
    result = JSON.parse(outcome.stdout) as BenchResult;
  });

  function scenario(name: string): ScenarioResult {
    const found = result.scenarios.find((each) => each.name === name);
    assert(found !== undefined, name);
    return found;
  }

  function casesOf(name: string): Measured[] {
    return scenario(name).cases.map((each) => ({ ...each, trial: each.trials[0] }));
  }

  function caseOf(name: string, id: string): Measured {
    const found = casesOf(name).find((each) => each.id === id);
    assert(found !== undefined, `${name}, ${id}`);
    return found;
  }

  /** What is measured is what is described, in any order. */
  function assertDescribed(name: string, { trial }: Measured, ofNone: readonly string[] = []): void {
    const names = scenario(name).figures.map((figure) => figure.name);
    assert.deepEqual(
      Object.keys(trial.figures).toSorted(),
      names.filter((each) => !ofNone.includes(each)).toSorted(),
    );
  }

  it('measures each of them: nothing is lost, out of order or of other content', () => {
    const { schema, level, runs, scenarios } = result;
    assert.deepEqual([schema, level, runs], [SCHEMA, 'quick', 1], outcome.stderr);
    assert.deepEqual(
      scenarios.map(({ name }) => name),
      SCENARIOS.filter(({ isOnRequest }) => isOnRequest !== true).map(({ name }) => name),
    );
    for (const { name, cases, figures } of scenarios) {
      assert.ok(cases.length > 0, name);
      for (const { id, trials, summary } of cases) {
        const where = `${name}, ${id}`;
        assert.deepEqual([trials.length, summary.valid + summary.invalid], [1, 1], where);
        const [trial] = trials;
        const reasons = trial.state === 'valid' ? [] : trial.reasons;
        assert.deepEqual(
          reasons.filter((reason) => !OF_A_BUSY_MACHINE.test(reason)),
          [],
          where,
        );
        const { counts } = trial;
        if (counts !== null) {
          const { expected, received, lost, outOfOrder, isContentRight } = counts;
          assert.deepEqual([received, lost, outOfOrder], [expected, 0, 0], where);
          assert.notEqual(isContentRight, false, where);
        }
        const known = figures.filter((figure) => trial.figures[figure.name] != null);
        assert.ok(known.length > 0, `${where}: no figure`);
      }
    }
  });

  it('leaves nothing but what is kept for the next one', () => {
    for (const name of readdirSync(cachePath()))
      assert.match(
        name,
        /^((night|paced|decode)-[\w-]+\.(db|frames|digest)|frames-[\w-]+|(subscriber|publisher)-\w+)$/,
      );
  });

  it('has the figures of decoding, and of SQLite alone', () => {
    const { figures: described } = scenario('decode');
    const cases = casesOf('decode');
    assert.equal(cases.length, 3);
    for (const { id, subject, trial } of cases) {
      const { figures } = trial;
      assert.deepEqual(
        Object.keys(figures),
        described.map(({ name }) => name),
      );
      assert.ok(figures.eventsPerS! > 0 && figures.cpuUs! > 0, id);
      for (const figure of [figures.bytesPerS, figures.toSqlite])
        assert.equal(figure === null, subject === 'limit');
      if (subject === 'ours') assert.ok(figures.toSqlite! > 0.2, id);
    }
  });

  it('looks at the content of what is published, by ours and by the limit', () => {
    const cases = casesOf('publish');
    assert.equal(cases.length, 2);
    for (const { id, trial } of cases) assert.equal(trial.counts!.isContentRight, true, id);
  });

  it('has the figures of ours, the peer and the receiver from end to end', () => {
    for (const [id, ofNone] of [
      ['ours', ['prepareS', 'preparedBytes']],
      ['peer', ['prepareS', 'preparedBytes']],
      ['receiver', ['prepareS', 'preparedBytes', 'peakRssBytes', 'publisherEventsPerS', 'wallS']],
    ] as const) {
      const measured = caseOf('end-to-end', id);
      const { counts, figures, achievedPerS, course } = measured.trial;
      assert.deepEqual(counts, {
        ...{ expected: EVENTS, received: EVENTS, lost: 0, outOfOrder: 0, isContentRight: true },
      });
      assertDescribed('end-to-end', measured, ofNone);
      for (const [name, value] of Object.entries(figures)) {
        if (process.platform !== 'linux' && value === null) continue;
        assert(Number(value) > 0, `${id}: ${name} is ${value}`);
      }
      assert.equal(achievedPerS, figures.eventsPerS);
      assert(course.every(({ atS, eventsPerS }) => atS > 0 && eventsPerS >= 0));
    }
  });

  it('delivers everything to everybody flat out, and tells how fast and at what cost', () => {
    for (const [id, events] of [
      ['flat out, 4 subscribers', EVENTS],
      // It sends a short night again and again.
      ['limit, 4 subscribers', LIMIT_EVENTS],
    ] as const) {
      const { counts, figures } = caseOf('fan-out', id).trial;
      assert.deepEqual(counts, {
        ...{ expected: 4 * events, received: 4 * events, lost: 0, outOfOrder: 0, isContentRight: true },
      });
      for (const name of ['publishPerS', 'deliveredPerS', 'receiverCpuUsPerDelivery'])
        assert(figures[name]! > 0, `${id}: ${name}`);
      assert(figures.slowestShare! > 0 && figures.slowestShare! <= 1);
      assert.equal(figures.lostShare, 0);
    }
  });

  it('sees the right events first and after each jump, and what is kept', () => {
    const cases = casesOf('start').filter(({ parameters }) => 'hasIndex' in parameters);
    assert.deepEqual(
      cases.map(({ id }) => id),
      [`${EVENTS} events, __wire_time, no index, cold`],
    );
    for (const measured of cases) {
      const { id, trial } = measured;
      assertDescribed('start', measured, ['wallS', 'cpuUsPerEvent']);
      for (const name of ['firstEventS', 'firstSeekS', 'seekS', 'longestSeekS', 'keptBytes'])
        assert(trial.figures[name]! > 0, `${id}: ${name}`);
    }
  });

  it('tells how long bare Node, and what prints and ends, take', () => {
    const cases = casesOf('start').filter(({ parameters }) => !('hasIndex' in parameters));
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['bare Node', '--help'],
    );
    for (const { id, trial } of cases) assert(trial.figures.wallS! > 0, id);
  });

  it('has memory and event loop at a rate, at which every event arrives', () => {
    const events = SECONDS * PACED_PER_S;
    const measured = caseOf('footprint', `${PACED_PER_S} events/s`);
    const { counts, figures, course } = measured.trial;
    assert.deepEqual(counts, {
      ...{ expected: events, received: events, lost: 0, outOfOrder: 0, isContentRight: true },
    });
    assertDescribed('footprint', measured);
    assert(figures.heapUsedBytes! <= figures.largestHeapUsedBytes!);
    assert(figures.loopDelayP50Us! <= figures.loopDelayP99Us!);
    assert(figures.loopDelayP99Us! <= figures.loopDelayMaxUs!);
    if (process.platform === 'linux') assert(figures.peakRssBytes! > figures.heapUsedBytes!);
    assert(course.length > 0);
    for (const { eventsPerS } of course) assert(eventsPerS >= 0);
  });

  it('has rate and size of forms of output', () => {
    const cases = casesOf('convert');
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['replay', 'mcap', 'csv.gz'],
    );
    for (const { id, trial } of cases) {
      assert(trial.figures.eventsPerS! > 0, id);
      assert(id === 'replay' || trial.figures.outputBytes! > 0, id);
    }
  });

  it('has how long each part of the way takes', () => {
    for (const { id, trial } of casesOf('micro')) assert.ok(trial.figures.bestNs! > 0, id);
  });
});

it('has a case for each form of output', async () => {
  const { cases } = await convertScenario.prepare({
    ...{ level: 'quick', events: 100, seconds: undefined, highWaterMark: undefined, wants: () => true },
    ...{ signal: new AbortController().signal, onMake: () => {}, onStep: () => {} },
  });
  assert.deepEqual(
    cases.map(({ id }) => id),
    ['replay', ...OUTPUT_FORMS],
  );
});
