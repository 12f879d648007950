import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compare, regressionsPast } from '../../bench/compare/compare.js';
import type { ComparedFigure, Comparison } from '../../bench/compare/comparison.js';
import { comparisonReport } from '../../bench/compare/comparison-report.js';
import { halfWidth, logDifference } from '../../bench/compare/log-difference.js';
import { readResult } from '../../bench/compare/read-result.js';
import type { BenchResult, FigureInfo } from '../../bench/result.js';
import {
  benchResult,
  ENVIRONMENT,
  EVENTS_PER_S,
  figure,
  type SampleCase,
} from '../support/bench-document.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const P99 = figure({ name: 'p99Us', title: 'p99', unit: 'us', better: 'lower' });
const PEAK_RSS = figure({ name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower' });
const BATCHES = figure({ name: 'batches', title: 'batches', unit: 'count', better: null });
const ROUNDS = 5;

/** Numbers that are the same each time. (Mulberry32) */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values around one, off by so much: the logarithms are normal. (Box and Muller) */
function noisy(middle: number, spread: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return middle * Math.exp(spread * normal);
}

interface Shape {
  readonly cases: number;
  readonly spread: number;
  readonly figures?: readonly FigureInfo[];
  /** What ours is divided by in all its cases. */
  readonly hasPeer?: boolean;
  /** What a figure is multiplied with. */
  readonly factor?: (subject: 'ours' | 'peer', figure: FigureInfo) => number;
}

function simulated(random: () => number, shape: Shape): BenchResult {
  const { cases, spread, figures = [EVENTS_PER_S], hasPeer = false, factor = () => 1 } = shape;
  const rounds = (subject: 'ours' | 'peer', middle: number) =>
    Array.from({ length: ROUNDS }, () =>
      Object.fromEntries(
        figures.map((info) => [info.name, noisy(middle * factor(subject, info), spread, random)]),
      ),
    );
  const peer: SampleCase[] = hasPeer ? [{ id: 'peer', subject: 'peer', rounds: rounds('peer', 25_000) }] : [];
  const ours = Array.from({ length: cases }, (_, i) => ({
    ...{ id: `ours ${i}`, reference: hasPeer ? 'peer' : null, rounds: rounds('ours', 1000 * (i + 1)) },
  }));
  return benchResult([{ name: 'end-to-end', figures, cases: [...peer, ...ours] }]);
}

/** A case of ours with one figure. */
function single(values: readonly (number | null)[], info = EVENTS_PER_S): BenchResult {
  const rounds = values.map((value) => ({ [info.name]: value }));
  return benchResult([{ name: 'decode', figures: [info], cases: [{ id: 'one', rounds }] }]);
}

function only({ figures }: Comparison): ComparedFigure {
  assert.equal(figures.length, 1);
  return figures[0];
}

function verdicts({ figures }: Comparison): string[] {
  return figures.map(({ verdict }) => verdict);
}

describe('what is compared', () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 3, maxLength: 8 });

  it('finds no difference between a result and itself', () => {
    fc.assert(
      fc.property(values, (each) => {
        const result = single(each);
        const { verdict, change, noise } = only(compare(result, result));
        assert.deepEqual([verdict, change], ['no difference', 0]);
        assert.ok(noise !== null && noise >= 0.0196);
      }),
    );
  });

  it('has the noise that it states for the threshold of its verdicts', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom(EVENTS_PER_S, P99, BATCHES), (before, after, info) => {
        const { verdict, change, noise } = only(compare(single(before, info), single(after, info)));
        assert.ok(change !== null && noise !== null);
        assert.equal(verdict === 'no difference', Math.abs(change) <= noise, `${change}, ${noise}`);
        const isMore = change > 0;
        if (verdict !== 'no difference') {
          const expected = isMore === (info.better === 'higher') ? 'better' : 'worse';
          assert.equal(verdict, info.better === null ? 'changed' : expected);
        }
      }),
    );
  });

  it('takes better for worse where the two are swapped, and nothing else', () => {
    const mirrored: Record<string, string> = { better: 'worse', worse: 'better' };
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.5, max: 2, noNaN: true }), (seed, factor) => {
        const random = randomOf(seed);
        const shape = { cases: 3, spread: 0.05, figures: [EVENTS_PER_S, P99, PEAK_RSS], hasPeer: true };
        const before = simulated(random, shape);
        const after = simulated(random, { ...shape, factor: (who) => (who === 'ours' ? factor : 1) });
        const [there, back] = [compare(before, after), compare(after, before)];
        assert.deepEqual(
          verdicts(back),
          verdicts(there).map((verdict) => mirrored[verdict] ?? verdict),
        );
        for (const [i, { change }] of there.figures.entries()) {
          assert.ok(Math.abs((1 + change!) * (1 + back.figures[i].change!) - 1) < 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is the same in whatever order cases, figures and trials stand', () => {
    const shuffled = <T>(all: readonly T[], random: () => number): T[] =>
      all
        .map((each) => ({ each, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ each }) => each);
    const byName = ({ figures }: Comparison) =>
      figures
        .map((each) => ({
          ...each,
          ...{ change: each.change?.toPrecision(9), noise: each.noise?.toPrecision(9) },
        }))
        .sort((a, b) => `${a.case}${a.figure}`.localeCompare(`${b.case}${b.figure}`));
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed);
        const shape = { cases: 4, spread: 0.05, figures: [EVENTS_PER_S, P99], hasPeer: true };
        const [before, after] = [simulated(random, shape), simulated(random, shape)];
        const other: BenchResult = {
          ...after,
          scenarios: after.scenarios.map((scenario) => ({
            ...scenario,
            figures: shuffled(scenario.figures, random),
            cases: shuffled(scenario.cases, random).map((each) => ({
              ...{ ...each, trials: shuffled(each.trials, random) },
            })),
          })),
        };
        assert.deepEqual(byName(compare(before, other)), byName(compare(before, after)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('noise and changes, in simulated results', () => {
  it('is wrong about one that has not changed no more often than it states', () => {
    const random = randomOf(1);
    const results = 400;
    let mistaken = 0;
    for (let i = 0; i < results; i++) {
      const shape = { cases: 20, spread: 0.03 + 0.05 * random(), figures: [EVENTS_PER_S, PEAK_RSS] };
      const hasPeer = i % 2 === 0;
      const [before, after] = [0, 1].map(() => simulated(random, { ...shape, hasPeer }));
      if (verdicts(compare(before, after)).some((verdict) => verdict !== 'no difference')) mistaken += 1;
    }
    // Five in a hundred are stated for the scatter within runs; there is none between these.
    assert.ok(mistaken <= 0.05 * results, `${mistaken} of ${results} comparisons found a difference`);
    // At a confidence of a half there are many, where they scatter so much that the machine's share is nothing.
    let found = 0;
    for (let i = 0; i < results; i++) {
      const [before, after] = [0, 1].map(() => simulated(random, { cases: 20, spread: 0.3 }));
      if (verdicts(compare(before, after, { confidence: 0.5 })).includes('worse')) found += 1;
    }
    assert.ok(found > 0.05 * results, `${found} of ${results}`);
  });

  it('finds what is a fifth slower, of twenty cases that scatter by 3 %', () => {
    const random = randomOf(2);
    const results = 100;
    let found = 0;
    for (let i = 0; i < results; i++) {
      const shape = { cases: 20, spread: 0.03 };
      const before = simulated(random, shape);
      const after = simulated(random, { ...shape, factor: () => 0.8 });
      const comparison = compare(before, after);
      found += regressionsPast(comparison, 0.05).length;
      assert.ok(!verdicts(comparison).includes('better'));
    }
    assert.ok(found > 0.95 * 20 * results, `${found} of ${20 * results}`);
  });

  it('takes more time and more memory for worse', () => {
    const random = randomOf(3);
    const shape = { cases: 1, spread: 0.01, figures: [P99, PEAK_RSS] };
    const before = simulated(random, shape);
    const after = simulated(random, { ...shape, factor: () => 1.3 });
    assert.deepEqual(verdicts(compare(before, after)), ['worse', 'worse']);
    assert.deepEqual(verdicts(compare(after, before)), ['better', 'better']);
  });
});

describe('a machine that was slower', () => {
  const slower = (_: string, { unit, better }: FigureInfo) =>
    unit === 'B' ? 1 : better === 'lower' ? 1 / 0.85 : 0.85;
  const shape = { cases: 8, spread: 0.01, figures: [EVENTS_PER_S, P99, PEAK_RSS] };

  it('makes no difference to cases that are divided by a peer, and is told', () => {
    const random = randomOf(4);
    const before = simulated(random, { ...shape, hasPeer: true });
    const after = simulated(random, { ...shape, hasPeer: true, factor: slower });
    const { machine, figures, warnings } = compare(before, after);
    assert.ok(machine !== null && Math.abs(machine.change + 0.15) < 0.03, JSON.stringify(machine));
    assert.deepEqual(new Set(figures.map(({ verdict }) => verdict)), new Set(['no difference']));
    assert.deepEqual(new Set(figures.map(({ reference }) => reference)), new Set(['peer', null]));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /^The machine: peer and limit were 1[3-7]\.\d % slower after than before/);
  });

  it('is seen through where ours became slower as well', () => {
    const random = randomOf(5);
    const before = simulated(random, { ...shape, hasPeer: true });
    const factor = (who: string, info: FigureInfo) =>
      slower(who, info) * (who === 'ours' && info === EVENTS_PER_S ? 0.8 : 1);
    const after = simulated(random, { ...shape, hasPeer: true, factor });
    const worse = regressionsPast(compare(before, after), 0.1);
    assert.deepEqual(new Set(worse.map((each) => each.figure)), new Set([EVENTS_PER_S.name]));
    assert.equal(worse.length, shape.cases);
  });

  it('widens the noise of cases that have none to be divided by, but not that of memory', () => {
    const random = randomOf(6);
    const of = (scale: number) => {
      const rounds = (middle: number) =>
        Array.from({ length: ROUNDS }, () => ({
          ...{ eventsPerS: noisy(middle * scale, 0.01, random), peakRssBytes: noisy(2e8, 0.001, random) },
        }));
      return benchResult([
        {
          ...{ name: 'publish', figures: [EVENTS_PER_S] },
          cases: [{ id: 'limit', subject: 'limit', rounds: rounds(1e6) }],
        },
        { name: 'decode', figures: [EVENTS_PER_S, PEAK_RSS], cases: [{ id: 'one', rounds: rounds(1e5) }] },
      ]);
    };
    const comparison = compare(of(1), of(0.85));
    assert.deepEqual(verdicts(comparison), ['no difference', 'no difference']);
    const [rate, memory] = comparison.figures;
    assert.ok(rate.noise! > 0.15 && memory.noise! < 0.025, `${rate.noise}, ${memory.noise}`);
    assert.match(comparison.warnings.join(), /not divided by one of them has \+1[5-9]\.\d % in it/);
  });

  it('is not told by a rate that is kept, nor by a case of ours', () => {
    const of = (value: number) =>
      benchResult([
        {
          ...{ name: 'pacing', figures: [EVENTS_PER_S] },
          cases: [
            { id: 'peer', subject: 'peer', targetPerS: 200, rounds: Array(3).fill({ eventsPerS: 200 }) },
            { id: 'small', rounds: Array(3).fill({ eventsPerS: value }) },
            { id: 'large', reference: 'small', rounds: Array(3).fill({ eventsPerS: value }) },
          ],
        },
      ]);
    const { machine, figures, warnings } = compare(of(1000), of(700));
    assert.equal(machine, null);
    // One that is divided by the other would hide that both are slower.
    assert.deepEqual(
      figures.map(({ verdict, reference }) => [verdict, reference]),
      [
        ['worse', null],
        ['worse', null],
      ],
    );
    assert.match(warnings.join(), /nothing tells whether it was as fast/);
  });
});

describe('what cannot be told', () => {
  it('is unknown with fewer than three trials that count on either side', () => {
    const { verdict, noise, change } = only(compare(single([100, 100]), single([50, 50, 50])));
    assert.deepEqual([verdict, noise], ['unknown', null]);
    assert.ok(Math.abs(change! + 0.5) < 1e-12);
    assert.equal(only(compare(single([1, 1, 1, null]), single([5, 5, null, 5]))).verdict, 'better');
  });

  it('is unknown where a value is not above 0, but not where there is nothing on either side', () => {
    const lost = figure({ name: 'lostShare', title: 'lost', unit: 'share', better: 'lower' });
    const of = (values: number[]) => single(values, lost);
    const some = only(compare(of([0, 0, 0]), of([0, 0.1, 0.2])));
    assert.deepEqual([some.verdict, some.change, some.noise], ['unknown', null, null]);
    assert.equal(only(compare(of([-1, 1, 1]), of([1, 1, 1]))).verdict, 'unknown');
    assert.equal(only(compare(of([0, 0, 0]), of([0, 0, 0]))).verdict, 'no difference');
  });

  it('is unknown where only some rounds have a value above 0, also with a case to divide by', () => {
    const of = (values: number[]) =>
      benchResult([
        {
          ...{ name: 'pacing', figures: [P99] },
          cases: [
            { id: 'peer', subject: 'peer', rounds: values.map(() => ({ p99Us: 5 })) },
            { id: 'ours', reference: 'peer', rounds: values.map((p99Us) => ({ p99Us })) },
          ],
        },
      ]);
    assert.equal(only(compare(of([1, 1, 1, 1, 1]), of([0, 0, 3, 3, 3]))).verdict, 'unknown');
    assert.equal(only(compare(of([1, 1, 1, 1, 1]), of([3, 3, 3, 3, 3]))).verdict, 'worse');
  });

  it('calls nothing below 2 % a change, however little it scatters', () => {
    assert.equal(
      only(compare(single([1000, 1000, 1000]), single([1019, 1019, 1019]))).verdict,
      'no difference',
    );
    assert.equal(only(compare(single([1000, 1000, 1000]), single([1021, 1021, 1021]))).verdict, 'better');
  });

  it('refuses a confidence that is none', () => {
    for (const confidence of [0, 1, 95, Number.NaN])
      assert.throws(() => compare(single([1]), single([1]), { confidence }), { code: 'BAD_OPTION' });
  });
});

describe('warnings', () => {
  const scenario = { name: 'decode', figures: [EVENTS_PER_S], conditions: { events: 1000, ceilingPerS: 5 } };
  const rounds = Array(3).fill({ eventsPerS: 1000 });

  it('name conditions, cases and figures that differ, and trials that do not count', () => {
    const before = benchResult([
      {
        ...scenario,
        cases: [
          { id: 'a', rounds, parameters: { attributes: 4 } },
          { id: 'b', rounds },
        ],
      },
      { ...scenario, name: 'gone', cases: [{ id: 'a', rounds }] },
    ]);
    const after = benchResult(
      [
        {
          ...{ ...scenario, conditions: { events: 2000, ceilingPerS: 7 }, figures: [EVENTS_PER_S, P99] },
          cases: [
            { id: 'a', rounds: [...rounds, 'lost 3 events'], parameters: { attributes: 16 } },
            { id: 'c', rounds },
          ],
        },
      ],
      { level: 'quick', environment: { ...ENVIRONMENT, node: '22.1.0', cpu: 'another' } },
    );
    const { warnings } = compare(before, after);
    assert.deepEqual(warnings, [
      'Other level: default before, quick after',
      'Other CPU: AMD EPYC before, another after',
      'Other Node: 20.20.2 before, 22.1.0 after',
      'decode: other events: 1,000 before, 2,000 after',
      'decode, a: other attributes: 4 before, 16 after',
      'The machine: no case of peer or limit is in both, so that nothing tells whether it was as fast',
      'decode: 1 of 7 trials after did not count',
      'only before has the scenario gone',
      'decode: only before has b',
      'decode: only after has c',
      'decode: only after has p99Us',
    ]);
  });

  it('name cases of which no trial counts', () => {
    const of = (each: SampleCase['rounds']) =>
      benchResult([{ ...scenario, cases: [{ id: 'a', rounds: each }] }]);
    const { warnings, figures } = compare(of(rounds), of(['lost 1 event']));
    assert.equal(figures.length, 0);
    assert.match(warnings.join('\n'), /decode: a is not compared: no trial of it counts/);
  });
});

describe('the report of a comparison', () => {
  it('shows each figure with its noise, in 120 columns', () => {
    const random = randomOf(7);
    const shape = { cases: 3, spread: 0.02, figures: [EVENTS_PER_S, P99, PEAK_RSS], hasPeer: true };
    const before = simulated(random, shape);
    const after = simulated(random, { ...shape, factor: (who) => (who === 'ours' ? 0.7 : 1) });
    const comparison = compare(before, after);
    const report = comparisonReport(comparison);
    for (const line of report.split('\n')) assert.ok(line.length <= 120, line);
    assert.match(report, /^before: 2026-11-22T19:18:21.683Z, commit f00d, 5 rounds\nafter: /);
    assert.match(report, /│ ours 0 +│ events\/s +│.* -\d\d\.\d % │ peer +│ +± \d+\.\d % │ worse/);
    assert.match(report, /3 worse, 6 better, of 9 figures/);
    assert.equal((report.match(/│ ours \d/g) ?? []).length, comparison.figures.length);
  });

  it('says so where there is nothing to compare', () => {
    const report = comparisonReport(compare(single([1]), benchResult([])));
    assert.match(report, /There is nothing to compare/);
  });
});

describe("Student's t", () => {
  it('gives the half widths that tables give', () => {
    for (const [degreesOfFreedom, errorShare, expected] of [
      [4, 0.05, 2.776445],
      [8, 0.01, 3.355387],
      [2, 0.001, 31.59905],
    ]) {
      const found = halfWidth({ logRatio: 0, standardError: 1, degreesOfFreedom }, errorShare);
      assert.ok(Math.abs(found - expected) < 1e-4 * expected, `${found}, ${expected}`);
    }
  });

  it('has as many degrees of freedom as Welch and Satterthwaite give', () => {
    const same = logDifference([0, 1, 2, 3, 4], [10, 11, 12, 13, 14]);
    assert.equal(same?.degreesOfFreedom, 8);
    assert.equal(same?.standardError, 1);
    assert.equal(logDifference([0, 1, 2, 3, 4], [5, 5, 5, 5, 5])?.degreesOfFreedom, 4);
  });
});

describe('reading a result', () => {
  it('reads what was written, and refuses anything else', (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 'result.json');
    const result = single([1, 2, 3]);
    const read = (content: unknown) => {
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return readResult(path);
    };
    assert.deepEqual(read(result), result);
    const refusals: [unknown, RegExp][] = [
      ['', /found no JSON/],
      [JSON.stringify(result).slice(0, 50), /found no JSON/],
      ['3', /found other JSON/],
      ['null', /found other JSON/],
      [{ results: [] }, /found other JSON/],
      [{ ...result, schema: 'tcs-replay-bench/2' }, /found version tcs-replay-bench\/2: measure again/],
      [{ ...result, scenarios: [] }, /without scenarios/],
      [{ ...result, scenarios: undefined }, /without scenarios/],
      [{ ...result, scenarios: [null] }, /parts are missing/],
      [{ ...result, scenarios: [{ ...result.scenarios[0], cases: [{}] }] }, /parts are missing/],
      [{ ...result, environment: undefined }, /parts are missing/],
    ];
    for (const [content, message] of refusals)
      assert.throws(() => read(content), { name: 'TcsReplayError', code: 'BAD_OPTION', message });
    assert.throws(() => readResult(join(folder, 'missing.json')), { code: 'BAD_OPTION', message: /ENOENT/ });
  });
});
