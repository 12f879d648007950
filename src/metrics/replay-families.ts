import type { ReplayProgress } from '../measure/outcome.js';
import type { StallCause } from '../measure/stalls.js';
import type { Tally } from '../measure/tally.js';
import type { ReceivedPublisher } from '../zmq/live-publisher.js';
import type { RouteStanding } from '../zmq/publisher-group.js';
import { BOUNDS_NS, counter, gauge, histogramSamples, type MetricFamily } from './metric-family.js';

/** How a replay stands. */
export interface ReplayStanding
  extends Pick<ReplayProgress, 'positionS' | 'share' | 'subscribers' | 'relay'> {
  readonly state: string;
  readonly speedup: number;
  readonly firstS: number;
  readonly lastS: number;
}

/** What metrics read of a replay. */
export interface ReplayReading {
  readonly tally: Pick<Tally, 'counts' | 'latenessBuckets' | 'topicTotals' | 'routes' | 'relayed'>;
  readonly status: () => ReplayStanding;
  /** All values that `state` can have. */
  readonly states: readonly string[];
  /** Undefined: nothing is read ahead. */
  readonly readAhead: () => { readonly heldBytes: number; readonly totalBytes: number } | undefined;
  /** An event is late after this time. */
  readonly lateAfterMs: number;
}

/** In the words of the summary. */
const CAUSES: readonly (readonly [label: string, cause: StallCause])[] = [
  ['read_ahead', 'readAhead'],
  ['event_loop', 'eventLoop'],
  ['send', 'send'],
];

/** The metrics of a replay. */
export function replayFamilies(reading: ReplayReading): MetricFamily[] {
  return [...published(reading), ...onTime(reading), ...standing(reading), ...relayed(reading)];
}

/** What was received of live publishers; no samples where none are relayed. */
function relayed({ tally, status }: ReplayReading): MetricFamily[] {
  return [
    byPublisher(
      tally,
      'tcs_replay_relay_received_events_total',
      'Events of wanted topics that came from a live publisher (--from).',
      ({ received }) => received,
    ),
    byPublisher(
      tally,
      'tcs_replay_relay_disconnects_total',
      'How often the connection to a live publisher was lost: what it sent until it was back did not come, and nobody counts it.',
      ({ disconnects }) => disconnects,
    ),
    counter(
      'tcs_replay_relay_dropped_events_total',
      'Events of live publishers that were dropped, since more waited than --queue allows.',
      () => tally.relayed?.dropped ?? Number.NaN,
    ),
    gauge(
      'tcs_replay_relay_queue_bytes',
      'Events of live publishers that wait, since they are not due yet or the replay is paused, in bytes.',
      () => status().relay?.queuedBytes ?? Number.NaN,
    ),
  ];
}

function byPublisher(
  tally: ReplayReading['tally'],
  name: string,
  help: string,
  figure: (publisher: ReceivedPublisher) => number,
): MetricFamily {
  const read = () =>
    (tally.relayed?.publishers ?? []).map((publisher) => ({
      labels: { publisher: publisher.url },
      value: figure(publisher),
    }));
  return { name, type: 'counter', help, read };
}

function published({ tally }: ReplayReading): MetricFamily[] {
  return [
    counter(
      'tcs_replay_published_events_total',
      'Events sent to the socket. Their rate is the load: how much of it a subscriber receives is its own matter.',
      () => tally.counts.sent,
    ),
    counter(
      'tcs_replay_published_bytes_total',
      "Topics and payloads sent, in bytes, without ZeroMQ's framing.",
      () => tally.counts.bytes,
    ),
    counter(
      'tcs_replay_primed_events_total',
      'Events of the past, sent to give the state at a start or after a jump. They are not among the published ones.',
      () => tally.counts.primed,
    ),
    counter(
      'tcs_replay_filtered_events_total',
      'Events read and not sent, since their topic was not asked for.',
      () => tally.counts.filtered,
    ),
    {
      name: 'tcs_replay_topic_events_total',
      type: 'counter',
      help: 'Events sent by topic. The first 1000 topics have a series each; all others are counted as "(other topics)".',
      read: () =>
        tally.topicTotals().map(({ topic, sentAs, events }) => ({
          labels: { topic, ...(sentAs !== undefined && { sent_as: sentAs }) },
          value: events,
        })),
    },
    byAddress(
      tally,
      'counter',
      'tcs_replay_address_events_total',
      'Events sent to addresses that have topics of their own, with those that give the state at a start.',
      ({ events }) => events,
    ),
    byAddress(
      tally,
      'counter',
      'tcs_replay_address_bytes_total',
      'Topics and payloads of these, in bytes.',
      ({ bytes }) => bytes,
    ),
    byAddress(
      tally,
      'gauge',
      'tcs_replay_address_subscribers',
      'Subscribers of these addresses, as far as known.',
      ({ subscribers }) => subscribers,
    ),
  ];
}

