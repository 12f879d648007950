import type { PayloadFormat } from '../batch/batch.js';
import { packEvent } from '../encode/encode-msgpack.js';
import { isoText } from '../selection/time-point.js';
import type { Clock } from '../shared/clock.js';
import type { Part } from '../zmq/publisher.js';
import type { PlaybackStanding } from './playback.js';

export interface ClockTopicOptions {
  /** Time between two messages. */
  readonly clockIntervalS: number;
  readonly clockTopic: string;
  readonly format: PayloadFormat;
}

/**
 * Tells subscribers where a replay stands, at an even pace by the clock on the wall: also while nothing is played. A message
 * that cannot be sent in time is left out.
 */
export class ClockTopic {
  private readonly _options: ClockTopicOptions;
  private readonly _clock: Clock;
  private readonly _standing: () => PlaybackStanding;
  private readonly _send: (parts: Part[]) => void;
  private readonly _topic: Buffer;
  private readonly _startNs: number;
  private _timer: NodeJS.Timeout | undefined;

  /** Sends the first message. @param send takes a topic and a payload */
  constructor(
    options: ClockTopicOptions,
    clock: Clock,
    standing: () => PlaybackStanding,
    send: (parts: Part[]) => void,
  ) {
    this._options = options;
    this._clock = clock;
    this._standing = standing;
    this._send = send;
    this._topic = Buffer.from(options.clockTopic);
    this._startNs = clock.nowNs();
    this._tick();
  }

  /** Sends the last message: the replay has ended. */
  end(): void {
    clearTimeout(this._timer);
    this._tell({ ...this._standing(), state: 'ended' });
  }

  private _tick(): void {
    this._tell(this._standing());
    // From the start on, so that the pace does not depend on how late timers are.
    const intervalNs = 1e9 * this._options.clockIntervalS;
    const passedNs = this._clock.nowNs() - this._startNs;
    const leftMs = (intervalNs - (passedNs % intervalNs)) / 1e6;
    this._timer = setTimeout(() => this._tick(), Math.ceil(leftMs)).unref();
  }

  private _tell({ state, positionS, speedup }: PlaybackStanding): void {
    const sentS = this._clock.unixUs() / 1e6;
    const isKnown = Number.isFinite(positionS);
    const message = {
      // Subscribers that read the times of every event find them here, too.
      __data_time: sentS,
      __wire_time: sentS,
      state,
      positionS: isKnown ? positionS : null,
      position: isKnown ? isoText(positionS) : null,
      speedup: speedup === Number.POSITIVE_INFINITY ? 'max' : speedup,
    };
    this._send([
      this._topic,
      this._options.format === 'msgpack' ? packEvent(message) : JSON.stringify(message),
    ]);
  }
}
