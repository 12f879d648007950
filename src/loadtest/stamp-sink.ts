import type { Sink } from '../playback/player.js';
import { systemClock } from '../shared/clock.js';
import { NotingSink } from '../shared/noting-sink.js';
import { stampText } from '../shared/send-stamp.js';
import type { Part } from '../zmq/publisher.js';

/**
 * Sends messages on with a third frame: when it was sent, and the event's number, from 1 on. A subscriber that knows of it sees what it
 * has lost.
 */
export class StampSink extends NotingSink implements Sink {
  private readonly _number: (() => number) | undefined;
  private _sent = 0;

  /** @param number of the event that is sent. Default: how many were sent up to it */
  constructor(next: Sink, number?: () => number) {
    super(next);
    this._number = number;
  }

  override send(parts: Part[]): Promise<boolean> | undefined {
    const number = this._number?.() ?? this._sent + 1;
    const stamp = Buffer.from(stampText({ sentUs: systemClock.unixUs(), number }), 'latin1');
    return super.send([...parts, stamp]);
  }

  protected override note(): void {
    this._sent += 1;
  }
}
