/** Made-up reports of load tests, for what shows them. Nothing in them was measured. */
import { parseLoadConditions } from '../../src/loadtest/load-condition.js';
import {
  type Latency,
  LOAD_REPORT_SCHEMA,
  type LoadReport,
  type SeriesPoint,
  type SubscriberPoint,
  type SubscriberResult,
} from '../../src/loadtest/load-report.js';
import type { StageResult } from '../../src/loadtest/stage-figures.js';
import { judge } from '../../src/loadtest/verdict.js';
import { foundReport } from './search-samples.js';

const STEP_S = 0.5;
const EVENT_BYTES = 412;
const BASE_US = 120;
const NO_DAMAGE = { stretches: 0, lostEvents: 0, mostFurtherEvents: 0, places: [] };

interface SampleStage {
  readonly from: number;
  readonly to: number;
  readonly durationS: number;
}

interface SampleSubscriber {
  readonly name: string;
  readonly kind: SubscriberResult['kind'];
  /** Events a second that it can take at most. */
  readonly capacityPerS: number;
  readonly hwm?: number;
  /** Takes nothing in these seconds of the load. */
  readonly stopsS?: readonly [from: number, to: number];
  readonly result?: Partial<SubscriberResult>;
}

interface Sample {
  readonly stages: readonly SampleStage[];
  readonly subscribers: readonly SampleSubscriber[];
  readonly conditions: readonly string[];
  /** Events a second that the publisher can send at most. */
  readonly mostPerS?: number;
  readonly notices?: readonly string[];
  readonly faults?: LoadReport['load']['faults'];
}

const STAGES: readonly SampleStage[] = [
  { from: 1000, to: 1000, durationS: 10 },
  { from: 1000, to: 20_000, durationS: 20 },
  { from: 20_000, to: 20_000, durationS: 10 },
  { from: 2000, to: 2000, durationS: 10 },
];

const SENTINEL: SampleSubscriber = { name: 'sentinel', kind: 'sentinel', capacityPerS: 400_000 };

/** Six subscribers, of which one loses events, one is slow, and one is not known. */
export function fewSubscribers(): LoadReport {
  return report({
    stages: STAGES,
    faults: [
      { fault: 'delay:1%,by=200ms@10s..20s', kind: 'delay', events: 4021 },
      { fault: 'restart@30s', kind: 'restart', events: 312 },
    ],
    subscribers: [
      SENTINEL,
      { name: 'archive', kind: 'own', capacityPerS: 90_000 },
      {
        ...{ name: 'gui', kind: 'own', capacityPerS: 11_000, hwm: 40_000 },
        result: {
          ...{
            recoveryS: 6.25,
            recoveries: [
              { stage: 3, tookS: 6.25 },
              { stage: 4, tookS: 0 },
            ],
          },
          gaveWay: {
            verdict: 'cpu-bound',
            evidence:
              'its connection had no room for 61% of the time, and its busiest thread ran for 98% of it',
          },
        },
      },
      {
        ...{ name: 'python3 127.0.0.1:53122', kind: 'foreign', capacityPerS: 15_500, hwm: 200_000 },
        result: {
          ...{ proof: 'kernel', received: null, duplicated: null, reordered: null, latency: null },
          command: '/usr/bin/python3 logger.py --database /data/night.db',
          proves:
            'its machine has acknowledged every byte of all events; what its program has read of them is not known',
          gaveWay: { verdict: 'waiting', evidence: 'it slept while 1.4 MB waited in its socket' },
        },
      },
      {
        ...{ name: 'viewer', kind: 'foreign', capacityPerS: 14_000, hwm: 50_000 },
        result: {
          ...{ proof: 'endpoint', latency: null, received: null },
          lostNumbers: Array.from({ length: 9 }, (_, i) => [200_000 + 500 * i, 200_120 + 500 * i] as const),
          proves: 'its endpoint dropped these events, since it had no room for more',
        },
      },
      {
        ...{ name: '192.0.2.17:40112', kind: 'foreign', capacityPerS: 90_000 },
        result: {
          ...{ proof: 'unknown', pid: null, received: null, wanted: null, lost: null, latency: null },
          ...{ duplicated: null, reordered: null, mostLag: null, mostLagS: null, endLag: null },
          ...{ backedUpShare: null, recoveryS: null, receivedPerS: null },
          proves: 'it subscribed to topics that no set of subscriptions explains: nothing proves what it got',
        },
      },
    ],
    conditions: ['lost>0', 'gui: p99>250ms', 'archive: p99>50ms', 'backed-up>75%'],
    notices: ['--stage: the load ends before the night does: 41,200 events are left.'],
  });
}

