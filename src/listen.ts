import type { MetricsServer, MetricsServerOptions } from './metrics/metrics-server.js';
import type { ReceptionMetrics } from './metrics/reception-metrics.js';
import { LONGEST_WAIT_S, OPTIONS, optionValue } from './options/option-table.js';
import { literalPrefix, topicMatcher } from './selection/topic-pattern.js';
import { withSafeCallbacks } from './shared/callbacks.js';
import { systemClock } from './shared/clock.js';
import * as expect from './shared/expect.js';
import { curveClientOptions } from './zmq/curve/client-keys.js';
import { Subscriber } from './zmq/subscriber.js';

export interface ListenOptions {
  /** Addresses to connect to. Default: `tcp://127.0.0.1:5556`. */
  url?: string | readonly string[];
  /** Topics to receive: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: readonly string[];
  /** Number of events after which listening stops. 1 or more; default: no limit. */
  count?: number;
  /** Seconds without an event after which listening stops. Above 0, at most 2,000,000; default: never. */
  idleTimeoutS?: number;
  /**
   * Port, or host and port, at which metrics of what is received are served over HTTP for Prometheus, as docs/metrics.md says:
   * `9464`, `127.0.0.1:9464`. Without a host only this machine reaches them. Port 0: the system chooses one, and `onNotice` tells
   * it. Default: none.
   */
  metrics?: string | number;
  /** File of the CURVE certificate of an encrypting publisher; the public half is enough. Default: no encryption. */
  curveServer?: string;
  /** With `curveServer`: file of the subscriber's own certificate, with its secret key. Default: new keys each time. */
  curveKeys?: string;
  /**
   * Called with a sentence if a publisher refuses the connection, if nothing answers at an address for a second and when
   * it does later, or if other users can read the secret key; and where metrics are, if others reach them or the port was not
   * given. Default: none.
   */
  onNotice?: (notice: string) => void;
  /** Ends the listening when it is aborted. Default: none. */
  signal?: AbortSignal;
}

export interface ReceivedEvent {
  readonly topic: string;
  /** The payload as received. The caller owns the buffer. */
  readonly payload: Buffer;
  /** All frames of the message. An event has two: its topic and its payload. */
  readonly frames: readonly Buffer[];
  /** When it was received, in Unix seconds. */
  readonly receivedS: number;
}

/**
 * Subscribes to TCS events and yields them as they arrive.
 *
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `BAD_ADDRESS`, `ADDRESS_IN_USE`, `SOCKET_FAILED`
 */
export function listen(options?: ListenOptions): AsyncGenerator<ReceivedEvent>;
/** @internal `nameOf`: what the user calls an option, for errors */
export function listen(
  options: ListenOptions,
  nameOf: expect.NameOf<keyof ListenOptions>,
): AsyncGenerator<ReceivedEvent>;
export async function* listen(
  options: ListenOptions = {},
  nameOf: expect.NameOf<keyof ListenOptions> = (option) => option,
): AsyncGenerator<ReceivedEvent> {
  const safe = withSafeCallbacks(options);
  const { url = OPTIONS.url.default, topics = [], idleTimeoutS, signal, onNotice } = safe;
  const count = optionValue('limit', options.count, nameOf('count'));
  const idleMs =
    idleTimeoutS === undefined
      ? undefined
      : 1000 * expect.above(nameOf('idleTimeoutS'), idleTimeoutS, 0, LONGEST_WAIT_S);
  const isWanted = topicMatcher(topics);
  const address = optionValue('metrics', options.metrics, nameOf('metrics'));
  const metrics =
    address === undefined
      ? undefined
      : await serveMetrics({ address, optionName: nameOf('metrics'), onNotice });
  const subscriber = await Subscriber.open({
    connect: typeof url === 'string' ? [url] : url,
    prefixes: topics.length === 0 ? [''] : topics.map(literalPrefix),
    highWaterMark: OPTIONS.highWaterMark.default,
    curve: curveClientOptions(safe, nameOf),
    onNotice,
  }).catch((error) => {
    metrics?.server.close();
    throw error;
  });
  const close = () => subscriber.close();
  let idle: NodeJS.Timeout | undefined;
  const startIdling = () => {
    if (idleMs !== undefined) idle = setTimeout(close, idleMs);
  };
  startIdling();
  signal?.addEventListener('abort', close);
  if (signal?.aborted === true) close();
  try {
    let received = 0;
    for await (const frames of subscriber.messages()) {
      const [topicFrame, payload = Buffer.alloc(0)] = frames;
      const topic = topicFrame.toString();
      if (!isWanted(topic)) continue;
      // The time that the caller takes for an event does not count as idle.
      clearTimeout(idle);
      received += 1;
      const receivedS = systemClock.unixUs() / 1e6;
      metrics?.reception.add(topic, payload, receivedS);
      yield { topic, payload, frames, receivedS };
      if (received >= count) return;
      startIdling();
    }
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', close);
    subscriber.close();
    metrics?.server.close();
  }
}

interface Metrics {
  readonly reception: ReceptionMetrics;
  readonly server: MetricsServer;
}

/** Serves metrics of what is received. Its code is loaded only then. @throws TcsReplayError as `MetricsServer.open` */
async function serveMetrics(options: Omit<MetricsServerOptions, 'families'>): Promise<Metrics> {
  const [{ MetricsServer }, { ReceptionMetrics }] = await Promise.all([
    import('./metrics/metrics-server.js'),
    import('./metrics/reception-metrics.js'),
  ]);
  const reception = new ReceptionMetrics();
  return { reception, server: await MetricsServer.open({ ...options, families: reception.families }) };
}
