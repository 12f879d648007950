import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FindBurstOptions, findBurst } from '../../src/loadtest/search/find-burst.js';
import { isLagSteady, lagSlope } from '../../src/loadtest/search/lag-slope.js';
import { LoadRecord } from '../../src/loadtest/search/load-record.js';
import { DEFAULT_GOAL } from '../../src/loadtest/search/search-goal.js';
import type { BurstResult, SearchResult } from '../../src/loadtest/search/search-result.js';
import { searchRuns } from '../../src/loadtest/search/search-runs.js';
import { type SweepOptions, sweep, sweepLoads } from '../../src/loadtest/search/sweep.js';
import { trialTimeS } from '../../src/loadtest/search/trial-time.js';
import { idealTrial, searchTrial, trialResult } from '../support/made-up-trial.js';

const SHORT_S = 5;

/** What trials of 3 s say, each a letter: good, bad, lossy, invalid, unclear. */
function stateOf(letters: string, sumS = SHORT_S, exceedRatio = 0.5): string {
  const record = new LoadRecord(100);
  const plan = { load: 100, measuredS: 3 };
  const bad = idealTrial(plan, 90);
  const unclear = idealTrial(plan, 90);
  const wide = { perS: 1, lowPerS: -5, highPerS: 9, residual: 30 };
  const trials: Readonly<Record<string, ReturnType<typeof trialResult>>> = {
    g: trialResult(plan),
    b: bad,
    l: { ...bad, isLossy: true },
    i: trialResult(plan, { outcome: 'invalid', limit: 'machine' }),
    u: { ...unclear, subscribers: unclear.subscribers.map((each) => ({ ...each, lagSlope: wide })) },
  };
  for (const letter of letters) record.add(searchTrial(trials[letter]));
  return record.state({ ...DEFAULT_GOAL, exceedRatio }, sumS);
}

describe('the trials of a load', () => {
  it('decide early where they agree, and take the whole time where they do not', () => {
    assert.deepEqual(
      ['', 'g', 'b', 'bb', 'gb', 'bg'].map((each) => stateOf(each)),
      [...['open', 'holds', 'open', 'fails', 'open', 'open']],
    );
    assert.deepEqual(
      ['bggg', 'gbbb', 'gbgbgb', 'gbgbgbg'].map((each) => stateOf(each)),
      [...['holds', 'fails', 'open', 'disagree']],
    );
    assert.deepEqual(
      ['ggg', 'gggg', 'bbb', 'bbbb'].map((each) => stateOf(each, 20)),
      [...['open', 'holds', 'open', 'fails']],
    );
  });

  it('allow for no loss that is seen twice, and leave the load open at one', () => {
    assert.deepEqual(
      ['l', 'll', 'lb', 'lg', 'lgggggg', 'lgggl'].map((each) => stateOf(each)),
      [...['open', 'fails', 'fails', 'open', 'disagree', 'fails']],
    );
  });

  it('allow for no bad trial at a ratio of 0', () => {
    assert.deepEqual(
      ['g', 'gg', 'gb', 'gbb'].map((each) => stateOf(each, SHORT_S, 0)),
      [...['open', 'holds', 'open', 'fails']],
    );
  });

  it('allow for most trials being bad at a ratio of 0.8', () => {
    assert.deepEqual(
      ['gb', 'ggbb', 'bbbbbb', 'gbbbbbb'].map((each) => stateOf(each, SHORT_S, 0.8)),
      ['holds', 'holds', 'fails', 'disagree'],
    );
  });

  it('say nothing if three are invalid, or if lag varied too much to be told', () => {
    assert.deepEqual(
      ['ii', 'iii', 'igi', 'iigi', 'gii'].map((each) => stateOf(each, 20)),
      [...['open', 'invalid', 'open', 'invalid', 'open']],
    );
    assert.deepEqual(
      ['uu', 'uuuuuuu'].map((each) => stateOf(each)),
      ['open', 'disagree'],
    );
  });

  it('are overruled by a hold that is bad', () => {
    const record = new LoadRecord(100);
    for (let i = 0; i < 6; i++) record.add(searchTrial(trialResult({ load: 100, measuredS: 5 })));
    assert.equal(record.state(DEFAULT_GOAL, 20), 'holds');
    record.add(searchTrial(idealTrial({ load: 100, measuredS: 30 }, 90), { phase: 'hold' }));
    assert.equal(record.state(DEFAULT_GOAL, 20), 'fails');
  });
});

describe('lag', () => {
  it('is steady up to a quarter of the width', () => {
    const growing = (perS: number) =>
      lagSlope(Array.from({ length: 30 }, (_, i) => [i / 10, perS * (i / 10)]))!;
    assert.ok(Math.abs(growing(12).perS - 12) < 1e-9);
    assert.deepEqual(
      [0, 12, 13].map((perS) => isLagSteady(growing(perS), 1000, 0.05)),
      [true, true, false],
    );
    assert.equal(lagSlope([[1, 2]]), null);
  });

  it('makes trials longer where it varies, or where events are few', () => {
    assert.equal(trialTimeS(10_000, 0, 0.025), 2);
    assert.equal(trialTimeS(200, 0, 0.025), 5);
    assert.equal(trialTimeS(10_000, 0.02, 0.025), 4);
    assert.equal(trialTimeS(10, 1, 0.025), 20);
  });
});

