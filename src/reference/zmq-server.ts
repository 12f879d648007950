import { setImmediate as turn } from 'node:timers/promises';
import { jsonTime } from '../encode/time-slot.js';
import { optionValue } from '../options/option-table.js';
import { withSafeCallbacks } from '../shared/callbacks.js';
import { systemClock } from '../shared/clock.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import { readServerKeys } from '../zmq/curve/server-keys.js';
import { type Part, Publisher, type Undelivered } from '../zmq/publisher.js';

export interface ZMQServerOptions {
  /** Messages that are queued for a subscriber; further ones are dropped for it. 0: no limit. Default 200,000. */
  highWaterMark?: number;
  /** Milliseconds that queued messages are kept for slow subscribers after `close`. -1: no limit. Default 30,000. */
  lingerMs?: number;
  /** File of a CURVE certificate with its secret key: clients need its public key. Default: no encryption. */
  curveKeys?: string;
  /** With `curveKeys`: certificates of clients, or folders of them (`*.key`). Only these get events. Default: all clients. */
  curveClients?: string | readonly string[];
  /** Called with a sentence if other users can read the secret key. */
  onNotice?: (notice: string) => void;
}

/** Messages sent before the event loop turns, so that the memory of delivered ones is freed. */
const SENDS_A_TURN = 500;

/** Publishes events on a ZeroMQ PUB socket, as the reference's `ZMQServer` does. */
export class ZMQServer {
  private readonly _publisher: Publisher;
  private _isClosed = false;

  private constructor(publisher: Publisher) {
    this._publisher = publisher;
  }

  /**
   * Creates a server and binds it to an address.
   *
   * @param url such as `tcp://127.0.0.1:5556`
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`, `BAD_OPTION`, `NO_SUCH_FILE`
   */
  static async open(url: string, options: ZMQServerOptions = {}): Promise<ZMQServer> {
    const publisher = await Publisher.open({
      bind: [url],
      connect: [],
      highWaterMark: optionValue('highWaterMark', options.highWaterMark),
      lingerMs: optionValue('lingerMs', options.lingerMs),
      curve: readServerKeys(withSafeCallbacks(options)),
      // Counting would keep a program that forgets to close the server from ending.
      countSubscribers: false,
    });
    return new ZMQServer(publisher);
  }

  /**
   * Sends a multipart message. Strings are sent as UTF-8. Buffers belong to the server from then on.
   *
   * @throws TcsReplayError `SOCKET_FAILED` after `close`
   */
  sendEvent(parts: readonly Part[]): void {
    if (this._isClosed) throw new TcsReplayError('SOCKET_FAILED', 'Cannot send: the server is closed');
    this._publisher.send([...parts]);
  }

  /**
   * Sends a TCS event: its topic and its JSON. If the event has no `__wire_time`, the current time is added.
   *
   * @param event an object, or the JSON of an object, which keeps all digits of its numbers
   * @throws TcsReplayError `BAD_OPTION` if the string is not the JSON of an object; `SOCKET_FAILED` after `close`
   */
  sendTcsEvent(topic: string, event: object | string): void {
    const json = typeof event === 'string' ? event : jsonOf(event);
    const keys = Object.keys(parseObject(json));
    if (keys.includes('__wire_time')) {
      this.sendEvent([topic, json]);
      return;
    }
    const open = json.slice(0, json.lastIndexOf('}'));
    const comma = keys.length > 0 ? ',' : '';
    this.sendEvent([topic, `${open}${comma}"__wire_time":${jsonTime(systemClock.unixUs())}}`]);
  }

  /** Sends every event of a sequence as it arrives; `null` and `undefined` are skipped. */
  async start(
    events: Iterable<readonly Part[] | null | undefined> | AsyncIterable<readonly Part[] | null | undefined>,
  ): Promise<void> {
    let sent = 0;
    for await (const parts of events) {
      if (parts === null || parts === undefined) continue;
      this.sendEvent(parts);
      sent += 1;
      if (sent % SENDS_A_TURN === 0) await turn();
    }
  }

  /**
   * Closes the socket at once. Queued messages are still delivered, for at most the linger time.
   *
   * @returns what could not be delivered, once everything has been handed to the system or the linger time is over
   */
  close(): Promise<Undelivered> {
    this._isClosed = true;
    return this._publisher.close();
  }
}

function jsonOf(event: object): string {
  try {
    return JSON.stringify(event);
  } catch (error) {
    throw new TcsReplayError('BAD_OPTION', `Expected event to be what JSON can hold: ${messageOf(error)}`);
  }
}

function parseObject(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new TcsReplayError('BAD_OPTION', `Expected event to be the JSON of an object: ${messageOf(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw expect.badOption('event', 'the JSON of an object', json);
}
