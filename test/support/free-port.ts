import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

// Below the range from which Linux and macOS take the ports of outgoing connections. In that range a subscriber
// that tries to connect before the publisher is there can be given the very port that it connects to, and
// then holds it.
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;
/** Ports of a block, of which the first is listened on to show that the others are this process's. */
const BLOCK_PORTS = 40;

let block = { next: 0, end: 0 };

/** A TCP port of 127.0.0.1 that nothing listens on, and that is given to no other test at the same time. */
export async function freePort(): Promise<number> {
  for (;;) {
    if (block.next === block.end) block = await claimBlock();
    const port = block.next;
    block.next += 1;
    const server = await listenOn(port);
    if (server === undefined) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Takes a block of ports for as long as this process runs: test files run at the same time, and know nothing of each other. */
async function claimBlock(): Promise<typeof block> {
  const blocks = Math.floor((LAST_PORT - FIRST_PORT) / BLOCK_PORTS);
  for (;;) {
    const first = FIRST_PORT + BLOCK_PORTS * Math.floor(Math.random() * blocks);
    const server = await listenOn(first);
    if (server === undefined) continue;
    server.unref();
    return { next: first + 1, end: first + BLOCK_PORTS };
  }
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
