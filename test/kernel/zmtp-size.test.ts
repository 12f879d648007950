import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { curveKeyPair, Subscriber, XPublisher } from 'zeromq';
import { ConnectionReader } from '../../src/kernel/connection-reader.js';
import { framedBytes, heartbeatBytes } from '../../src/kernel/zmtp-size.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { until } from '../support/until.js';

const skip = skipWithoutSs();
const MESSAGES = 20;
/** With both sides of the lengths at which a size begins to take eight bytes, with and without encryption. */
const PART_BYTES = [0, 1, 7, 221, 222, 223, 254, 255, 256, 300, 3000, 70_000];

describe('the size of a part on the wire', { skip }, () => {
  for (const isEncrypted of [false, true]) {
    const how = isEncrypted ? 'with CURVE' : 'without encryption';

    it(`is what Linux counts, ${how}`, async (context) => {
      const { publisher, subscriber, reader } = await connected(context, isEncrypted);
      let before = await ackedBytes(reader);
      for (const bytes of PART_BYTES) {
        for (let i = 0; i < MESSAGES; i++) await publisher.send([Buffer.alloc(bytes), Buffer.alloc(10)]);
        for (let i = 0; i < MESSAGES; i++) await subscriber.receive();
        const after = await ackedBytes(reader);
        const expected = MESSAGES * (framedBytes(bytes, isEncrypted) + framedBytes(10, isEncrypted));
        assert.equal(after - before, expected, `${bytes} bytes`);
        before = after;
      }
    });

    it(`of heartbeats is what Linux counts, ${how}`, async (context) => {
      const { reader } = await connected(context, isEncrypted, {
        heartbeatInterval: 100,
        heartbeatTimeout: 60_000,
      });
      const { ping, pong } = heartbeatBytes(isEncrypted);
      const first = await counters(reader);
      const seen = await until(
        async () => {
          const last = await counters(reader);
          const received = last.receivedBytes - first.receivedBytes;
          return { received, acked: last.ackedBytes - first.ackedBytes };
        },
        ({ received, acked }) => received >= 5 * ping && acked >= 5 * pong,
      );
      assert.equal(seen.received % ping, 0);
      assert.equal(seen.acked % pong, 0);
      // At either look an answer may have been under way.
      const underWay = seen.received / ping - seen.acked / pong;
      assert.ok(Math.abs(underWay) <= 1, `${underWay} answers are missing`);
    });
  }
});

async function connected(
  context: TestContext,
  isEncrypted: boolean,
  options: { heartbeatInterval?: number; heartbeatTimeout?: number } = {},
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
  const reader = new ConnectionReader([Number(publisher.lastEndpoint?.split(':').at(-1))]);
  context.after(() => reader.close());
  return { publisher, subscriber, reader };
}

async function counters(reader: ConnectionReader) {
  const [connection] = (await reader.connections()) ?? [];
  assert.ok(connection.counters !== null);
  return { ...connection.counters, sendQueueBytes: connection.sendQueueBytes };
}

/** What the subscriber has acknowledged, once that is all. */
async function ackedBytes(reader: ConnectionReader): Promise<number> {
  return (
    await until(
      () => counters(reader),
      ({ sendQueueBytes }) => sendQueueBytes === 0,
    )
  ).ackedBytes;
}
