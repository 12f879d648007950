import { Batch } from '../batch/batch.js';
import type { RelayPace } from '../pacing/relay-pace.js';
import { RelayQueue } from '../relay/relay-queue.js';
import { subscribedPrefixes, type TopicFilter, topicTest } from '../selection/topic-filter.js';
import * as text from '../shared/text.js';
import type { CurveClientOptions } from '../zmq/curve/client-keys.js';
import { LivePublisher, type ReceivedPublisher } from '../zmq/live-publisher.js';
import type { PlacedBatch, Source } from './source.js';

/** A longer slice makes events wait that could be sent. */
const SLICE_NS = 250_000;

/** How far a wire time may be impossible before it is told and counted: clocks of two machines are never quite the same. */
const OFF_CLOCK_S = 1;
/** More topics than a real stream has. Whether others are wanted is found anew for each event, to bound memory. */
const MOST_KNOWN_TOPICS = 1 << 16;

/** Which live publishers are relayed, and how. */
export interface RelayOptions {
  /** Addresses of publishers. */
  readonly from: readonly string[];
  /** Seconds between an event's time at its publisher and the moment when it is due. 0: it is due when it comes. */
  readonly behindS: number;
  /** Most bytes of events that wait until they are due, or while the replay is paused. */
  readonly queueBytes: number;
  /** Most messages of each publisher that wait in its socket, before its own queue fills. */
  readonly highWaterMark: number;
  /** Seconds after which nothing more is received; Infinity: no limit. */
  readonly durationS: number;
  /** Whether the two times of events are written anew when they are sent. */
  readonly rewritesTimes: boolean;
  /** Undefined: all topics are wanted. */
  readonly filter: TopicFilter | undefined;
  /** Keys for publishers that encrypt. */
  readonly curve: CurveClientOptions | undefined;
  /** What the user calls the options that messages name. */
  readonly behindName: string;
  readonly queueName: string;
  readonly pace: Pick<RelayPace, 'nowS'>;
}

/** What was relayed of live publishers. */
export interface RelayFigures {
  readonly behindS: number;
  /** Number of events of wanted topics that were received. */
  readonly received: number;
  /** Events that were dropped, since more waited than the queue has room for. */
  readonly dropped: number;
  /** Messages that were left out, since they have no payload. */
  readonly leftOut: number;
  /** Events whose payload is no JSON object. They were sent as they came, with their own times. */
  readonly unread: number;
  /** Events whose wire time cannot be right, by more than a second: they were due by the time of their receipt. */
  readonly offClock: number;
  /** Events that were lost on the way, as far as stamps tell. */
  readonly lost: number;
  /** The most that waited, in bytes. */
  readonly mostQueuedBytes: number;
  readonly publishers: readonly ReceivedPublisher[];
}

/**
 * What live publishers send, in the order in which it comes. It receives from the beginning on, and what is not taken yet waits in a
 * queue. The time of an event is its wire time, or that of its receipt where it has none, or one that cannot be right.
 */
export class LiveSource implements Source {
  readonly name: string;
  readonly isLive = true;
  readonly damage = [];
  readonly sizeBytes = 0;
  readonly firstTimeS = Number.NaN;
  readonly firstKeyS = Number.NaN;
  readonly lastTimeS = Number.NaN;
  private readonly _options: RelayOptions;
  private readonly _onNotice: (notice: string) => void;
  private readonly _publishers: LivePublisher[];
  private readonly _queue: RelayQueue;
  private readonly _isWanted: (topic: string) => boolean;
  private readonly _knownTopics = new Map<string, boolean>();
  private readonly _received: Promise<unknown>;
  private readonly _counts = { leftOut: 0, unread: 0, offClock: 0 };
  private readonly _told = new Set<string>();
  private _ending: NodeJS.Timeout | undefined;

  /**
   * Connects to publishers, which need not be there yet, and begins to receive.
   *
   * @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED`, `BAD_OPTION` for keys with an address whose transport cannot be encrypted
   */
  static async open(options: RelayOptions, onNotice: (notice: string) => void): Promise<LiveSource> {
    const publishers: LivePublisher[] = [];
    const { highWaterMark, curve } = options;
    const prefixes = subscribedPrefixes(options.filter);
    const common = {
      ...{ prefixes, readsStamps: prefixes.includes(''), highWaterMark, curve },
      ...{ use: 'relayed' as const, sliceNs: SLICE_NS, onNotice },
    };
    try {
      for (const url of options.from) publishers.push(await LivePublisher.open({ ...common, url }));
    } catch (error) {
      for (const publisher of publishers) publisher.close();
      throw error;
    }
    return new LiveSource(options, publishers, onNotice);
  }

