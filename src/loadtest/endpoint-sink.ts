import type { Sink } from '../playback/player.js';
import { NotingSink } from '../shared/noting-sink.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Part } from '../zmq/publisher.js';

/** Sends messages on, and to named endpoints, too. */
export class EndpointSink extends NotingSink implements Sink {
  private readonly _endpoints: readonly NamedEndpoint[];
  private readonly _number: (() => number) | undefined;
  private _sent = 0;

  /** @param number of the event that is sent. Default: how many were sent up to it */
  constructor(next: Sink, endpoints: readonly NamedEndpoint[], number?: () => number) {
    super(next);
    this._endpoints = endpoints;
    this._number = number;
  }

  protected override note(parts: Part[]): void {
    this._sent += 1;
    const number = this._number?.() ?? this._sent;
    for (const endpoint of this._endpoints) endpoint.send(parts, number);
  }
}
