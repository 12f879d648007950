import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readTcpConnections, type TcpConnection } from '../../src/kernel/tcp-connections.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const skip = process.platform === 'linux' ? false : 'Linux alone tells';
/** More than both sides' kernels take. */
const FLOOD_BYTES = 32 << 20;
const NO_SS = { command: '/nowhere/ss' };

describe('readTcpConnections', { skip }, () => {
  for (const host of ['127.0.0.1', '::1']) {
    it(`tells what each side of a connection took: ${host}`, async (context) => {
      const { port, client, server } = await connected(context, host);
      server.write(Buffer.alloc(100_000));
      client.write(Buffer.alloc(1000));
      const [connection] = await until(
        () => connectionsOf(port),
        ([first]) => first?.counters?.ackedBytes === 100_000 && first.counters.receivedBytes === 1000,
      );
      assert.equal(connection.local, address(host, port));
      assert.equal(connection.peer, address(host, client.localPort as number));
      assert.equal(connection.sendQueueBytes, 0);
    });
  }

  it('tells that a peer has no room for more, what waits for it, and at it', async (context) => {
    const { port, client, server } = await connected(context, '127.0.0.1');
    client.pause();
    server.write(Buffer.alloc(FLOOD_BYTES));
    const [{ counters, peerReceiveQueueBytes }] = await until(
      () => connectionsOf(port),
      ([first]) => (first?.counters?.peerFullMs ?? 0) > 100 && first.sendQueueBytes > 0,
    );
    assert.ok((peerReceiveQueueBytes ?? 0) > 0);
    assert.ok(counters !== null && counters.busyMs >= counters.peerFullMs);
  });

  it('tells the same addresses and queues without ss', async (context) => {
    for (const host of ['127.0.0.1', '::1']) {
      const { port, client, server } = await connected(context, host);
      client.pause();
      server.write(Buffer.alloc(FLOOD_BYTES));
      await until(
        () => connectionsOf(port),
        ([first]) => first?.sendQueueBytes > 0 && (first.peerReceiveQueueBytes ?? 0) > 0,
      );
      const [withSs] = await connectionsOf(port);
      const [without] = (await readTcpConnections([port], NO_SS)) as TcpConnection[];
      assert.equal(without.local, withSs.local);
      assert.equal(without.peer, withSs.peer);
      assert.ok(without.sendQueueBytes > 0 && (without.peerReceiveQueueBytes ?? 0) > 0);
      assert.equal(without.counters, null);
    }
  });

  it('leaves out other ports, sockets that listen, and connections that have ended', async (context) => {
    const one = await connected(context, '127.0.0.1');
    const other = await connected(context, '127.0.0.1');
    assert.equal((await connectionsOf(one.port)).length, 1);
    assert.equal((await connectionsOf(one.port, other.port)).length, 2);
    assert.deepEqual(await readTcpConnections([]), []);
    one.client.destroy();
    await until(
      () => connectionsOf(one.port),
      (connections) => connections.length === 0,
    );
    assert.deepEqual(await readTcpConnections([one.port], NO_SS), []);
  });

  it('ends an ss that does not end, and knows nothing then', async (context) => {
    const command = join(temporaryFolder(context), 'ss');
    writeFileSync(command, '#!/bin/sh\nexec sleep 600\n');
    chmodSync(command, 0o755);
    assert.equal(await readTcpConnections([1], { command, timeoutMs: 50 }), undefined);
  });
});

async function connectionsOf(...ports: number[]): Promise<TcpConnection[]> {
  return (await readTcpConnections(ports)) as TcpConnection[];
}

/** A connection within this process. IPv4 comes to a socket of IPv6, as with libzmq where addresses are of both. */
async function connected(context: TestContext, host: string) {
  const listener = createServer();
  listener.listen(0, '::');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  const accepted = once(listener, 'connection');
  const client = connect(port, host);
  const [server] = (await accepted) as [Socket];
  for (const socket of [client, server]) socket.on('error', () => {});
  client.on('data', () => {});
  context.after(() => {
    client.destroy();
    server.destroy();
    listener.close();
  });
  return { port, client, server };
}

function address(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
