import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/generate/random.js';
import { type FindHighestOptions, findHighest } from '../../src/loadtest/search/find-highest.js';
import { DEFAULT_GOAL } from '../../src/loadtest/search/search-goal.js';
import type { SearchProgress, SearchResult } from '../../src/loadtest/search/search-result.js';
import type { TrialPlan, TrialResult } from '../../src/loadtest/search/trial.js';
import { idealTrial, trialResult } from '../support/made-up-trial.js';
import {
  MODEL_KINDS,
  type SimulatedSearch,
  searchOf,
  simulatedSearch,
} from '../support/simulated-searches.js';

const OVERHEAD_S = 2;

/** A search whose trials take their measured time and two seconds. */
function search(
  trialOf: (plan: TrialPlan, number: number) => TrialResult,
  options: Partial<FindHighestOptions> = {},
): Promise<SearchResult> {
  let [nowS, number] = [0, 0];
  return findHighest(
    async (plan) => {
      nowS += plan.measuredS + OVERHEAD_S;
      number += 1;
      return trialOf(plan, number);
    },
    {
      ...DEFAULT_GOAL,
      ...{ unit: 'rate', guess: 1000, eventsPerLoad: 1, leastLoad: 0.01, mostLoad: 1e7, limitS: 180 },
      elapsedS: () => nowS,
      ...options,
    },
  );
}

const loadsOf = ({ trials }: SearchResult) => trials.map(({ load }) => load);

