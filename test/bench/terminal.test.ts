import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factName, factsText, factText } from '../../bench/fact-text.js';
import {
  changeText,
  figureText,
  rangeText,
  ratioSpreadText,
  ratioText,
  spreadText,
} from '../../bench/figure-text.js';
import type { TrialInfo } from '../../bench/measure-in-rounds.js';
import type { Counts, Unit } from '../../bench/result.js';
import { report } from '../../bench/terminal/report.js';
import { trialLine } from '../../bench/terminal/trial-line.js';
import { TimeLeft } from '../../bench/time-left.js';
import { verdict } from '../../bench/verdict.js';
import { benchResult, EVENTS_PER_S, figure } from '../support/bench-document.js';

const P99 = figure({ name: 'p99Us', title: 'p99', unit: 'us', better: 'lower' });
const PEAK_RSS = figure({ name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower' });
const HIDDEN = figure({ name: 'hiddenS', title: 'hidden', unit: 's', isShown: false });
const COUNTS: Counts = { expected: 1000, received: 999, lost: 1, outOfOrder: 0, isContentRight: true };

const sample = benchResult(
  [
    {
      ...{ name: 'end-to-end', title: 'End to end', question: 'How fast does a night go out?' },
      figures: [EVENTS_PER_S, P99, PEAK_RSS, HIDDEN],
      conditions: { transport: 'tcp 127.0.0.1', highWaterMark: 200_000, sizeBytes: 162e6, warmUp: null },
      notes: ['The clock is that of the subscriber.'],
      cases: [
        {
          ...{ id: 'peer', subject: 'peer', counts: { ...COUNTS, lost: 0 } },
          rounds: [20_000, 25_000, 30_000].map((eventsPerS) => ({
            ...{ eventsPerS, p99Us: 1500, peakRssBytes: 26e6, hiddenS: 1 },
          })),
        },
        {
          ...{ id: 'ours, 2 workers', reference: 'peer', counts: COUNTS },
          rounds: [
            { eventsPerS: 180_000, p99Us: 1000, peakRssBytes: 200e6, hiddenS: 1 },
            'lost 1 of 1,000 events',
            { eventsPerS: 240_000, p99Us: 1000, peakRssBytes: 226e6, hiddenS: null },
          ],
        },
      ],
    },
    {
      ...{ name: 'micro', title: 'Parts', question: 'What does each part cost?' },
      figures: [figure({ name: 'ns', title: 'time', unit: 'ns', better: 'lower' })],
      cases: [{ id: 'batch encode', rounds: [{ ns: 155 }] }],
    },
  ],
  { runs: 3 },
);

describe('the report on the terminal', () => {
  const lines = report(sample).split('\n');

  it('begins with a short verdict; a quick result says what it cannot tell', () => {
    const head = lines.slice(3, lines.indexOf('End to end')).filter((line) => line !== '');
    assert.deepEqual(head, verdict(sample));
    assert.match(
      head[0],
      /^End to end, ours, 2 workers: 210,000 events\/s, 8\.50 × \(8\.00–9\.00\) of the model: better in/,
    );
    assert.ok(
      head.some((line) => /^Lost: 3 of [\d,]+ events; out of order: 0$/.test(line)),
      head.join(),
    );
    assert.ok(head.includes('Invalid: 1 trial of 7, which count in no figure'), head.join());
    assert.match(
      verdict({ ...sample, level: 'quick' }).at(-1) ?? '',
      /^Quick: 3 rounds .* no p99\.9, no drift/,
    );
  });

  it('has a section a scenario, and the environment last', () => {
    assert.equal(lines[0], 'Benchmark of tcs-replay, level default: 3 rounds in 12m34s');
    const at = lines.indexOf('End to end');
    assert.equal(lines[at + 1], 'How fast does a night go out?');
    assert.equal(
      lines[at + 2],
      'transport tcp 127.0.0.1; high water mark 200,000; size 162 MB; warm up none',
    );
    assert.ok(lines.indexOf('Parts') > at);
    assert.ok(lines.includes('The clock is that of the subscriber.'));
    assert.equal(lines.at(-1), '');
    assert.match(lines.at(-2) ?? '', /^peer: Python 3\.11\.2/);
  });

  it('shows median, range, ratio and losses of each case, and why trials do not count', () => {
    const rowOf = (id: string) => {
      const row = lines.find((line) => line.startsWith(`│ ${id} `)) ?? '';
      return row
        .slice(1, -1)
        .split('│')
        .map((cell) => cell.trim());
    };
    assert.deepEqual(rowOf('case'), [
      'case',
      'valid',
      'lost',
      'events/s',
      'events/s to peer',
      'p99',
      'peak RSS',
    ]);
    assert.deepEqual(rowOf('peer'), [
      ...['peer', '3 of 3', '0', '25,000 (20,000–30,000)', '', '1.50 ms', '26 MB'],
    ]);
    assert.deepEqual(rowOf('ours, 2 workers'), [
      ...['ours, 2 workers', '2 of 3', '3', '210,000 (180,000–240,000)', '8.50 × (8.00–9.00)'],
      ...['1 ms', '213 MB (200–226 MB)'],
    ]);
    assert.deepEqual(rowOf('batch encode'), ['batch encode', '1 of 1', '155 ns']);
    assert.ok(lines.includes('ours, 2 workers, round 2: INVALID: lost 1 of 1,000 events'));
  });

  it('keeps to 120 columns, whatever there is to show', () => {
    for (const figures of [1, 4, 6, 9, 14]) {
      const infos = Array.from({ length: figures }, (_, i) =>
        figure({ name: `f${i}`, title: `figure ${i}`, unit: i % 2 === 0 ? '1/s' : 'us' }),
      );
      const rounds = [1, 3].map((factor) =>
        Object.fromEntries(infos.map(({ name }) => [name, 123_456 * factor])),
      );
      const id = 'ours, 64 attributes, scattered, conversions on, 4 workers, read-ahead of 64 MiB';
      const result = benchResult([
        {
          ...{ name: 'wide', figures: infos, notes: ['One of many words. '.repeat(20)] },
          conditions: Object.fromEntries(infos.map(({ name }) => [name, 'a value of some length'])),
          cases: [
            { id, rounds, counts: COUNTS, reference: 'peer' },
            { id: 'peer', subject: 'peer', rounds: [...rounds, 'it lost events. '.repeat(20)] },
          ],
        },
      ]);
      const shown = report(result);
      for (const line of shown.split('\n')) assert.ok(line.length <= 120, line);
      for (const { title } of infos) assert.ok(shown.includes(` ${title} `), title);
    }
  });

  it('shows a scenario of which nothing counted', () => {
    const nothing = benchResult([
      { name: 'none', figures: [EVENTS_PER_S], cases: [{ id: 'ours', rounds: ['no subscriber'] }] },
      { name: 'empty', figures: [EVENTS_PER_S], cases: [] },
    ]);
    assert.match(report(nothing), /│ ours │ 0 of 1 │ +- │/);
  });
});

describe('the line of a trial', () => {
  const [{ cases, ...scenario }] = sample.scenarios;
  const which = (place: number): TrialInfo => ({
    scenario: { ...scenario, prepare: () => Promise.reject(new Error('it is not measured')) },
    case: { ...cases[place], measure: () => Promise.reject(new Error('it is not measured')) },
    ...{ number: 12, of: 90, leftS: 185 },
  });
  const trialsOf = (place: number) => cases[place].trials;

  it('says which it was, and its main figure or what was wrong', () => {
    assert.equal(
      trialLine(trialsOf(0)[0], which(0)),
      '12 of 90, 3m5s left · end-to-end · peer: 20,000 events/s',
    );
    assert.equal(
      trialLine(trialsOf(1)[1], which(1)),
      '12 of 90, 3m5s left · end-to-end · ours, 2 workers: INVALID: lost 1 of 1,000 events',
    );
  });

  it('names a figure that is no rate', () => {
    const other: TrialInfo = { ...which(0), scenario: { ...which(0).scenario, figures: [P99] } };
    assert.match(trialLine(trialsOf(0)[0], other), /: p99 1\.50 ms$/);
    const missing: TrialInfo = { ...which(0), scenario: { ...which(0).scenario, figures: [] } };
    assert.match(trialLine(trialsOf(0)[0], missing), /: -$/);
  });
});

describe('figures as text', () => {
  it('have the unit that suits them', () => {
    const expected: [number, Unit, string][] = [
      [181_234.4, '1/s', '181,234'],
      [12.34, '1/s', '12.3'],
      [0, '1/s', '0'],
      [999.7, '1/s', '1,000'],
      [70.94e6, 'B/s', '70.9 MB/s'],
      [1.2345e9, 'B/s', '1,235 MB/s'],
      [208e6, 'B', '208 MB'],
      [155, 'ns', '155 ns'],
      [0.25, 'ns', '0.250 ns'],
      [13.75, 'us', '13.8 µs'],
      [0.155, 'us', '155 ns'],
      [0, 'us', '0 µs'],
      [999.96, 'us', '1.00 ms'],
      [-3400, 'us', '-3.40 ms'],
      [1.2, 's', '1.20 s'],
      [245, 's', '4m5s'],
      [0.065, 'share', '6.50 %'],
      [1, 'share', '100 %'],
      [20_246, 'count', '20,246'],
      [-0.003, 'ppm', '-0.003 ppm'],
    ];
    for (const [value, unit, text] of expected) assert.equal(figureText(value, unit), text);
  });

  it('have a range where there is one, with the unit once', () => {
    assert.equal(spreadText(null, 'B'), '-');
    assert.equal(spreadText({ median: 5, min: 5, max: 5 }, 'count'), '5');
    assert.equal(spreadText({ median: 2.08e8, min: 2e8, max: 2.26e8 }, 'B'), '208 MB (200–226 MB)');
    assert.equal(rangeText({ median: 1, min: 990, max: 2000 }, 'us'), '990 µs–2 ms');
    assert.equal(ratioText(0.0123), '0.0123 ×');
    assert.equal(ratioSpreadText({ median: 7.452, min: 6.28, max: 7.5 }), '7.45 × (6.28–7.50)');
  });

  it('have a sign where they are changes', () => {
    const texts = [0.123, -0.0312, 0, 24, -1].map(changeText);
    assert.deepEqual(texts, ['+12.3 %', '-3.1 %', '0.0 %', '×25', '-100.0 %']);
  });
});

describe('facts as text', () => {
  it('have names in words, and units', () => {
    assert.equal(
      factsText({
        durationS: 10,
        ratePerS: 2000,
        isIndexed: true,
        seed: 20_180_323,
        warmUp: null,
        readAheadBytes: 16e6,
      }),
      'duration 10 s; rate 2,000/s; is indexed yes; seed 20180323; warm up none; read ahead 16 MB',
    );
    // No unit of time.
    assert.deepEqual([factName('HWMS'), factText('attributes', 16)], ['HWMS', '16']);
  });
});

it('the time left is that which each case took so far, or else what the others took', () => {
  const left = new TimeLeft(['short', 'long'], 3);
  assert.equal(left.s, Number.NaN);
  left.ended('short', 2);
  assert.equal(left.s, 2 * 2 + 3 * 2);
  left.ended('long', 10);
  assert.equal(left.s, 2 * 2 + 2 * 10);
  left.ended('short', 4);
  assert.equal(left.s, 3 + 2 * 10);
});

it('costs in nanoseconds stand in nanoseconds beside each other', () => {
  assert.deepEqual(
    [155, 1250, 810_896, 2e6].map((ns) => figureText(ns, 'ns')),
    ['155 ns', '1,250 ns', '810,896 ns', '2 ms'],
  );
});
