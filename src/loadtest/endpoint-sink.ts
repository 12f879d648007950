import type { Sink } from '../playback/player.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Part } from '../zmq/publisher.js';

/** Sends messages on, and to named endpoints, too: an event's number is how many were sent up to it. */
export class EndpointSink implements Sink {
  private readonly _next: Sink;
  private readonly _endpoints: readonly NamedEndpoint[];
  private _sent = 0;

  constructor(next: Sink, endpoints: readonly NamedEndpoint[]) {
    this._next = next;
    this._endpoints = endpoints;
  }

  send(parts: Part[]): Promise<boolean> | undefined {
    const sending = this._next.send(parts);
    if (sending !== undefined) return this._sendOnceSent(parts, sending);
    this._sendToEndpoints(parts);
    return undefined;
  }

  private async _sendOnceSent(parts: Part[], sending: Promise<boolean>): Promise<boolean> {
    const isSent = await sending;
    if (isSent) this._sendToEndpoints(parts);
    return isSent;
  }

  private _sendToEndpoints(parts: Part[]): void {
    this._sent += 1;
    for (const endpoint of this._endpoints) endpoint.send(parts, this._sent);
  }
}