  private constructor(
    options: RelayOptions,
    publishers: LivePublisher[],
    onNotice: (notice: string) => void,
  ) {
    const { queueName } = options;
    this.name = options.from.join(', ');
    this._options = options;
    this._publishers = publishers;
    this._onNotice = onNotice;
    this._isWanted = topicTest(options.filter);
    this._queue = new RelayQueue({
      ...options,
      onFull: () =>
        onNotice(
          `${text.bytes(options.queueBytes)} of events wait, the most that ${queueName} allows: ` +
            'events that come are dropped until half of them are sent',
        ),
      onRoom: (dropped) =>
        onNotice(`Events are taken again; ${text.counted(dropped, 'event')} were dropped before`),
    });
    this._received = Promise.all(publishers.map((publisher) => this._receive(publisher)));
    this._received.finally(() => this._queue.end()).catch(() => {}); // `batches` throws it.
  }

  /** Events that are not taken yet. */
  get queue(): Pick<RelayQueue, 'accepted' | 'dropped' | 'sizeBytes'> {
    return this._queue;
  }

  /** What was relayed so far. */
  figures(): RelayFigures {
    const publishers = this._publishers.map((publisher) => publisher.figures());
    const { dropped, mostBytes } = this._queue;
    return {
      behindS: this._options.behindS,
      received: publishers.reduce((sum, { received }) => sum + received, 0),
      dropped,
      ...this._counts,
      lost: publishers.reduce((sum, { stamped }) => sum + (stamped?.lost ?? 0), 0),
      mostQueuedBytes: mostBytes,
      publishers,
    };
  }

  /** The duration begins. */
  begin(): void {
    const { durationS } = this._options;
    if (durationS === Number.POSITIVE_INFINITY) return;
    this._ending = setTimeout(() => {
      for (const publisher of this._publishers) publisher.end();
    }, 1000 * durationS);
  }

  /** Receives nothing more. What waits is not taken any more. */
  close(): void {
    clearTimeout(this._ending);
    for (const publisher of this._publishers) publisher.close();
    this._queue.end();
  }

  /** The one pass over the events: what was taken cannot be had again. */
  async *batches(): AsyncGenerator<PlacedBatch> {
    for (;;) {
      const buffer = await this._queue.take();
      if (buffer === undefined) break;
      yield { batch: new Batch(buffer), shareAtEnd: 0 };
    }
    await this._received;
  }

  private async _receive(publisher: LivePublisher): Promise<void> {
    const { pace } = this._options;
    await publisher.receive((topicFrame, payload) => {
      const topic = topicFrame.toString();
      if (!this._wants(topic)) {
        this._queue.encoder.skip();
        return true;
      }
      publisher.received += 1;
      if (payload === undefined) {
        this._counts.leftOut += 1;
        this._tell(
          publisher,
          `left out`,
          `a message of ${text.name(topic)} has no payload: such messages are left out`,
        );
      } else if (this._queue.add(topic, payload, pace.nowS())) this._note(publisher, topic);
      return true;
    });
  }

  /** Notes what is odd about the event that was added last. */
  private _note(publisher: LivePublisher, topic: string): void {
    const { isObject, impossibleAgeS } = this._queue.encoder;
    if (!isObject) {
      this._counts.unread += 1;
      this._tell(
        publisher,
        'unread',
        `an event of ${text.name(topic)} is no JSON object: such events are sent as they come, with the times that they have`,
      );
    }
    const { behindS, behindName } = this._options;
    const isAhead = impossibleAgeS < -OFF_CLOCK_S;
    if (!isAhead && !(impossibleAgeS > behindS + OFF_CLOCK_S)) return;
    this._counts.offClock += 1;
    const how = `${text.anySpan(Math.abs(impossibleAgeS))} ${isAhead ? 'in the future' : 'old when it comes'}`;
    this._tell(
      publisher,
      'off clock',
      `the wire time of an event of ${text.name(topic)} is ${how}: such events are sent ${behindName} after they come`,
    );
  }

  /** Tells something of a publisher once. */
  private _tell({ url }: LivePublisher, kind: string, what: string): void {
    const key = `${kind} ${url}`;
    if (this._told.has(key)) return;
    this._told.add(key);
    this._onNotice(`${url}: ${what}`);
  }

  private _wants(topic: string): boolean {
    let isWanted = this._knownTopics.get(topic);
    if (isWanted === undefined) {
      isWanted = this._isWanted(topic);
      if (this._knownTopics.size < MOST_KNOWN_TOPICS) this._knownTopics.set(topic, isWanted);
    }
    return isWanted;
  }
}
