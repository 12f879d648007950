import { setTimeout as delay } from 'node:timers/promises';

const [RETRY_MS, LONGEST_MS] = [10, 60_000];

/** Binds a socket to an address. Where a closed socket still holds it, since libzmq closes sockets in its own time, it waits. */
export async function bindWhenFree(socket: { bind(url: string): Promise<void> }, url: string): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      return await socket.bind(url);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() > end) throw error;
      await delay(RETRY_MS);
    }
  }
}