describe('the search for the highest load that holds', () => {
  it('closes in on any load from any guess, to any width, and names what does not bear the upper bound', async () => {
    const load = fc.double({ min: -1, max: 6, noNaN: true }).map((digits) => 10 ** digits);
    const width = fc.double({ min: 0.005, max: 0.5, noNaN: true });
    await fc.assert(
      fc.asyncProperty(load, load, width, async (capacity, guess, wanted) => {
        const options = { guess, width: wanted, limitS: Number.POSITIVE_INFINITY };
        const found = await search((plan) => idealTrial(plan, capacity), options);
        const { verdict, lower, upper, heldS, gaveWay, trials } = found;
        assert.deepEqual([verdict, found.endedBy, heldS, found.reasons], ['found', 'width', 30, []]);
        assert.ok(lower! <= capacity && capacity < upper!, `${lower} to ${upper}`);
        assert.ok(upper! / lower! <= 1 + wanted + 1e-6, `${upper! / lower! - 1} wide`);
        assert.deepEqual([gaveWay?.subscriber, gaveWay?.gaveWay?.verdict], ['gui', 'cpu-bound']);
        assert.equal(gaveWay?.bad, gaveWay?.trials);
        assert.ok(trials.length < 80, `${trials.length} trials`);
      }),
    );
  });

  it('takes two loads where the guess is good: one below it and its neighbour', async () => {
    const found = await search((plan) => idealTrial(plan, 1000));
    assert.deepEqual(
      [...new Set(loadsOf(found))].map((load) => Math.round(load)),
      [985, 1034],
    );
    assert.ok(found.tookS < 90, `${found.tookS} s`);
  });

  it('ends in time, whatever trials say', async () => {
    const outcome = fc.constantFrom('good', 'bad', 'invalid', 'lossy');
    const outcomes = fc.array(outcome, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(outcomes, fc.integer({ min: 20, max: 400 }), async (given, limitS) => {
        const found = await search(
          (plan, number) => {
            const said = given[number % given.length];
            if (said === 'good') return trialResult(plan);
            if (said === 'invalid') return trialResult(plan, { outcome: 'invalid', limit: 'machine' });
            return { ...idealTrial(plan, plan.load / 1.1), isLossy: said === 'lossy' };
          },
          { limitS },
        );
        assert.ok(found.tookS <= limitS, `${found.tookS} of ${limitS} s`);
        assert.ok(found.lower === null || found.upper === null || found.lower < found.upper);
        if (found.verdict === 'inconclusive') assert.ok(found.reasons.length > 0);
        else assert.equal(found.heldS, 30);
      }),
    );
  });

  it('repeats a first bad trial: one hiccup decides nothing', async () => {
    const found = await search((plan, number) => idealTrial(plan, number === 1 ? 500 : 1000));
    assert.deepEqual([found.verdict, Math.round(found.lower!)], ['found', 985]);
    assert.equal(found.loads.find(({ load }) => load === found.lower)?.bad, 1);
  });

  it('lets no loss pass that is repeated, and says so where trials do not agree', async () => {
    const lossy = (plan: TrialPlan) => ({ ...idealTrial(plan, plan.load * 0.99), isLossy: true });
    const found = await search((plan, number) =>
      plan.load > 900 && number % 3 !== 0 ? lossy(plan) : trialResult(plan),
    );
    assert.ok(found.lower! <= 900 && found.upper! > 900, `${found.lower} to ${found.upper}`);
  });

  it('holds the lower bound, and goes to the next load below if it does not last', async () => {
    const short = (plan: TrialPlan) => idealTrial(plan, plan.measuredS >= 30 ? 900 : 1000);
    const found = await search(short);
    const { verdict, lower, upper } = found;
    assert.deepEqual([verdict, found.heldS], ['found', 30]);
    assert.ok(lower! <= 900 && upper! > 900, `${lower} to ${upper}`);
    const holds = found.trials.filter(({ phase }) => phase === 'hold');
    assert.equal(holds[0].outcome, 'bad');
    assert.equal(holds.find(({ load }) => load === lower)?.outcome, 'good');
  });

  it('is inconclusive where long trials bear much less than short ones', async () => {
    const found = await search((plan) => idealTrial(plan, plan.measuredS >= 30 ? 600 : 1000));
    assert.equal(found.verdict, 'inconclusive');
    assert.match(found.reasons.join('\n'), /^Short trials were good at \d+\/s, a long one only at \d+\/s: /m);
  });

  it('looks at the upper bound once more after the hold, and goes on where it is borne by then', async () => {
    let hasHeld = false;
    const found = await search((plan) => {
      const result = idealTrial(plan, hasHeld ? 1200 : 1000);
      if (plan.measuredS >= 30) hasHeld = true;
      return result;
    });
    assert.ok(found.upper === null || found.upper > 1200, `${found.upper}`);
    assert.match(found.reasons.join('\n'), /The load that did not hold was borne later/);
  });

  it('says "at least" where the instrument is the limit, close to that limit', async () => {
    const found = await search((plan) =>
      plan.load > 1700
        ? trialResult(plan, { outcome: 'invalid', limit: 'load', reasons: ['Only 90% of the load was sent'] })
        : trialResult(plan),
    );
    assert.deepEqual([found.verdict, found.limitedBy, found.upper], ['at-least', 'load', null]);
    assert.ok(found.lower! > 1500 && found.lower! <= 1700, `${found.lower}`);
    assert.match(found.reasons.join('\n'), /^At 1,\d+\/s the instrument was the limit: Only 90%/);
  });

  it('says "at least" where there is no higher load, and that nothing holds where there is no lower one', async () => {
    const most = await search((plan) => trialResult(plan), { mostLoad: 2000 });
    assert.deepEqual([most.verdict, most.lower, most.endedBy], ['at-least', 2000, 'limit']);
    const none = await search((plan) => idealTrial(plan, 1e-9), { leastLoad: 10 });
    assert.deepEqual([none.verdict, none.lower, none.upper], ['inconclusive', null, 10]);
    assert.match(none.reasons.join('\n'), /^No load was found that holds: 10\/s did not either$/m);
  });

  it('is inconclusive where trials say nothing of subscribers, and blames none', async () => {
    const found = await search((plan) =>
      trialResult(plan, { outcome: 'invalid', limit: 'machine', reasons: ['gui: starved'] }),
    );
    assert.deepEqual([found.verdict, found.limitedBy, found.gaveWay], ['inconclusive', 'machine', null]);
    assert.match(found.reasons.join('\n'), /say nothing of the subscribers: gui: starved/);
  });

  it('leaves a load open at which trials disagree, and has it within the bracket', async () => {
    const counts = new Map<number, number>();
    const found = await search((plan) => {
      const count = (counts.get(plan.load) ?? 0) + 1;
      counts.set(plan.load, count);
      if (plan.load < 950 || plan.load > 1050) return idealTrial(plan, 1000);
      return idealTrial(plan, count % 2 === 0 ? 900 : 1100);
    });
    const { lower, upper } = found;
    assert.ok(lower! <= 1000 && upper! >= 1000, `${lower} to ${upper}`);
    assert.ok(upper! / lower! < 1.25, `${lower} to ${upper}`);
  });

  it('tells before each trial where it stands', async () => {
    const told: SearchProgress[] = [];
    const found = await search((plan) => idealTrial(plan, 1000), { onProgress: (each) => told.push(each) });
    assert.deepEqual(
      told.map(({ trial }) => trial.load),
      loadsOf(found),
    );
    assert.deepEqual([told[0].lower, told[0].upper, told[0].leftS], [null, null, 180]);
    assert.deepEqual([told.at(-1)?.lower, told.at(-1)?.upper], [found.lower, found.upper]);
  });

  it('ends when it is stopped, without the trial that ran then', async () => {
    const stopping = new AbortController();
    const found = await search(
      (plan, number) => {
        if (number === 3) stopping.abort();
        return idealTrial(plan, 1000);
      },
      { signal: stopping.signal },
    );
    assert.deepEqual([found.endedBy, found.verdict, found.trials.length], ['stopped', 'inconclusive', 2]);
    assert.deepEqual(found.reasons.slice(-1), ['It was stopped before its end']);
  });

  it('decides by single trials where their sum is to be that short', async () => {
    const found = await search((plan) => idealTrial(plan, 1000), { trialSumS: 1, holdS: 2 });
    assert.deepEqual([found.verdict, Math.round(found.lower!), found.heldS], ['found', 985, 2]);
    assert.ok(found.tookS < 30, `${found.tookS} s`);
  });

  it('needs no hold where none is wanted', async () => {
    const found = await search((plan) => idealTrial(plan, 1000), { holdS: 0 });
    assert.deepEqual(
      [found.verdict, found.heldS, found.trials.some(({ phase }) => phase === 'hold')],
      ['found', 0, false],
    );
  });
});

