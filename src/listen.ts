import { CHECKS, DEFAULT_HIGH_WATER_MARK, DEFAULT_URL } from './options/checks.js';
import { literalPrefix, topicMatcher } from './selection/topic-pattern.js';
import { systemClock } from './shared/clock.js';
import { curveClientOptions } from './zmq/curve/client-keys.js';
import { Subscriber } from './zmq/subscriber.js';

export interface ListenOptions {
  /** Addresses to connect to. Default: `tcp://127.0.0.1:5556`. */
  url?: string | readonly string[];
  /** Topics to receive: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: readonly string[];
  /** Stop after so many events. 1 or more; default: no limit. */
  count?: number;
  /** Stop when no event has come for so many seconds. Above 0, at most 2,000,000; default: never. */
  idleTimeoutS?: number;
  /** File of the CURVE certificate of an encrypting publisher: its public half is enough. Default: no encryption. */
  curveServer?: string;
  /** With `curveServer`: file of one's own certificate, with its secret key. Default: keys for this time only. */
  curveKeys?: string;
  /** Is told in a sentence when a publisher refuses the connection, or where the secret key is not kept from others. */
  onNotice?: (notice: string) => void;
  /** Ends the listening when it is aborted. */
  signal?: AbortSignal;
}

export interface ReceivedEvent {
  readonly topic: string;
  /** The payload as it came. The caller owns it. */
  readonly payload: Buffer;
  /** When it was received, in Unix seconds. */
  readonly receivedS: number;
}

/**
 * Subscribes to TCS events and yields them as they arrive.
 *
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `BAD_ADDRESS`, `SOCKET_FAILED`
 */
export async function* listen(options: ListenOptions = {}): AsyncGenerator<ReceivedEvent> {
  const { url = DEFAULT_URL, topics = [], signal, onNotice } = options;
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : CHECKS.limit(options.count, 'count');
  const idleMs =
    options.idleTimeoutS === undefined ? undefined : 1000 * CHECKS.idleTimeoutS(options.idleTimeoutS);
  const isWanted = topicMatcher(topics);
  const subscriber = await Subscriber.open({
    connect: typeof url === 'string' ? [url] : url,
    prefixes: topics.length === 0 ? [''] : topics.map(literalPrefix),
    highWaterMark: DEFAULT_HIGH_WATER_MARK,
    curve: curveClientOptions(options),
    onNotice,
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
    for await (const [topicFrame, payload = Buffer.alloc(0)] of subscriber.messages()) {
      const topic = topicFrame.toString();
      if (!isWanted(topic)) continue;
      // While the caller is busy with an event none is waited for.
      clearTimeout(idle);
      received += 1;
      yield { topic, payload, receivedS: systemClock.unixUs() / 1e6 };
      if (received >= count) return;
      startIdling();
    }
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', close);
    subscriber.close();
  }
}
