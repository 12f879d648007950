import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadTestOptions } from '../../src/loadtest/load-options.js';
import { resolveLoad } from '../../src/loadtest/resolve-load.js';

const FLAGS: Partial<Record<keyof LoadTestOptions, string>> = {
  ...{
    findMax: '--find-max',
    findBurst: '--find-burst',
    sweep: '--sweep',
    stages: '--stage',
    profile: '--profile',
  },
  ...{
    trialSumS: '--trial-sum',
    width: '--width',
    failIf: '--fail-if',
    onFull: '--on-full',
    arrival: '--arrival',
  },
  ...{ abortOnFail: '--abort-on-fail', subscribers: '--subscriber', exceed: '--exceed', runs: '--runs' },
};

const resolved = (options: LoadTestOptions) => resolveLoad(options, (option) => FLAGS[option] ?? option);
const searchOf = (options: LoadTestOptions) => resolved(options).search;

describe('the options of a search', () => {
  it('have defaults: the method, the busiest ten seconds, and two seconds to drain', () => {
    const load = resolved({ findMax: 'rate' });
    assert.deepEqual(load.search, {
      ...{ kind: 'highest', unit: 'rate', sweep: undefined, width: 0.05, trialSumS: 20, exceedRatio: 0.5 },
      ...{ warmUpS: 1, holdS: 30, runs: 1 },
    });
    assert.deepEqual([load.window, load.drainS, load.arrival, load.stages], [{ lengthS: 10 }, 2, 'even', []]);
    assert.equal(resolved({ findMax: 'speed' }).arrival, 'recorded');
    assert.equal(searchOf({ stages: ['1k:1s'] }), undefined);
  });

  it('take what the user says, and a profile that is a search', () => {
    const search = searchOf({
      findMax: 'rate',
      width: '20%',
      trialSumS: 5,
      exceed: '0',
      warmUpS: 0,
      holdS: 0,
      runs: '3',
    });
    assert.deepEqual(
      [search?.width, search?.trialSumS, search?.exceedRatio, search?.warmUpS, search?.holdS, search?.runs],
      [0.2, 5, 0, 0, 0, 3],
    );
    const { kind, unit } = searchOf({ profile: 'breakpoint' }) ?? {};
    assert.deepEqual([kind, unit], ['highest', 'speed']);
    assert.equal(searchOf({ profile: 'breakpoint', findMax: 'rate' })?.unit, 'rate');
    assert.deepEqual(searchOf({ sweep: '1k..20k/10' })?.sweep, { from: 1000, to: 20_000, steps: 10 });
    assert.equal(searchOf({ sweep: '1x..20x/3' })?.unit, 'speed');
    assert.equal(searchOf({ findBurst: true })?.kind, 'burst');
  });

  const refused: Record<string, [LoadTestOptions, RegExp]> = {
    'stages beside it': [
      { findMax: 'rate', stages: ['1k:1s'] },
      /^--find-max rate and --stage do not go together/,
    ],
    'a profile of stages': [
      { findMax: 'speed', profile: 'spike' },
      /^--find-max speed and --profile spike do not/,
    ],
    'two searches': [
      { findMax: 'rate', findBurst: true },
      /^--find-max rate and --find-burst do not go together/,
    ],
    'a search for something else': [{ findMax: 'latency' as 'rate' }, /--find-max to be rate or speed/],
    'how to search, without a search': [{ trialSumS: 5 }, /^--trial-sum needs --find-max/],
    'runs of a sweep': [{ sweep: '1k..2k/3', runs: 2 }, /^--runs needs --find-max/],
    'a width that is no percentage': [{ findMax: 'rate', width: '0.05' }, /--width to be a percentage/],
    'a share of all': [{ findMax: 'rate', exceed: 1 }, /--exceed to be a share from 0 to below 1/],
    'a sweep downwards': [{ sweep: '5k..1k/5' }, /--sweep to be from a lower load to a higher one/],
    'a sweep without steps': [{ sweep: '1k..5k' }, /--sweep to be two loads and a number of steps/],
    'a subscriber that leaves': [
      { findMax: 'rate', subscribers: ['1,leave=5s'] },
      /^--find-max rate and join or leave in --subscriber do not go together/,
    ],
    'a full queue that blocks': [
      { findMax: 'rate', onFull: 'block' },
      /^--find-max rate and --on-full block do not/,
    ],
    'an end at the first failure': [
      { findMax: 'rate', abortOnFail: true },
      /and --abort-on-fail do not go together/,
    ],
    'random arrivals at a speed': [
      { findMax: 'speed', arrival: 'poisson' },
      /^--arrival poisson and a speed in --find-max do not go together/,
    ],
    'a condition on what is not searched for': [
      { failIf: ['max-rate<5k'] },
      /^--fail-if max-rate<5k needs --find-max rate/,
    ],
    'a condition on the other figure': [
      { findMax: 'speed', failIf: ['max-rate<5k'] },
      /^--fail-if max-rate<5k needs --find-max rate/,
    ],
    'a highest load that may not be exceeded': [
      { findMax: 'rate', failIf: ['max-rate>5k'] },
      /to be a least load, such as max-rate<5000/,
    ],
    'a highest load of one subscriber': [
      { findMax: 'rate', failIf: ['gui: max-rate<5k'] },
      /to be without the name of a subscriber/,
    ],
  };
  for (const [what, [options, error]] of Object.entries(refused))
    it(`refuse ${what}, by the user's words`, () => {
      assert.throws(
        () => resolved(options),
        (thrown: Error) => error.test(thrown.message) || assert.fail(thrown.message),
      );
    });

  it('take conditions on the load found', () => {
    const [rate, speed] = [
      resolved({ findMax: 'rate', failIf: ['max-rate < 5k'] }).conditions[0],
      resolved({ findMax: 'speed', failIf: ['max-speed<10x'] }).conditions[0],
    ];
    assert.deepEqual([rate.condition, rate.limit], ['max-rate < 5k', 5000]);
    assert.deepEqual([speed.condition, speed.limit], ['max-speed<10x', 10]);
  });
});