describe('the search for the largest burst', () => {
  const options: FindBurstOptions = {
    ...{ guess: 1000, mostEvents: 1_000_000, width: 0.05, limitS: 1e9 },
    elapsedS: () => 0,
  };
  const burstOf = (events: number, mark: number): BurstResult => ({
    ...{ events, outcome: events <= mark ? 'good' : 'bad', reasons: [], limit: null, recoveryS: 0.1 },
    lost: events <= mark ? [] : ['gui'],
  });

  it('closes in on any mark from any guess', async () => {
    const size = fc.integer({ min: 1, max: 900_000 });
    await fc.assert(
      fc.asyncProperty(size, size, async (mark, guess) => {
        const found = await findBurst(async (events) => burstOf(events, mark), { ...options, guess });
        const { verdict, lower, upper, lost, bursts } = found;
        assert.deepEqual([verdict, found.endedBy, lost], ['found', 'width', ['gui']]);
        assert.ok(lower! <= mark && mark < upper!, `${lower} to ${upper}`);
        assert.ok(upper! - lower! <= Math.max(1, 0.05 * lower!));
        assert.equal(bursts.filter(({ events }) => events === lower).length, 3);
      }),
    );
  });

  it('tells before each burst which it is, and between which sizes the answer lies', async () => {
    const told: (readonly (number | null)[])[] = [];
    await findBurst(async (events) => burstOf(events, 1500), {
      ...{ ...options, width: 1 },
      onProgress: ({ number, events, lower, upper, bursts }) => {
        assert.equal(bursts.length, number - 1);
        told.push([number, events, lower, upper]);
      },
    });
    assert.deepEqual(told, [...[1, 2, 3].map((number) => [number, 1000, null, null]), [4, 2000, 1000, null]]);
  });

  it('does not take a burst as borne that is lost at the third time', async () => {
    const counts = new Map<number, number>();
    const found = await findBurst(async (events) => {
      const count = (counts.get(events) ?? 0) + 1;
      counts.set(events, count);
      return burstOf(events, count === 3 ? 500 : 5000);
    }, options);
    assert.ok(found.lower! <= 500 && found.upper! > 500, `${found.lower} to ${found.upper}`);
  });

  it('says "at least" where there is no larger one, or none can be sent', async () => {
    const most = await findBurst(async (events) => burstOf(events, 1e9), options);
    assert.deepEqual([most.verdict, most.lower, most.limitedBy], ['at-least', 1_000_000, null]);
    const limited = await findBurst(
      async (events) =>
        events <= 3000
          ? burstOf(events, 1e9)
          : { ...burstOf(events, 1e9), outcome: 'invalid', limit: 'load', reasons: ['It took 2 s to send'] },
      options,
    );
    assert.deepEqual(
      [limited.verdict, limited.limitedBy, limited.reasons],
      ['at-least', 'load', ['It took 2 s to send']],
    );
    assert.ok(limited.lower! > 2850 && limited.lower! <= 3000, `${limited.lower}`);
  });

  it('is inconclusive where one event is lost, or it is stopped', async () => {
    const none = await findBurst(async (events) => burstOf(events, 0), options);
    assert.deepEqual([none.verdict, none.lower, none.upper], ['inconclusive', null, 1]);
    const stopped = await findBurst(async (events) => burstOf(events, 10), {
      ...options,
      signal: AbortSignal.abort(),
    });
    assert.deepEqual([stopped.verdict, stopped.endedBy, stopped.bursts], ['inconclusive', 'stopped', []]);
  });
});

describe('a sweep', () => {
  const options: SweepOptions = {
    ...{ unit: 'rate', from: 1000, to: 16_000, steps: 5, width: 0.05, eventsPerLoad: 1 },
    elapsedS: () => 0,
  };

  it('tries loads at equal distances of logarithms, from the lowest to the highest', async () => {
    const { trials } = await sweep(async (plan) => idealTrial(plan, 5000), options);
    assert.deepEqual(
      trials.map(({ load, outcome, phase }) => [Math.round(load), outcome, phase]),
      [1000, 2000, 4000, 8000, 16_000].map((load) => [load, load > 5000 ? 'bad' : 'good', 'sweep']),
    );
    assert.deepEqual(sweepLoads({ from: 9, to: 1, steps: 3 }), [1, 3, 9]);
  });

  it('repeats a trial that says nothing, up to three times, and keeps one of each load', async () => {
    let tried = 0;
    const { trials } = await sweep(async (plan) => {
      tried += 1;
      const isInvalid = plan.load > 15_000 || tried === 2;
      return isInvalid ? trialResult(plan, { outcome: 'invalid', limit: 'machine' }) : trialResult(plan);
    }, options);
    assert.deepEqual(
      trials.map(({ outcome }) => outcome),
      [...Array(4).fill('good'), 'invalid'],
    );
    assert.equal(tried, 8);
  });
});

describe('searches that are repeated', () => {
  const run = (verdict: SearchResult['verdict'], lower: number | null): SearchResult => ({
    ...{
      unit: 'rate',
      verdict,
      endedBy: 'width',
      lower,
      upper: null,
      heldS: 30,
      gaveWay: null,
      limitedBy: null,
    },
    ...{ reasons: [], loads: [], trials: [], tookS: 60 },
  });

  it('give the median and the range of those that have found something', () => {
    const runs = searchRuns([
      run('found', 100),
      run('found', 130),
      run('inconclusive', 900),
      run('found', 110),
    ]);
    assert.deepEqual([runs.median, runs.least, runs.most, runs.verdict], [110, 100, 130, 'found']);
    assert.equal(searchRuns([run('found', 100), run('found', 121)]).median, 110);
    const atLeast = searchRuns([run('at-least', 50), run('inconclusive', null)]);
    assert.deepEqual([atLeast.median, atLeast.verdict], [50, 'inconclusive']);
    const none = searchRuns([run('inconclusive', null)]);
    assert.deepEqual([none.median, none.least, none.most, none.verdict], [null, null, null, 'inconclusive']);
  });
});