/** The sentinel and 63 others, of which a few are too slow, and one stops for some seconds. */
export function manySubscribers(others = 63): LoadReport {
  return report({
    stages: STAGES,
    subscribers: [
      SENTINEL,
      ...Array.from({ length: others }, (_, i): SampleSubscriber => {
        const name = `own-${i + 1}`;
        if (i % 9 === 4) return { name, kind: 'own', capacityPerS: 9000 + 160 * i, hwm: 30_000 + 2000 * i };
        if (i === 11) return { name, kind: 'own', capacityPerS: 120_000, stopsS: [22, 27] };
        return { name, kind: 'own', capacityPerS: 17_000 + 700 * ((i * 37) % 23) };
      }),
    ],
    conditions: ['lost>0', 'p99>1s'],
  });
}

/** A search for the highest rate. */
export function searched(): LoadReport {
  const { load, ...rest } = fewSubscribers();
  return { ...rest, load: { ...load, stages: [] }, search: foundReport() };
}

/** The publisher sends less than it should: nothing can be said. */
export function inconclusive(): LoadReport {
  return report({
    stages: STAGES,
    subscribers: [SENTINEL, { name: 'gui', kind: 'own', capacityPerS: 90_000 }],
    conditions: ['gui: p99>20ms', 'nobody: lost>0'],
    mostPerS: 14_000,
  });
}

/** A subscriber of topics of which hardly any event comes, so that its latency is known at single moments only. */
export function sparse(): LoadReport {
  const report = passed();
  return {
    ...report,
    series: report.series.map((point, i) => ({
      ...point,
      subscribers: point.subscribers.map((each, subscriber) =>
        subscriber === 1 && i % 3 > 0 ? { ...each, p99Us: null } : each,
      ),
    })),
  };
}

/** All conditions kept. */
export function passed(): LoadReport {
  return report({
    stages: [{ from: 2000, to: 2000, durationS: 10 }],
    subscribers: [SENTINEL, { name: 'gui', kind: 'own', capacityPerS: 90_000 }],
    conditions: ['lost>0', 'p99>20ms'],
  });
}

/** Stopped before anything was sent or anyone had connected. */
export function emptyReport(): LoadReport {
  return { ...report({ stages: [], subscribers: [], conditions: [] }), endedBy: 'signal' };
}

/** A report in which all that comes from outside is `name`. */
export function namedReport(name: string): LoadReport {
  const few = fewSubscribers();
  return {
    ...few,
    subscribers: few.subscribers.map((each) => ({
      ...each,
      ...{ name, peer: name, command: name, proves: name, hasGone: true },
      gaveWay: { verdict: 'unknown', evidence: name },
    })),
    conditions: few.conditions.map((each) => ({ ...each, condition: name, subscriber: name, reason: name })),
    ...{ reasons: [name], notices: [name], instrument: { isValid: false, faults: [name] } },
    load: { ...few.load, databases: [name], faults: [{ fault: name, kind: 'drop', events: 1 }] },
    machine: { ...few.machine, cpu: name },
    search: foundReport(name),
  };
}

