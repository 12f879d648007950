import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../shared/clock.js';
import type { CurveClientOptions } from './curve/client-keys.js';
import { StampedLoss, type StampedLossDocument } from './stamped-loss.js';
import { Subscriber } from './subscriber.js';

/** Frames of an event: topic and payload; a third one is a stamp. */
const EVENT_FRAMES = 2;

/** What was received from a publisher. */
export interface ReceivedPublisher {
  readonly url: string;
  /** Number of events of wanted topics. */
  readonly received: number;
  /** How often the connection was lost. What the publisher sent until it was there again is not received, and not counted. */
  readonly disconnects: number;
  /**
   * What the numbers of stamped messages tell of losses on the way; undefined where no message had a stamp, and where only some topics
   * are received, since the numbers of others are left out then.
   */
  readonly stamped: StampedLossDocument | undefined;
}

export interface LivePublisherOptions {
  readonly url: string;
  /** Prefixes of topics to subscribe to; an empty one stands for all. */
  readonly prefixes: readonly string[];
  /** Whether losses are told by stamps: they number all topics, so all have to be received. */
  readonly readsStamps: boolean;
  /** Most messages that wait here to be read, before the publisher's queue fills, which then drops what nobody counts. */
  readonly highWaterMark: number;
  readonly curve: CurveClientOptions | undefined;
  /** What is done with its events, for notices. */
  readonly use: 'relayed' | 'recorded';
  /** Longest time without a turn of the event loop, for which messages that wait are read. A longer one makes others wait, a shorter one takes more turns. */
  readonly sliceNs: number;
  readonly onNotice: (notice: string) => void;
}

/** A publisher whose events are received, with a socket of its own: the stamps of two would be mixed up in one. */
export class LivePublisher {
  readonly url: string;
  /** Number of events of wanted topics: whoever receives them counts. */
  received = 0;
  private readonly _subscriber: Subscriber;
  private readonly _stamped: StampedLoss | undefined;
  private readonly _counts: { disconnects: number };
  private readonly _sliceNs: number;

  /** Connects to a publisher, which need not be there yet. @throws TcsReplayError as `Subscriber.open` */
  static async open(options: LivePublisherOptions): Promise<LivePublisher> {
    const { url, prefixes, readsStamps, highWaterMark, curve, use, sliceNs, onNotice } = options;
    const counts = { disconnects: 0 };
    const subscriber = await Subscriber.open({
      connect: [url],
      prefixes,
      highWaterMark,
      ...(curve === undefined ? {} : { curve }),
      onNotice,
      onGone: (address) => {
        counts.disconnects += 1;
        onNotice(`The connection to ${address} is lost: what is sent until it is back is not ${use}`);
      },
      onBack: (address) => onNotice(`Connected to ${address} again`),
    });
    const stamped = readsStamps ? new StampedLoss() : undefined;
    return new LivePublisher(url, subscriber, stamped, counts, sliceNs);
  }

  private constructor(
    url: string,
    subscriber: Subscriber,
    stamped: StampedLoss | undefined,
    counts: { disconnects: number },
    sliceNs: number,
  ) {
    this.url = url;
    this._subscriber = subscriber;
    this._stamped = stamped;
    this._counts = counts;
    this._sliceNs = sliceNs;
  }

  /**
   * Calls `onMessage` with the frames of each message, until `end` or `close`.
   *
   * @param onMessage returns whether the message is one of those whose stamps tell of losses
   */
  async receive(onMessage: (topic: Buffer, payload: Buffer | undefined) => boolean): Promise<void> {
    // Messages that wait in the socket are read in microtasks: without a turn the event loop would do nothing else.
    let turnedNs = systemClock.nowNs();
    for await (const frames of this._subscriber.messages()) {
      if (onMessage(frames[0], frames[1]) && frames.length > EVENT_FRAMES) this._stamped?.add(frames);
      if (systemClock.nowNs() - turnedNs < this._sliceNs) continue;
      await turn();
      turnedNs = systemClock.nowNs();
    }
  }

  figures(): ReceivedPublisher {
    const { url, received } = this;
    return { url, received, ...this._counts, stamped: this._stamped?.document() };
  }

  /** Waits for no more messages: those that have come are still received. */
  end(): void {
    this._subscriber.end();
  }

  close(): void {
    this._subscriber.close();
  }
}
