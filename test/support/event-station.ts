import { XPublisher } from 'zeromq';
import { systemClock } from '../../src/shared/clock.js';
import { bindWhenFree } from './bind-when-free.js';
import { freePort } from './free-port.js';

/** Generous, since tests run on busy machines: it only bounds how long a failure takes. */
const RECEIVE_TIMEOUT_MS = 60_000;

/** A publisher of events whose wire times ascend strictly, as those of a load test do. It drops nothing. */
export class EventStation {
  readonly url: string;
  /** Wire times of the events sent so far, in microseconds since 1970. */
  readonly wireTimesUs: number[] = [];
  private readonly _socket: XPublisher;

  static async open(url?: string): Promise<EventStation> {
    const station = new EventStation(url ?? `tcp://127.0.0.1:${await freePort()}`);
    await bindWhenFree(station._socket, station.url);
    return station;
  }

  private constructor(url: string) {
    this.url = url;
    this._socket = new XPublisher({
      sendHighWaterMark: 0,
      sendTimeout: 0,
      receiveTimeout: RECEIVE_TIMEOUT_MS,
      verbosity: 'allSubsUnsubs',
      linger: 0,
    });
  }

  /** The prefixes of the next subscriptions that come, sorted. */
  async subscriptions(count: number): Promise<string[]> {
    const prefixes: string[] = [];
    while (prefixes.length < count) {
      const [frame] = await this._socket.receive();
      if (frame[0] === 1) prefixes.push(frame.toString('utf8', 1));
    }
    return prefixes.sort();
  }

  /** Sends an event that is due now. */
  async send(topic = 'a.b.c'): Promise<void> {
    const lastUs = this.wireTimesUs.at(-1) ?? 0;
    await this.sendAt(Math.max(lastUs + 1, systemClock.unixUs()), topic);
  }

  async sendMany(count: number, topic?: string): Promise<void> {
    for (let i = 0; i < count; i++) await this.send(topic);
  }

  /** Sends an event with this wire time. */
  async sendAt(wireUs: number, topic = 'a.b.c'): Promise<void> {
    this.wireTimesUs.push(wireUs);
    await this.sendPayload(topic, `{"n":1,"__wire_time":${(wireUs / 1e6).toFixed(6)}}`);
  }

  /** @param frames what follows topic and payload */
  async sendPayload(topic: string, payload: string | Buffer, ...frames: readonly string[]): Promise<void> {
    await this._socket.send([topic, payload, ...frames]);
  }

  /** Sends a message of any frames. */
  async sendFrames(...frames: readonly string[]): Promise<void> {
    await this._socket.send([...frames]);
  }

  close(): void {
    this._socket.close();
  }
}
