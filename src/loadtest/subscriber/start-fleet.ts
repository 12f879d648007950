import type { CurveClientOptions } from '../../zmq/curve/client-keys.js';
import { type FleetOptions, SubscriberFleet } from './subscriber-fleet.js';

export interface StartFleetOptions extends Omit<FleetOptions, 'curve' | 'signal'> {
  /** Undefined: no encryption. */
  readonly curve: CurveClientOptions | undefined;
  /** Ends the start. Later it has no effect: subscribers end with their last reports. */
  readonly signal: AbortSignal;
}

/** Starts subscribers on this machine. @throws TcsReplayError `WORKER_FAILED`, `SOCKET_FAILED`; the reason of `signal` */
export async function startFleet({ signal, curve, ...rest }: StartFleetOptions): Promise<SubscriberFleet> {
  const starting = new AbortController();
  const stop = () => starting.abort(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await SubscriberFleet.start({
      ...rest,
      ...(curve === undefined ? {} : { curve }),
      signal: starting.signal,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** An address as it is reached from this machine. */
export function reachable(url: string): string {
  return url
    .replace(/^tcp:\/\/(?:0\.0\.0\.0|\*):/, 'tcp://127.0.0.1:')
    .replace(/^tcp:\/\/\[::\]:/, 'tcp://[::1]:');
}
