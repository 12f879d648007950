/** A made-up result with all kinds of scenarios, figures, charts and mishaps. Nothing in it was measured. */

import { summaryOf } from '../../bench/case-summary.js';
import type { ComparedFigure, Comparison } from '../../bench/compare/comparison.js';
import { histogramData } from '../../bench/percentiles.js';
import {
  type BenchResult,
  type CaseInfo,
  type Chart,
  type CoursePoint,
  type Facts,
  type FigureInfo,
  type HistogramData,
  type HistogramName,
  SCHEMA,
  type ScenarioResult,
  type Trial,
  type Unit,
} from '../../bench/result.js';
import { latenessHistogram } from '../../src/measure/histogram.js';

const RUNS = 5;
const EVENTS = 200_000;
let state = 20_180_323;

/** From 0 to 1, the same in each process (mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

/** Around a value, as far as runs of a shared machine are from each other. */
function noisy(value: number, share = 0.06): number {
  return value * (1 + share * (random() + random() - 1));
}

interface SampleCase extends Pick<CaseInfo, 'id'> {
  readonly subject?: CaseInfo['subject'];
  readonly parameters?: Facts;
  readonly reference?: string;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly hasCounts?: boolean;
  /** Median of its latenesses, in microseconds; undefined: it has no histograms. */
  readonly lateUs?: number;
  /** Events a second over 20 s. */
  readonly courseRate?: number;
  /** By round. */
  readonly invalid?: Readonly<Record<number, readonly string[]>>;
}

interface Sample extends Pick<ScenarioResult, 'name' | 'title' | 'question' | 'conditions' | 'charts'> {
  readonly notes?: readonly string[];
  readonly figures: readonly FigureInfo[];
  readonly cases: readonly SampleCase[];
}

function figure(
  name: string,
  title: string,
  unit: Unit,
  better: FigureInfo['better'],
  isShown = true,
): FigureInfo {
  return { name, title, unit, better, isCompared: better !== null, isShown };
}

const EVENTS_PER_S = figure('eventsPerS', 'events/s', '1/s', 'higher');
const CPU_US = figure('cpuUs', 'CPU/event', 'us', 'lower');
const RSS = figure('peakRssBytes', 'peak RSS', 'B', 'lower');
const bars = (title: string, figure: string): Chart => ({ kind: 'bars', title, figure });

function histogram(lateUs: number): HistogramData {
  const values = latenessHistogram();
  for (let i = 0; i < 3000; i++) {
    const tail = random() < 0.02 ? 1 / (random() + 0.002) : 1;
    values.recordValue(Math.round(1000 * lateUs * tail * Math.exp(0.5 * (random() + random() - 1))));
  }
  return histogramData(values);
}

function course(rate: number, lateUs: number): CoursePoint[] {
  return Array.from({ length: 40 }, (_, i) => ({
    atS: (i + 1) / 2,
    eventsPerS: noisy(rate, i === 22 ? 0.5 : 0.05),
    p99Us: i === 5 ? null : noisy(lateUs * (i === 22 ? 40 : 4), 0.4),
  }));
}

function trialOf(each: SampleCase, run: number): Trial {
  const reasons = each.invalid?.[run];
  const lost = reasons === undefined ? 0 : Math.floor(EVENTS * 0.003);
  const histograms: Partial<Record<HistogramName, HistogramData>> = {};
  if (each.lateUs !== undefined) {
    histograms.lateness = histogram(each.lateUs);
    histograms.delivery = histogram(each.lateUs + 40);
  }
  return {
    run,
    startedS: run * 31,
    ...(reasons === undefined ? { state: 'valid' } : { state: 'invalid', reasons }),
    counts: each.hasCounts
      ? { expected: EVENTS, received: EVENTS - lost, lost, outOfOrder: 0, isContentRight: true }
      : null,
    targetPerS: each.courseRate ?? null,
    achievedPerS: each.courseRate ?? null,
    figures: Object.fromEntries(
      Object.entries(each.figures).map(([name, value]) => [name, value === null ? null : noisy(value)]),
    ),
    histograms,
    course: each.courseRate === undefined ? [] : course(each.courseRate, each.lateUs ?? 10),
  };
}

function scenarioOf({ cases, notes = [], ...info }: Sample): ScenarioResult {
  const names = info.figures.map(({ name }) => name);
  const measured = cases.map((each) => ({
    id: each.id,
    subject: each.subject ?? 'ours',
    parameters: each.parameters ?? {},
    reference: each.reference ?? null,
    trials: Array.from({ length: RUNS }, (_, i) => trialOf(each, i + 1)),
  }));
  return {
    ...info,
    notes,
    cases: measured.map((each) => ({
      ...each,
      summary: summaryOf(names, each.trials, measured.find(({ id }) => id === each.reference)?.trials),
    })),
  };
}

