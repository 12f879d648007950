import type { ReceivedEvent } from '../../listen.js';
import { percentile } from '../../measure/histogram.js';
import { ReceptionTally } from '../../measure/reception-tally.js';
import * as text from '../../shared/text.js';
import { StampedLoss } from '../../zmq/stamped-loss.js';
import { columns, shortened } from '../text/columns.js';

/** Events of further topics count in all sums, but not by topic. */
const MOST_TOPICS = 10_000;
/** Most topics shown; `--json` has all. */
const SHOWN_TOPICS = 20;
const TOPIC_WIDTH = 48;

interface Sum {
  events: number;
  bytes: number;
}

/** Counts what a subscriber receives: events and bytes, in all and by topic, and what their wire times tell. */
export class ListenStats {
  private readonly _all = new ReceptionTally();
  /** Undefined: the numbers of events that are not received are missing too, and no loss. */
  private readonly _stamped: StampedLoss | undefined;
  private readonly _topics = new Map<string, Sum>();
  private _firstS = Number.NaN;
  private _lastS = Number.NaN;
  /** The sums when the last second began. */
  private _second = { atS: Number.NaN, events: 0, bytes: 0 };
  private _perS = { events: 0, bytes: 0 };

  /** @param takesAll whether the events of all topics are received */
  constructor(takesAll: boolean) {
    this._stamped = takesAll ? new StampedLoss() : undefined;
  }

  /** @param wireUs the event's `__wire_time` in microseconds since 1970; NaN where it has none */
  add({ topic, payload, frames, receivedS }: ReceivedEvent, wireUs: number): void {
    if (this._all.received === 0) this._firstS = receivedS;
    this._lastS = receivedS;
    const bytes = Buffer.byteLength(topic) + payload.length;
    this._all.add(topic, bytes, wireUs, Math.round(receivedS * 1e6));
    this._stamped?.add(frames);
    const known = this._topics.get(topic);
    if (known !== undefined) addTo(known, bytes);
    else if (this._topics.size < MOST_TOPICS) this._topics.set(topic, { events: 1, bytes });
  }

  /** What has come so far, and the rates since the last call, in one line. Call it about once a second. */
  line(nowS: number): string {
    const { received: events, bytes } = this._all;
    const latency = this._all.endInterval();
    const sinceS = nowS - this._second.atS;
    if (sinceS > 0) {
      const since = (now: number, before: number) => (now - before) / sinceS;
      this._perS = {
        events: since(events, this._second.events),
        bytes: since(bytes, this._second.bytes),
      };
    }
    this._second = { atS: nowS, events, bytes };
    return [
      `${text.count(this._perS.events)} events/s`,
      `${text.bytes(this._perS.bytes)}/s`,
      text.counted(events, 'event'),
      text.bytes(bytes),
      text.counted(this._topics.size, 'topic'),
      ...(latency === null
        ? []
        : [`latency p50 ${text.duration(latency.p50Us)}, p99 ${text.duration(latency.p99Us)}`]),
    ].join('  ');
  }

  /** The sums, in a few lines with their line breaks. */
  report(): string {
    const { events, bytes, durationS, eventsPerS, bytesPerS, latency, topics, ...sums } = this.document();
    const lines = [
      `${text.counted(events, 'event')} in ${text.anySpan(durationS)}, ${text.bytes(bytes)}`,
      `  rate        ${text.count(eventsPerS)} events/s, ${text.bytes(bytesPerS)}/s`,
      ...(this._stamped?.lines() ?? []),
    ];
    if (latency !== null) {
      const at = (us: number) => text.anySpan(us / 1e6);
      lines.push(
        `  latency     p50 ${at(latency.p50Us)}, p99 ${at(latency.p99Us)}, max ${at(latency.maxUs)}`,
        `  wire times  ${text.count(sums.duplicated)} duplicated, ${text.count(sums.reordered)} reordered, ${text.count(sums.early)} early`,
      );
    }
    if (topics.length === 0) return lines[0] as string;
    const heads = ['topic', 'events', 'bytes', 'events/s'];
    const perS = (number: number) => (durationS > 0 ? rate(number / durationS) : '-');
    const table = columns(
      heads.map((head) => ({ head, align: head === 'topic' ? 'left' : 'right' })),
      topics
        .slice(0, SHOWN_TOPICS)
        .map(({ topic, events, bytes }) => [
          shortened(text.name(topic), TOPIC_WIDTH),
          text.count(events),
          text.bytes(bytes),
          perS(events),
        ]),
    );
    const more = topics.length - SHOWN_TOPICS;
    return [...lines, table, ...(more > 0 ? [`  ${text.count(more)} more: see --json`] : [])].join('\n');
  }

  /** The sums for JSON. Topics with most events first. */
  document() {
    this._all.endInterval();
    const { received: events, bytes, unnumbered, duplicated, reordered, early, latency } = this._all;
    const durationS = events === 0 ? 0 : this._lastS - this._firstS;
    const perS = (number: number) => (durationS > 0 ? number / durationS : 0);
    const at = (percent: number) => percentile(latency, percent) / 1000;
    return {
      ...{ events, bytes, durationS, eventsPerS: perS(events), bytesPerS: perS(bytes) },
      ...{ unnumbered, duplicated, reordered, early },
      latency: latency.totalCount === 0 ? null : { p50Us: at(50), p99Us: at(99), maxUs: at(100) },
      stamped: this._stamped?.document(),
      topics: [...this._topics]
        .map(([topic, sum]) => ({ topic, ...sum }))
        .sort((a, b) => b.events - a.events || (a.topic < b.topic ? -1 : 1)),
    };
  }
}

function addTo(sum: Sum, bytes: number): void {
  sum.events += 1;
  sum.bytes += bytes;
}

/** `0.25`, `3.57`, `3,570` */
function rate(perS: number): string {
  return perS < 100 ? perS.toPrecision(3) : text.count(perS);
}