/** One server with a queue: what is due, sent, taken and dropped in each step. */
function report(sample: Sample): LoadReport {
  const { stages, subscribers, conditions, mostPerS = 1e9, notices = [], faults = [] } = sample;
  const durationS = stages.reduce((sum, stage) => sum + stage.durationS, 0);
  const queues = subscribers.map(() => ({
    lag: 0,
    lost: 0,
    mostLag: 0,
    mostS: 0,
    backedS: 0,
    received: 0,
    endS: 0,
  }));
  const series: SeriesPoint[] = [];
  let [waiting, sent] = [0, 0];
  for (let atS = STEP_S; atS <= durationS + 4 && durationS > 0; atS += STEP_S) {
    const intendedPerS = atS > durationS ? 0 : rateAt(stages, atS);
    const due = intendedPerS * STEP_S + waiting;
    const offered = Math.round(Math.min(due * (1 - 0.01 * noise(atS)), mostPerS * STEP_S));
    waiting = atS > durationS ? 0 : Math.max(0, due - offered);
    sent += offered;
    series.push({
      ...{ atS, intendedPerS, offeredPerS: offered / STEP_S },
      lateP99Us: offered === 0 ? null : 70 + 900 * noise(atS) ** 6 + (1e6 * waiting) / mostPerS,
      subscribers: subscribers.map((each, i) =>
        step(each, queues[i], offered, atS, durationS, noise(atS + i)),
      ),
    });
  }
  const results = subscribers.map((each, i) => resultOf(each, queues[i], sent, durationS, i));
  const stageResults = stages.map((stage, i) => stageResultOf(stage, i, stages, series));
  const judged = judge({
    ...{ unit: 'rate', stages: stageResults, subscribers: results },
    conditions: parseLoadConditions(conditions, '--fail-if'),
  });
  return {
    ...{
      schema: LOAD_REPORT_SCHEMA,
      title: null,
      startedAt: '2026-11-28T21:30:00.000Z',
      durationS,
      endedBy: 'end',
    },
    ...judged,
    load: {
      ...{ databases: ['night.db'], unit: 'rate', arrival: 'even', seed: 1, telescopes: 1 },
      ...{ sent, bytes: sent * EVENT_BYTES, stages: stageResults },
      ...{ changes: [], unreadable: [], damage: NO_DAMAGE, faults },
    },
    ...{ search: null, subscribers: results, agents: [], hops: [], series, notices, writeFailures: [] },
    cost: { sentinelCpuShare: 0.12, looks: 40, looksMs: 55 },
    machine: { node: '20.19.5', platform: 'linux x64', cores: 2, cpu: 'Made-up CPU @ 2.00GHz' },
  };
}

/** Two agents behind a proxy, of which one is missing. */
export function withAgents(): LoadReport {
  const report = passed();
  const { latency } = report.subscribers[0];
  const agent = { host: 'rack.dome', cores: 8, hops: ['A'], latency };
  return {
    ...report,
    agents: [
      { ...agent, name: 'a1', subscribers: ['a1-1', 'a1-2'], state: 'ended', received: 20_000 },
      { ...agent, name: '<b>', subscribers: ['<b>'], state: 'missing', received: 400, latency: null },
    ],
    hops: [
      {
        ...{ name: 'A', agents: ['a1'], subscribers: 2, witness: 'a1-1', latency },
        lostBefore: { least: 0, most: 120, about: 120 },
        lostBehind: { least: 30, most: 30, about: 30 },
      },
    ],
  };
}

interface Queue {
  lag: number;
  lost: number;
  mostLag: number;
  mostS: number;
  backedS: number;
  received: number;
  /** When it had all that it did not lose. */
  endS: number;
}

function step(
  { capacityPerS, hwm = 200_000, stopsS = [0, 0], result }: SampleSubscriber,
  queue: Queue,
  offered: number,
  atS: number,
  durationS: number,
  scatter: number,
): SubscriberPoint {
  const isStopped = atS > stopsS[0] && atS <= stopsS[1];
  const taken = isStopped
    ? 0
    : Math.min(queue.lag + offered, Math.round(capacityPerS * STEP_S * (1 - 0.1 * scatter)));
  queue.received += taken;
  const lag = queue.lag + offered - taken;
  queue.lost += Math.max(0, lag - hwm);
  queue.lag = Math.min(lag, hwm);
  queue.mostLag = Math.max(queue.mostLag, queue.lag);
  queue.mostS = Math.max(queue.mostS, queue.lag / capacityPerS);
  if (queue.lag > 0) queue.endS = Math.max(0, atS + STEP_S - durationS);
  const isBacked = queue.lag > 0;
  if (isBacked) queue.backedS += STEP_S;
  if (result?.proof === 'unknown')
    return { receivedPerS: null, lag: null, lost: null, p99Us: null, backedUpShare: null };
  return {
    ...{ receivedPerS: taken / STEP_S, lag: queue.lag, lost: queue.lost },
    p99Us:
      result?.latency === null || taken === 0
        ? null
        : BASE_US * (1 + scatter) + (1e6 * queue.lag) / capacityPerS,
    backedUpShare: isBacked ? 0.9 + 0.1 * scatter : 0.01 * scatter,
  };
}