/** Name, median of lateness in microseconds, share of a core, whose it is. */
const PACERS = [
  ['precise', 2, 1.02, 'ours'],
  ['balanced', 4, 0.31, 'ours'],
  ['eco', 600, 0.065, 'ours'],
  ['model', 87, 0.22, 'peer'],
] as const;

const DECODE: Sample = {
  name: 'decode',
  title: 'Decode',
  question: 'How many events does one worker decode in a second?',
  conditions: { events: 100_000, seed: 20180323, pageCache: 'warm', warmUpEvents: 20_000, threads: 1 },
  figures: [EVENTS_PER_S, figure('bytesPerS', 'payload', 'B/s', 'higher'), CPU_US],
  charts: [
    { kind: 'curve', title: 'Rate by attributes', figure: 'eventsPerS', x: 'attributes', series: 'layout' },
    bars('CPU time of an event', 'cpuUs'),
  ],
  cases: [4, 16, 64].flatMap((attributes) =>
    [
      ['index', 1],
      ['contiguous', 1.25],
      ['scattered', 0.7],
    ].map(([layout, speed]) => ({
      id: `${attributes} attributes, ${layout}`,
      parameters: { attributes, layout, areConverted: false },
      figures: {
        eventsPerS: (1.6e6 / (attributes + 3)) * Number(speed),
        bytesPerS: (4e7 * Number(speed) * attributes) / (attributes + 3),
        cpuUs: (attributes + 3) / 1.6 / Number(speed),
      },
    })),
  ),
};

const PUBLISH: Sample = {
  name: 'publish',
  title: 'Publish',
  question:
    'How many messages of a size go out of memory in a second, and how many could a program in C send?',
  conditions: { highWaterMark: 200_000, frames: 2, receiver: 'C, libzmq', receiverCeilingPerS: 1_900_000 },
  figures: [
    figure('messagesPerS', 'messages/s', '1/s', 'higher'),
    figure('bytesPerS', 'bytes/s', 'B/s', 'higher'),
  ],
  charts: [
    {
      kind: 'curve',
      title: 'Rate by payload',
      figure: 'messagesPerS',
      x: 'payloadBytes',
      series: 'transport',
    },
    {
      kind: 'curve',
      title: 'Throughput by payload',
      figure: 'bytesPerS',
      x: 'payloadBytes',
      series: 'transport',
    },
    bars('By transport and subscribers', 'messagesPerS'),
  ],
  cases: ['tcp', 'ipc', 'inproc'].flatMap((transport, t) =>
    [64, 256, 1024, 4096, 16_384, 65_536].flatMap((payloadBytes): SampleCase[] => {
      const rate = 620_000 / (1 + payloadBytes / (4000 + 3000 * t)) / (1 + 0.1 * t);
      const of = (messagesPerS: number) => ({ messagesPerS, bytesPerS: messagesPerS * payloadBytes });
      const parameters = { transport, payloadBytes, subscribers: 1 };
      const id = `${payloadBytes} B, ${transport}`;
      return [
        { id, parameters, figures: of(rate), hasCounts: true, reference: `${id}, C` },
        { id: `${id}, C`, subject: 'limit', parameters, figures: of(rate / 0.83), hasCounts: true },
      ];
    }),
  ),
};

const END_TO_END: Sample = {
  name: 'end-to-end',
  title: 'End to end',
  question: 'How many events a second come from a database file to a subscriber?',
  conditions: {
    events: EVENTS,
    attributes: 16,
    seed: 1,
    transport: 'tcp',
    highWaterMark: 200_000,
    isCold: true,
  },
  notes: ['This program reads ahead while it waits for subscribers: up to 22.9 % of the events were ready.'],
  figures: [
    EVENTS_PER_S,
    figure('bytesPerS', 'bytes/s', 'B/s', 'higher'),
    CPU_US,
    RSS,
    figure('headStartShare', 'head start', 'share', null, false),
    figure('firstEventS', 'first event', 's', 'lower', false),
    figure('withoutHeadStartPerS', 'events/s without head start', '1/s', 'higher', false),
  ],
  charts: [
    bars('Events per second', 'eventsPerS'),
    { kind: 'curve', title: 'Rate by workers', figure: 'eventsPerS', x: 'workers' },
    { kind: 'curve', title: 'Cost of an event by length of the night', figure: 'cpuUs', x: 'events' },
    { kind: 'course', title: 'While it runs', cases: ['2 workers', 'model'] },
  ],
  cases: [
    ...[2, 0, 1, 4].map(
      (workers): SampleCase => ({
        id: `${workers} workers`,
        parameters: { workers },
        reference: 'model',
        hasCounts: true,
        figures: endToEnd(110_000 + 40_000 * Math.min(workers, 2)),
        ...(workers === 2 ? { courseRate: 190_000, lateUs: 30 } : {}),
        ...(workers === 4 ? { invalid: { 2: ['expected 200,000 events, received 199,400'] } } : {}),
      }),
    ),
    ...[100_000, 1_000_000, 10_000_000].map(
      (events): SampleCase => ({
        id: `${events.toLocaleString('en-US')} events`,
        parameters: { events },
        hasCounts: true,
        figures: { ...endToEnd(190_000), headStartShare: null },
      }),
    ),
    {
      id: 'model',
      subject: 'peer',
      hasCounts: true,
      courseRate: 27_000,
      lateUs: 90,
      figures: { ...endToEnd(27_000), headStartShare: null, withoutHeadStartPerS: null },
    },
  ],
};

