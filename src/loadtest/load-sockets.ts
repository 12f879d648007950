import { TcsReplayError } from '../shared/errors.js';
import { givenSpan } from '../shared/text.js';
import { NamedEndpoint } from '../zmq/named-endpoint.js';
import { CheckIn } from './check-in.js';
import type { ResolvedLoad } from './resolve-load.js';

export interface LoadSocketsOptions {
  readonly load: ResolvedLoad;
  /** What the user calls the option `reportBind`. */
  readonly reportBindName: string;
  /** How often subscribers and agents are asked to report, in milliseconds. */
  readonly reportIntervalMs: number;
  readonly onNotice: (notice: string) => void;
  /** Ends the wait for subscribers with its reason. */
  readonly signal: AbortSignal;
}

/** The sockets of a load test besides the publisher's: those of named endpoints, and the one at which subscribers report. */
export class LoadSockets {
  readonly endpoints: readonly NamedEndpoint[];
  /** Undefined: neither foreign subscribers nor agents can report. */
  readonly checkIn: CheckIn | undefined;

  /**
   * Opens them, and waits for a subscriber at each endpoint.
   *
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`, `BAD_OPTION`, `NO_SUBSCRIBERS`
   */
  static async open(options: LoadSocketsOptions): Promise<LoadSockets> {
    const { load, reportBindName: name, reportIntervalMs, onNotice } = options;
    const { endpoints, reportBind, curve, highWaterMark, lingerMs } = load;
    const keys = curve === undefined ? {} : { keys: curve };
    const reports =
      reportBind === undefined
        ? undefined
        : await CheckIn.open({ address: reportBind, name, reportIntervalMs, onNotice, ...keys });
    const opened: NamedEndpoint[] = [];
    const sockets = new LoadSockets(opened, reports);
    try {
      for (const { name, url } of endpoints)
        opened.push(await NamedEndpoint.open({ name, url, highWaterMark, lingerMs, curve, onNotice }));
      for (const endpoint of opened) await attended(endpoint, options);
      return sockets;
    } catch (error) {
      await sockets.close();
      throw error;
    }
  }

  private constructor(endpoints: readonly NamedEndpoint[], checkIn: CheckIn | undefined) {
    this.endpoints = endpoints;
    this.checkIn = checkIn;
  }

  async close(): Promise<void> {
    this.checkIn?.close();
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }
}

async function attended(
  endpoint: NamedEndpoint,
  { load, onNotice, signal }: LoadSocketsOptions,
): Promise<void> {
  const { waitTimeoutS } = load;
  onNotice(`Waiting for ${endpoint.name} at ${endpoint.address}`);
  if (await endpoint.waitForSubscriber({ timeoutMs: 1000 * waitTimeoutS, signal })) return;
  throw new TcsReplayError(
    'NO_SUBSCRIBERS',
    `Expected a subscriber at the endpoint ${endpoint.name}, ${endpoint.address}, within ${givenSpan(waitTimeoutS)}, found none`,
  );
}