function resultOf(
  { name, kind, result }: SampleSubscriber,
  { lag, lost, mostLag, mostS, backedS, received, endS }: Queue,
  sent: number,
  durationS: number,
  index: number,
): SubscriberResult {
  return {
    ...{ name, kind, proof: 'count' },
    proves:
      lost === 0
        ? `it counted every one of the ${sent} events that were sent for it`
        : `it counted ${sent - lost} of the ${sent} events that were sent for it`,
    ...{ peer: `127.0.0.1:${40_000 + index}`, pid: 4000 + index, command: null },
    ...{
      wanted: sent,
      received,
      lost: { least: lost, most: lost + lag, about: lost },
      lostNumbers: null,
      duplicated: 0,
      reordered: 0,
    },
    ...{ mostLag, mostLagS: mostS, endLag: lag, latency: latency(mostS, backedS / durationS) },
    ...{
      backedUpShare: Math.min(1, backedS / durationS),
      recoveryS: lag > 0 ? Number.POSITIVE_INFINITY : endS,
      recoveries: [],
    },
    ...{ receivedPerS: received / durationS, gaveWay: null, hasGone: false },
    ...result,
  };
}

/** Most events are fast, and the share that had to queue took up to `mostS`. */
function latency(mostS: number, slowShare: number): Latency {
  const at = (percent: number) => {
    const above = Math.max(1e-5, 1 - percent / 100);
    const tail = BASE_US * (1 + 0.4 * Math.log10(1 / above) ** 2);
    return above < slowShare ? tail + 1e6 * mostS * (1 - above / slowShare) : tail;
  };
  const percents = [0, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999];
  return {
    ...{ p50Us: at(50), p90Us: at(90), p99Us: at(99), p999Us: at(99.9), p9999Us: at(99.99) },
    ...{ maxUs: at(100), meanUs: at(60), errorUs: 0 },
    spectrum: [...percents, 100].map((percent) => [percent, at(percent)] as const),
  };
}

function rateAt(stages: readonly SampleStage[], atS: number): number {
  let startS = 0;
  for (const { from, to, durationS } of stages) {
    if (atS <= startS + durationS) return from + ((to - from) * (atS - startS)) / durationS;
    startS += durationS;
  }
  return 0;
}

function stageResultOf(
  stage: SampleStage,
  index: number,
  stages: readonly SampleStage[],
  series: readonly SeriesPoint[],
): StageResult {
  const startS = stages.slice(0, index).reduce((sum, { durationS }) => sum + durationS, 0);
  const within = series.filter(({ atS }) => atS > startS && atS <= startS + stage.durationS);
  const sum = (of: (point: SeriesPoint) => number) =>
    Math.round(within.reduce((total, point) => total + of(point) * STEP_S, 0));
  const offered = sum(({ offeredPerS }) => offeredPerS);
  const late = Math.max(...within.map(({ lateP99Us }) => lateP99Us ?? 0));
  return {
    ...{ ...stage, playedS: stage.durationS, intended: sum(({ intendedPerS }) => intendedPerS), offered },
    ...{ bytes: offered * EVENT_BYTES, lateP50Us: 65, lateP99Us: late, lateMaxUs: 3 * late },
  };
}

/** From 0 to 1, the same each time. */
function noise(value: number): number {
  const mixed = Math.sin(value * 12.9898) * 43_758.5453;
  return mixed - Math.floor(mixed);
}
