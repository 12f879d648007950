import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { curveKeyPair, Subscriber, XPublisher } from 'zeromq';
import { readTcpConnections } from '../../src/kernel/tcp-connections.js';
import { framedBytes, heartbeatBytes } from '../../src/kernel/zmtp-size.js';
import { until } from '../support/until.js';

const skip = process.platform === 'linux' ? false : 'Linux alone tells';
const MESSAGES = 20;
/** With both sides of the lengths at which a size begins to take eight bytes, with and without encryption. */
const PART_BYTES = [0, 1, 7, 221, 222, 223, 254, 255, 256, 300, 3000, 70_000];

describe('the size of a part on the wire', { skip }, () => {
  for (const isEncrypted of [false, true]) {
    const how = isEncrypted ? 'with CURVE' : 'without encryption';

    it(`is what Linux counts, ${how}`, async (context) => {
      const { publisher, subscriber, port } = await connected(context, isEncrypted);
      let before = await ackedBytes(port);
      for (const bytes of PART_BYTES) {
        for (let i = 0; i < MESSAGES; i++) await publisher.send([Buffer.alloc(bytes), Buffer.alloc(10)]);
        for (let i = 0; i < MESSAGES; i++) await subscriber.receive();
        const after = await ackedBytes(port);
        const expected = MESSAGES * (framedBytes(bytes, isEncrypted) + framedBytes(10, isEncrypted));
        assert.equal(after - before, expected, `${bytes} bytes`);
        before = after;
      }
    });

    it(`of heartbeats is what Linux counts, ${how}`, async (context) => {
      const { port } = await connected(context, isEncrypted, { heartbeatInterval: 20 });
      const { ping, pong } = heartbeatBytes(isEncrypted);
      const first = await counters(port);
      const last = await until(
        () => counters(port),
        ({ receivedBytes, ackedBytes }) => {
          const pings = (receivedBytes - first.receivedBytes) / ping;
          return pings >= 5 && ackedBytes - first.ackedBytes === pings * pong;
        },
      );
      assert.ok(last.receivedBytes > first.receivedBytes);
    });
  }
});

async function connected(
  context: TestContext,
  isEncrypted: boolean,
  options: { heartbeatInterval?: number } = {},
) {
  const [server, client] = [curveKeyPair(), curveKeyPair()];
  const publisher = new XPublisher({
    linger: 0,
    sendHighWaterMark: 0,
    ...(isEncrypted && {
      curveServer: true as const,
      curveSecretKey: server.secretKey,
      curvePublicKey: server.publicKey,
    }),
  });
  await publisher.bind('tcp://127.0.0.1:*');
  const subscriber = new Subscriber({
    linger: 0,
    receiveHighWaterMark: 0,
    receiveTimeout: 60_000,
    ...options,
    ...(isEncrypted && {
      curveServerKey: server.publicKey,
      curveSecretKey: client.secretKey,
      curvePublicKey: client.publicKey,
    }),
  });
  context.after(() => {
    subscriber.close();
    publisher.close();
  });
  subscriber.subscribe('');
  subscriber.connect(publisher.lastEndpoint as string);
  await publisher.receive();
  return { publisher, subscriber, port: Number(publisher.lastEndpoint?.split(':').at(-1)) };
}

async function counters(port: number) {
  const [connection] = (await readTcpConnections([port])) ?? [];
  assert.ok(connection.counters !== null);
  return { ...connection.counters, sendQueueBytes: connection.sendQueueBytes };
}

/** What the subscriber has acknowledged, once that is all. */
async function ackedBytes(port: number): Promise<number> {
  return (
    await until(
      () => counters(port),
      ({ sendQueueBytes }) => sendQueueBytes === 0,
    )
  ).ackedBytes;
}
