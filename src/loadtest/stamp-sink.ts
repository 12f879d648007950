import type { Sink } from '../playback/player.js';
import { systemClock } from '../shared/clock.js';
import { stampText } from '../shared/send-stamp.js';
import type { Part } from '../zmq/publisher.js';

/**
 * Sends messages on with a third frame: when it was sent, and the event's number, from 1 on. A subscriber that knows of it sees what it
 * has lost.
 */
export class StampSink implements Sink {
  private readonly _next: Sink;
  private _sent = 0;

  constructor(next: Sink) {
    this._next = next;
  }

  send(parts: Part[]): Promise<boolean> | undefined {
    const stamp = Buffer.from(stampText({ sentUs: systemClock.unixUs(), number: this._sent + 1 }), 'latin1');
    const sending = this._next.send([...parts, stamp]);
    if (sending !== undefined) return this._countOnceSent(sending);
    this._sent += 1;
    return undefined;
  }

  private async _countOnceSent(sending: Promise<boolean>): Promise<boolean> {
    const isSent = await sending;
    if (isSent) this._sent += 1;
    return isSent;
  }
}