function endToEnd(rate: number): Record<string, number> {
  return {
    eventsPerS: rate,
    bytesPerS: rate * 380,
    cpuUs: 1.3e6 / rate + 5,
    peakRssBytes: 208e6,
    headStartShare: 0.229,
    firstEventS: 0.444,
    withoutHeadStartPerS: rate * 0.77,
  };
}

const PACING: Sample = {
  name: 'pacing',
  title: 'Pacing',
  question: 'How late is an event sent, by load and timing mode?',
  conditions: { seconds: 20, seed: 7, transport: 'tcp', subscribers: 1 },
  figures: [
    figure('p99Us', 'p99 lateness', 'us', 'lower'),
    figure('p50Us', 'p50', 'us', 'lower'),
    figure('p999Us', 'p99.9', 'us', 'lower'),
    figure('cpuShare', 'CPU', 'share', 'lower'),
    figure('driftPpm', 'drift', 'ppm', null, false),
  ],
  charts: [
    {
      kind: 'spectrum',
      title: 'Lateness at the publisher, 2000/s',
      histogram: 'lateness',
      cases: pacingIds(2000),
    },
    {
      kind: 'spectrum',
      title: 'Delivery at the subscriber, 2000/s',
      histogram: 'delivery',
      cases: pacingIds(2000),
    },
    bars('p99 of lateness', 'p99Us'),
    { kind: 'course', title: 'While it runs, 2000/s', cases: pacingIds(2000) },
  ],
  cases: [200, 2000, 20_000].flatMap((load) =>
    PACERS.map(
      ([name, lateUs, cpu, subject]): SampleCase => ({
        id: `${name}, ${load}/s`,
        subject,
        parameters: { timing: name, load },
        hasCounts: true,
        ...(subject === 'peer' ? {} : { reference: `model, ${load}/s` }),
        lateUs,
        courseRate: load,
        figures: {
          p99Us: lateUs * 4,
          p50Us: lateUs,
          p999Us: lateUs * 50,
          cpuShare: cpu,
          driftPpm: subject === 'peer' ? null : -0.003,
        },
        ...(load === 20_000 && subject === 'peer'
          ? { invalid: everyRound('sent 14,210 events/s, which is less than 95 % of 20,000') }
          : {}),
      }),
    ),
  ),
};

const FAN_OUT: Sample = {
  name: 'fan-out',
  title: 'Fan-out',
  question: 'What does each further subscriber cost?',
  conditions: { payloadBytes: 300, transport: 'tcp', highWaterMark: 100_000 },
  figures: [
    figure('deliveredPerS', 'delivered/s', '1/s', 'higher'),
    figure('publishedPerS', 'published/s', '1/s', 'higher'),
    figure('lostCount', 'lost', 'count', 'lower'),
    figure('p99Us', 'p99 delivery', 'us', 'lower'),
  ],
  charts: [
    { kind: 'curve', title: 'Published by subscribers', figure: 'publishedPerS', x: 'subscribers' },
    { kind: 'curve', title: 'Delivery by subscribers', figure: 'p99Us', x: 'subscribers' },
  ],
  cases: [1, 4, 16, 64].map((subscribers) => ({
    id: `${subscribers} subscribers`,
    parameters: { subscribers },
    hasCounts: true,
    figures: {
      deliveredPerS: (900_000 * subscribers) / (subscribers + 2),
      publishedPerS: 900_000 / (subscribers + 2),
      lostCount: 0,
      p99Us: 200 * subscribers ** 1.5,
    },
  })),
};

const START: Sample = {
  name: 'start',
  title: 'Start',
  question: 'How long is it until the first event, and until another place is reached?',
  conditions: { attributes: 9, pageCache: 'cold' },
  figures: [figure('firstEventS', 'first event', 's', 'lower'), figure('seekS', 'jump', 's', 'lower')],
  charts: [bars('First event', 'firstEventS'), bars('Jump', 'seekS')],
  cases: [1e5, 1e6, 1e7].flatMap((events) =>
    ['none', '__data_time'].map((order) => ({
      id: `${events.toLocaleString('en-US')} events, order ${order}`,
      parameters: { events, order },
      figures: { firstEventS: order === 'none' ? 0.41 : 0.4 + events / 5e5, seekS: 0.013 },
    })),
  ),
};