/** A metric of each socket; none where all addresses have the same topics. */
function byAddress(
  tally: ReplayReading['tally'],
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  figure: (route: RouteStanding) => number,
): MetricFamily {
  return {
    ...{ name, type, help },
    read: () =>
      tally.routes.map((route) => ({
        labels: { address: route.addresses.join(', ') },
        value: figure(route),
      })),
  };
}

function onTime({ tally, lateAfterMs }: ReplayReading): MetricFamily[] {
  return [
    {
      name: 'tcs_replay_lateness_seconds',
      type: 'histogram',
      help: 'Time from when an event was due until it was sent. Flat out nothing is due, and nothing is counted. Below a millisecond all is well.',
      read: () => histogramSamples(tally.latenessBuckets(BOUNDS_NS)),
    },
    counter(
      'tcs_replay_late_events_total',
      'Events sent later than --late-after allows (default: 50 ms): the replay could not keep its plan.',
      () => {
        const { upTo, count } = tally.latenessBuckets([1e6 * lateAfterMs]);
        return count - (upTo[0] ?? 0);
      },
    ),
    counter(
      'tcs_replay_dropped_events_total',
      'Events that were too late, and not sent: with --on-late drop.',
      () => tally.counts.dropped,
    ),
    ofStalls(
      'tcs_replay_stalls_total',
      'Times in which an event was overdue for more than a millisecond, by cause: read_ahead, it was not read and decoded yet; event_loop, the program or the machine was busy; send, a subscriber had no room or the process was stopped.',
      tally,
      'count',
    ),
    ofStalls(
      'tcs_replay_stall_seconds_total',
      'Time in which an event was overdue, by cause. Its rate is the share of the time in which the replay was behind.',
      tally,
      'totalS',
    ),
    counter(
      'tcs_replay_room_waits_total',
      'Waits until a subscriber had room: with --on-full block. Without it, events are dropped for a full subscriber, which no metric of the publisher shows.',
      () => tally.counts.blocked.count,
    ),
    counter(
      'tcs_replay_room_wait_seconds_total',
      'Time spent in those waits.',
      () => tally.counts.blocked.totalS,
    ),
  ];
}

function ofStalls(
  name: string,
  help: string,
  tally: ReplayReading['tally'],
  figure: 'count' | 'totalS',
): MetricFamily {
  return {
    ...{ name, type: 'counter', help },
    read: () => {
      const { stalls } = tally.counts;
      return CAUSES.map(([label, cause]) => ({ labels: { cause: label }, value: stalls[cause][figure] }));
    },
  };
}

function standing({ tally, status, states, readAhead }: ReplayReading): MetricFamily[] {
  return [
    gauge(
      'tcs_replay_subscribers',
      'Subscribers of the socket, as far as known: those behind a proxy count as one.',
      () => status().subscribers,
    ),
    {
      name: 'tcs_replay_state',
      type: 'gauge',
      help: 'What the replay does: 1 for the present state, 0 for all others. Paused and blocked replays send nothing.',
      read: () => {
        const { state } = status();
        return states.map((each) => ({ labels: { state: each }, value: each === state ? 1 : 0 }));
      },
    },
    gauge(
      'tcs_replay_speed_ratio',
      'Times as fast as recorded, or times --rate; +Inf: flat out.',
      () => status().speedup,
    ),
    gauge(
      'tcs_replay_position_timestamp_seconds',
      'Recorded time of the present event, in seconds since 1970. Its rate is the speed that was reached.',
      () => status().positionS,
    ),
    gauge(
      'tcs_replay_recording_start_timestamp_seconds',
      'Recorded time of the first event.',
      () => status().firstS,
    ),
    gauge(
      'tcs_replay_recording_end_timestamp_seconds',
      'Recorded time of the last event.',
      () => status().lastS,
    ),
    gauge(
      'tcs_replay_progress_ratio',
      'Share of the pass that is done: 0 to 1; NaN: not known.',
      () => status().share,
    ),
    counter(
      'tcs_replay_passes_total',
      'Passes begun: more than one with --loop or --serve-forever.',
      () => tally.counts.passes,
    ),
    counter('tcs_replay_seeks_total', 'Jumps to another recorded time.', () => tally.counts.seeks),
    gauge(
      'tcs_replay_read_ahead_bytes',
      'Events that were read and decoded and wait to be sent, in bytes. Near 0 while stalls of read_ahead grow: reading is the limit.',
      () => readAhead()?.heldBytes ?? 0,
    ),
    gauge(
      'tcs_replay_read_ahead_limit_bytes',
      'Most that may wait so: --read-ahead.',
      () => readAhead()?.totalBytes ?? Number.NaN,
    ),
  ];
}
