import type { Observer } from 'zeromq';

/** Resolves when libzmq has destroyed a socket that was closed: its address is free then. Call it before the socket is closed. */
export function untilGone({ events }: { readonly events: Observer }): Promise<void> {
  return new Promise((resolve) => events.on('end', () => resolve()));
}
