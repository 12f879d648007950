import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Buckets } from '../measure/buckets.js';
import {
  BOUNDS_NS,
  gauge,
  histogramSamples,
  type MetricFamily,
  type Sample,
} from '../metrics/metric-family.js';
import type { LoadProgress } from './load-progress.js';

/** What metrics read of a load test. */
export interface LoadReading {
  /** As of the last look at subscribers, a quarter of a second ago at most; undefined: the load has not begun. */
  readonly progress: () => LoadProgress | undefined;
  /** The latency of each subscriber, in the order of the progress; undefined: not known. */
  readonly latencies: (boundsNs: readonly number[]) => Iterable<Buckets | undefined>;
}

type Subscriber = LoadProgress['subscribers'][number];

/** Most subscribers with series of their own. */
const MOST_SUBSCRIBERS = 1000;

/** The metrics of a load test, besides those of its replay. */
export function loadFamilies(reading: LoadReading): MetricFamily[] {
  return [...ofLoad(reading), ...ofSubscribers(reading), latencies(reading)];
}

function ofLoad({ progress }: LoadReading): MetricFamily[] {
  const known = (name: string, help: string, read: (now: LoadProgress) => number) =>
    gauge(name, help, () => {
      const now = progress();
      return now === undefined ? Number.NaN : read(now);
    });
  return [
    known('tcs_replay_load_stage', 'Number of the present stage, from 1.', ({ stage }) => stage),
    known('tcs_replay_load_stages', 'Number of stages.', ({ stages }) => stages),
    known(
      'tcs_replay_load_elapsed_seconds',
      'Time since the load began. Beyond the duration, subscribers receive what is still queued.',
      ({ atS }) => atS,
    ),
    known('tcs_replay_load_duration_seconds', 'Time that all stages take.', ({ durationS }) => durationS),
    known(
      'tcs_replay_load_intended_events_per_second',
      'Load that the stage asks for now, where stages are rates. Compare it with what is offered.',
      ({ unit, intended }) => (unit === 'rate' ? intended : Number.NaN),
    ),
    known(
      'tcs_replay_load_intended_speed_ratio',
      'Speed that the stage asks for now, where stages are speeds.',
      ({ unit, intended }) => (unit === 'rate' ? Number.NaN : intended),
    ),
    known(
      'tcs_replay_load_offered_events_per_second',
      'Load that was sent, over the last quarter of a second. Below what is intended, the publisher or the machine is the limit, and the test tells nothing of subscribers.',
      ({ offeredPerS }) => offeredPerS,
    ),
  ];
}

function ofSubscribers({ progress }: LoadReading): MetricFamily[] {
  const ofEach = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    read: (subscriber: Subscriber) => number | null,
  ): MetricFamily => ({
    ...{ name, type, help },
    read: () => {
      const subscribers = progress()?.subscribers ?? [];
      const labels = labelsOf(subscribers);
      return labels.map((each, i) => ({
        labels: each,
        value: read(subscribers[i] as Subscriber) ?? Number.NaN,
      }));
    },
  });
  return [
    ofEach(
      'tcs_replay_subscriber_received_events_total',
      'counter',
      'Events that a subscriber has received, where it counts or reports them. kind: sentinel, our own reference; own, started by the load test; foreign, yours.',
      ({ received }) => received,
    ),
    ofEach(
      'tcs_replay_subscriber_lag_events',
      'gauge',
      'Events that a subscriber is behind by. Where it grows at a steady load, the subscriber is too slow, long before it loses one.',
      ({ lag }) => lag,
    ),
    ofEach(
      'tcs_replay_subscriber_lost_events',
      'gauge',
      'Events that a subscriber has lost so far, as far as is known now: one that comes late after all is lost no longer.',
      ({ lost }) => lost,
    ),
    ofEach(
      'tcs_replay_subscriber_backed_up_ratio',
      'gauge',
      'Share of the last moments in which the connection of a subscriber had no room: 0 to 1. Near 1, it reads slower than events come.',
      ({ backedUpShare }) => backedUpShare,
    ),
  ];
}

function latencies(reading: LoadReading): MetricFamily {
  return {
    name: 'tcs_replay_subscriber_latency_seconds',
    type: 'histogram',
    help: 'Time from when an event was due until a subscriber received it, where that is known.',
    read: async () => {
      const labels = labelsOf(reading.progress()?.subscribers ?? []);
      const samples: Sample[] = [];
      let i = 0;
      for (const latency of reading.latencies(BOUNDS_NS)) {
        const each = labels[i++];
        if (each === undefined) break;
        if (latency === undefined) continue;
        samples.push(...histogramSamples(latency, each));
        // To read a histogram takes some tenths of a millisecond.
        await eventLoopTurn();
      }
      return samples;
    },
  };
}

/** Labels of the first 1000 subscribers. No two have the same: one of a name that is taken gets a number. */
function labelsOf(subscribers: readonly Subscriber[]): { subscriber: string; kind: string }[] {
  const taken = new Map<string, number>();
  return subscribers.slice(0, MOST_SUBSCRIBERS).map(({ name, kind }) => {
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return { subscriber: times === 1 ? name : `${name} (${times})`, kind };
  });
}
