import { wireTimeOf } from '../encode/wire-time-of.js';
import { bucketsOf } from '../measure/buckets.js';
import { ReceptionTally } from '../measure/reception-tally.js';
import { TopicTotals } from '../measure/topic-totals.js';
import { BOUNDS_NS, counter, histogramSamples, type MetricFamily } from './metric-family.js';

/** Counts what a subscriber receives, for metrics of it. */
export class ReceptionMetrics {
  private readonly _tally = new ReceptionTally();
  private readonly _topics = new TopicTotals();

  /** @param receivedS Unix seconds */
  add(topic: string, payload: Buffer, receivedS: number): void {
    const bytes = Buffer.byteLength(topic) + payload.length;
    this._tally.add(topic, bytes, wireTimeOf(payload), Math.round(receivedS * 1e6));
    this._topics.add(topic, 1);
  }

  get families(): MetricFamily[] {
    const { _tally: tally } = this;
    return [
      counter('tcs_replay_received_events_total', 'Events received.', () => tally.received),
      counter(
        'tcs_replay_received_bytes_total',
        "Topics and payloads received, in bytes, without ZeroMQ's framing.",
        () => tally.bytes,
      ),
      {
        name: 'tcs_replay_received_topic_events_total',
        type: 'counter',
        help: 'Events received by topic. The first 1000 topics have a series each; all others are counted as "(other topics)".',
        read: () => this._topics.entries.map(([topic, events]) => ({ labels: { topic }, value: events })),
      },
      {
        name: 'tcs_replay_latency_seconds',
        type: 'histogram',
        help: "Time from an event's __wire_time, which is when it was due, until it was received. Events without one, and those in MessagePack, are not in it. It holds the difference of the clocks of two hosts.",
        read: () => {
          tally.endInterval();
          return histogramSamples(bucketsOf([tally.latency], BOUNDS_NS));
        },
      },
      counter(
        'tcs_replay_received_duplicates_total',
        'Events with the topic and __wire_time of one of the last 4096.',
        () => tally.duplicated,
      ),
      counter(
        'tcs_replay_received_reordered_total',
        'Events with an earlier __wire_time than one before them, and which are no duplicates.',
        () => tally.reordered,
      ),
    ];
  }
}
