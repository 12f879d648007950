import type { Sink } from '../playback/player.js';
import { NotingSink } from '../shared/noting-sink.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Part } from '../zmq/publisher.js';

/** Sends messages on, and to named endpoints, too: an event's number is how many were sent up to it. */
export class EndpointSink extends NotingSink implements Sink {
  private readonly _endpoints: readonly NamedEndpoint[];
  private _sent = 0;

  constructor(next: Sink, endpoints: readonly NamedEndpoint[]) {
    super(next);
    this._endpoints = endpoints;
  }

  protected override note(parts: Part[]): void {
    this._sent += 1;
    for (const endpoint of this._endpoints) endpoint.send(parts, this._sent);
  }
}
