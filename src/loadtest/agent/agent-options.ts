import { hostname } from 'node:os';
import { OPTIONS, optionValue } from '../../options/option-table.js';
import * as expect from '../../shared/expect.js';
import { type CurveClientOptions, curveClientOptions } from '../../zmq/curve/client-keys.js';
import { SUBSCRIBER_NAME } from '../subscriber/subscriber-name.js';

/** What an agent receives, and where it reports. */
export interface AgentOptions {
  /** Addresses of the publisher, or of the proxy before the agent. Default: `tcp://127.0.0.1:5556`. */
  url?: string | readonly string[];
  /** Topics to receive: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: readonly string[];
  /** Address at which the load test takes reports: its `reportBind`. */
  reportTo: string;
  /** Letters, digits, `.`, `_` and `-`, at most 64; unique among the agents of a load test. Default: the name of the host. */
  name?: string;
  /** Number of subscribers, each a process of its own: `NAME-1`, `NAME-2` …, or `NAME` for one. 1 to 1000; default 1. */
  subscribers?: number | string;
  /** The proxies between the publisher and the agent, the publisher's side first: `A`, `A/B`. Default: none. */
  hop?: string;
  /** File of the CURVE certificate of the publisher, or of the proxy; the public half is enough. Default: no encryption. */
  curveServer?: string;
  /** File of the agent's own certificate, with its secret key. Default: new keys each time. */
  curveKeys?: string;
  /** File of the CURVE certificate of the load test, if it is another one than `curveServer`. Default: that one. */
  reportServer?: string;
  /** Called with sentences about connections, and about subscribers that end by themselves. Default: none. */
  onNotice?: (notice: string) => void;
  /** Ends the agent, with its last reports, when it is aborted. Default: none. */
  signal?: AbortSignal;
}

export interface ResolvedAgent {
  readonly connect: readonly string[];
  readonly topics: readonly string[];
  readonly reportTo: string;
  readonly name: string;
  readonly subscribers: number;
  readonly hops: readonly string[];
  readonly curve: CurveClientOptions | undefined;
  readonly reportKeys: CurveClientOptions | undefined;
  readonly highWaterMark: number;
}

const MOST_SUBSCRIBERS = 1000;
const MOST_HOPS = 8;

/** @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE` */
export function resolveAgent(
  options: AgentOptions,
  nameOf: expect.NameOf<keyof AgentOptions> = (option) => option,
): ResolvedAgent {
  const { url = OPTIONS.url.default, hop, curveServer, curveKeys, onNotice } = options;
  const reportServer = options.reportServer ?? curveServer;
  const name = options.name ?? hostname();
  if (!SUBSCRIBER_NAME.test(name))
    throw expect.badOption(
      nameOf('name'),
      'a name of 1 to 64 letters, digits, ".", "_" and "-"',
      name,
      options.name === undefined ? ', the name of this machine' : '',
    );
  const hops = hop === undefined ? [] : hop.split('/');
  if (hops.length > MOST_HOPS || !hops.every((each) => SUBSCRIBER_NAME.test(each)))
    throw expect.badOption(
      nameOf('hop'),
      'the name of a proxy, or those of all on the way from the publisher, such as A/B',
      hop,
    );
  return {
    connect: typeof url === 'string' ? [url] : url,
    topics: options.topics ?? [],
    reportTo: options.reportTo,
    name,
    subscribers: expect.integer(nameOf('subscribers'), options.subscribers ?? 1, 1, MOST_SUBSCRIBERS),
    hops,
    curve: curveClientOptions({ curveServer, curveKeys, onNotice }, nameOf),
    reportKeys: curveClientOptions({ curveServer: reportServer, curveKeys }, (option) =>
      option === 'curveServer' && options.reportServer !== undefined
        ? nameOf('reportServer')
        : nameOf(option),
    ),
    highWaterMark: optionValue('highWaterMark', undefined, 'highWaterMark'),
  };
}