describe('searches of made-up subscribers', () => {
  it('find one that is five percent too slow behind a mark of 200,000, though nothing is lost', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const model = { capacityPerS: 1000, jitter: 0.05, highWaterMark: 200_000, failsByLoss: false };
      // The first load is 1050/s: lost events would tell of it after more than an hour.
      const { verdict, lower, upper, trials, gaveWay } = await searchOf(
        model,
        new Random(seed, 'trap'),
        1050 / 0.985,
      );
      assert.equal(Math.round(trials[0].load), 1050);
      assert.ok(trials.every(({ subscribers }) => subscribers[0].lost === 0));
      assert.equal(verdict, 'found');
      assert.ok(lower! < 1013 && upper! > 990 && upper! / lower! < 1.11, `${lower} to ${upper}`);
      assert.match(gaveWay?.missed ?? '', /^lag \+\d+\.\d%\/s$/);
    }
  });

  it('are right or inconclusive, and hardly ever wrong', async () => {
    const all: SimulatedSearch[] = [];
    for (const kind of MODEL_KINDS)
      for (let seed = 1; seed <= 25; seed++) all.push(await simulatedSearch(kind, seed));
    const count = (judgement: string) => all.filter((each) => each.judgement === judgement).length;
    const told = `${count('right')} right, ${count('inconclusive')} inconclusive, ${count('wrong')} wrong`;
    assert.ok(count('wrong') <= 0.02 * all.length, told);
    const plain = all.filter(({ kind }) => /^(steady|first load|random|mark)/.test(kind.name));
    assert.ok(plain.filter(({ judgement }) => judgement === 'right').length >= 0.96 * plain.length, told);
    const held = all.filter(({ kind }) => kind.name === 'others take half, all the time, seen');
    assert.deepEqual([held.length, held.every(({ judgement }) => judgement === 'inconclusive')], [25, true]);
    assert.ok(
      all.every(({ result }) => result.tookS <= 240),
      'time',
    );
  });
});