const FOOTPRINT: Sample = {
  name: 'footprint',
  title: 'Footprint',
  question: 'Does memory grow while a night is played again and again?',
  conditions: { loops: 20, events: EVENTS },
  figures: [
    RSS,
    figure('heapBytes', 'heap', 'B', 'lower'),
    figure('loopDelayUs', 'event loop p99', 'us', 'lower'),
  ],
  charts: [bars('Peak RSS', 'peakRssBytes'), { kind: 'course', title: 'Event loop while it runs' }],
  cases: [
    {
      id: 'long loop',
      courseRate: 180_000,
      figures: { peakRssBytes: 2.1e8, heapBytes: 3.2e7, loopDelayUs: 4200 },
    },
  ],
};

const MICRO: Sample = {
  name: 'micro',
  title: 'Micro',
  question: 'What do the parts cost that decide the rest?',
  conditions: { library: 'tinybench', timeMs: 500 },
  figures: [figure('timeNs', 'time', 'ns', 'lower'), figure('samplesCount', 'samples', 'count', null, false)],
  charts: [bars('Time of an operation', 'timeNs')],
  cases: (
    [
      ['encode a batch', 812_000],
      ['patch two times', 155],
      ['convert a number', 61],
      ['record in a histogram', 9.4],
    ] as const
  ).map(([id, timeNs]) => ({ id, figures: { timeNs, samplesCount: 5e8 / timeNs } })),
};

function pacingIds(load: number): string[] {
  return PACERS.map(([name]) => `${name}, ${load}/s`);
}

function everyRound(reason: string): Record<number, string[]> {
  return Object.fromEntries(Array.from({ length: RUNS }, (_, i) => [i + 1, [reason]]));
}

export function sampleResult(): BenchResult {
  state = 20_180_323;
  const samples = [DECODE, PUBLISH, END_TO_END, PACING, FAN_OUT, START, FOOTPRINT, MICRO];
  return {
    schema: SCHEMA,
    level: 'default',
    runs: RUNS,
    durationS: 743.2,
    environment: {
      date: '2026-11-22T19:18:21.683Z',
      tcsReplay: '0.1.0',
      commit: { id: '0123456789abcdef0123456789abcdef01234567', isChanged: true },
      node: '20.20.2',
      zeromqJs: '6.8.0',
      libzmq: '4.3.5',
      betterSqlite3: '12.11.1',
      sqlite: '3.53.2',
      python: { python: '3.11.2', pyzmq: '24.0.1', libzmq: '4.3.4', sqlite: '3.40.1' },
      cpu: 'AMD EPYC',
      cores: 2,
      memoryBytes: 25.3e9,
      system: 'linux x64',
      kernel: '6.18.44',
      loadBefore: 0.42,
    },
    scenarios: samples.map(scenarioOf),
  };
}

/** With the same result, a little and much changed. */
export function sampleComparison({ scenarios, runs, environment }: BenchResult): Comparison {
  const changes = [-0.21, 0.002, 0.34, -0.03, 0.012, -0.008];
  const figures = scenarios.flatMap(({ name, cases, figures: [main, second] }) =>
    cases.slice(0, 4).flatMap(({ id, summary, reference }, i) =>
      [main, second].flatMap((info): ComparedFigure[] => {
        const after = info === undefined ? null : (summary.figures[info.name] ?? null);
        if (info === undefined || after === null) return [];
        const change = changes[(i * 3 + name.length) % changes.length];
        const { name: figure, title, unit, better } = info;
        const before = {
          median: after.median / (1 + change),
          min: after.min / (1 + change),
          max: after.max / (1 + change),
        };
        const isChanged = Math.abs(change) > 0.06;
        const isGood = change > 0 === (better === 'higher');
        const verdict = !isChanged
          ? 'no difference'
          : better === null
            ? 'changed'
            : isGood
              ? 'better'
              : 'worse';
        const compared = { scenario: name, case: id, figure, title, unit, before, after, reference };
        return [{ ...compared, change, noise: 0.06, verdict }];
      }),
    ),
  );
  return {
    before: { date: '2026-11-20T08:00:00.000Z', commit: 'fedcba9876543210fedcba9876543210fedcba98', runs },
    after: { date: environment.date, commit: '0123456789abcdef0123456789abcdef01234567+', runs },
    confidence: 0.95,
    machine: { change: -0.03, distance: 0.04, scatter: 0.02, cases: 24 },
    figures: figures.map((each, i) =>
      i === 3 ? { ...each, change: null, noise: null, verdict: 'unknown' } : each,
    ),
    warnings: ['The load of the machine before was 0.42 and 2.10.'],
  };
}
