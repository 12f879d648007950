import type { CurveClientOptions } from '../../zmq/curve/client-keys.js';
import { type FleetOptions, SubscriberFleet } from './subscriber-fleet.js';
import type { SubscriberSpec } from './subscriber-spec.js';

export interface StartFleetOptions extends Pick<FleetOptions, 'isLogged' | 'onReport'> {
  readonly specs: readonly SubscriberSpec[];
  /** Addresses of the publisher. */
  readonly addresses: readonly string[];
  /** Undefined: no encryption. */
  readonly curve: CurveClientOptions | undefined;
  readonly seed: number;
  /** Time between two reports of each, in milliseconds. */
  readonly reportIntervalMs: number;
  readonly onNotice: (notice: string) => void;
  /** Ends the start. Later it has no effect: subscribers end with their last reports. */
  readonly signal: AbortSignal;
}

/** Starts subscribers on this machine. @throws TcsReplayError `WORKER_FAILED`, `SOCKET_FAILED`; the reason of `signal` */
export async function startFleet({
  addresses,
  signal,
  curve,
  ...rest
}: StartFleetOptions): Promise<SubscriberFleet> {
  const starting = new AbortController();
  const stop = () => starting.abort(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await SubscriberFleet.start({
      ...rest,
      ...(curve === undefined ? {} : { curve }),
      connect: addresses.slice(0, 1).map(reachable),
      signal: starting.signal,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** An address as it is reached from this machine. */
function reachable(url: string): string {
  return url
    .replace(/^tcp:\/\/(?:0\.0\.0\.0|\*):/, 'tcp://127.0.0.1:')
    .replace(/^tcp:\/\/\[::\]:/, 'tcp://[::1]:');
}
