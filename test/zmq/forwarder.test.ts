import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { Publisher } from 'zeromq';
import { curveClientOptions } from '../../src/zmq/curve/client-keys.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { readServerKeys } from '../../src/zmq/curve/server-keys.js';
import { Forwarder, type ForwarderOptions } from '../../src/zmq/forwarder.js';
import { Publisher as OurPublisher } from '../../src/zmq/publisher.js';
import { Subscriber } from '../../src/zmq/subscriber.js';
import { endAll, freePort, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const LONG = { timeout: 60_000 };

describe('a proxy', () => {
  after(endAll);

  it('sends on what its subscribers subscribe to, and ends when it is told to', LONG, async (context) => {
    const publisher = await publisherOf(context);
    const { forwarder, addresses } = await forwarderOf(context, { from: publisher.addresses });
    const received = await subscribed(context, addresses, ['tcs.']);
    await until(
      () => [...publisher.subscriptions.keys()],
      (prefixes) => prefixes.includes('tcs.'),
    );
    for (const [topic, body] of [
      ['lrs2.a', '1'],
      ['tcs.a', '2'],
      ['tcs.b', '3'],
    ])
      publisher.send([Buffer.from(topic), Buffer.from(body)]);
    await until(
      () => received.length,
      (count) => count === 2,
    );
    assert.deepEqual(received, ['tcs.a 2', 'tcs.b 3']);
    forwarder.close();
    await forwarder.ended;
    // Its address is free again.
    const again = await Forwarder.open({ ...PLAIN, from: publisher.addresses, to: addresses });
    again.close();
    await again.ended;
  });

  it('lets publishers connect to it', LONG, async (context) => {
    const port = await freePort();
    const { addresses } = await forwarderOf(context, { from: [`tcp://*:${port}`] });
    const received = await subscribed(context, addresses, ['']);
    const publisher = new Publisher({ linger: 0 });
    context.after(() => publisher.close());
    publisher.connect(`tcp://127.0.0.1:${port}`);
    await until(
      async () => {
        await publisher.send(['tcs.a', '1']);
        return received.length;
      },
      (count) => count > 0,
    );
  });

  it('encrypts both sides, and is known to the publisher by its own key', LONG, async (context) => {
    const folder = temporaryFolder(context);
    const [site, proxy, reader] = ['site', 'proxy', 'reader'].map((name) =>
      generateCertificate(join(folder, name), false),
    );
    const publisher = await publisherOf(context, {
      curve: readServerKeys({ curveKeys: site.secretFile, curveClients: proxy.publicFile }),
    });
    const { addresses } = await forwarderOf(context, {
      from: publisher.addresses,
      client: curveClientOptions({ curveServer: site.publicFile, curveKeys: proxy.secretFile }),
      server: readServerKeys({ curveKeys: proxy.secretFile, curveClients: reader.publicFile }),
    });
    const received = await subscribed(context, addresses, [''], {
      curveServer: proxy.publicFile,
      curveKeys: reader.secretFile,
    });
    await until(
      () => publisher.subscriptions.size,
      (count) => count === 1,
    );
    publisher.send([Buffer.from('tcs.a'), Buffer.from('1')]);
    await until(
      () => received.length,
      (count) => count === 1,
    );
  });

  it('says that its address is in use', LONG, async (context) => {
    const { addresses } = await forwarderOf(context, { from: ['tcp://127.0.0.1:9'] });
    await assert.rejects(Forwarder.open({ ...PLAIN, from: ['tcp://127.0.0.1:9'], to: addresses }), {
      code: 'ADDRESS_IN_USE',
    });
  });

  it('says on the command line what is wrong', LONG, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    for (const [args, code, message] of [
      [['--from', url], 2, /^error: required option '--to <url...>' not specified/],
      [
        ['--from', url, '--to', url, '--hwm', '-1'],
        2,
        /^error: Expected --hwm to be a whole number, 0 to 2147483647, got "-1"/,
      ],
      [['--from', 'here', '--to', url], 2, /^error: Cannot connect to here: expected an address like/],
    ] as const) {
      const outcome = await startCli(['proxy', ...args]).outcome;
      assert.match(outcome.stderr, message);
      assert.equal(outcome.code, code, outcome.stderr);
    }
  });
});

const PLAIN: Omit<ForwarderOptions, 'from' | 'to'> = {
  ...{ receiveHighWaterMark: 1000, highWaterMark: 1000 },
  ...{ client: undefined, server: undefined, onNotice: () => {} },
};

async function publisherOf(context: TestContext, more: { curve?: ReturnType<typeof readServerKeys> } = {}) {
  const publisher = await OurPublisher.open({
    ...{ bind: [`tcp://127.0.0.1:${await freePort()}`], connect: [], highWaterMark: 1000, lingerMs: 0 },
    onFull: 'drop',
    ...more,
  });
  context.after(() => publisher.close());
  return publisher;
}

async function forwarderOf(
  context: TestContext,
  options: Partial<ForwarderOptions> & Pick<ForwarderOptions, 'from'>,
) {
  const to = [`tcp://127.0.0.1:${await freePort()}`];
  const forwarder = await Forwarder.open({ ...PLAIN, to, ...options });
  let hasEnded = false;
  void forwarder.ended.then(() => {
    hasEnded = true;
  });
  context.after(async () => {
    if (!hasEnded) forwarder.close();
    await forwarder.ended;
  });
  assert.deepEqual(forwarder.addresses, to);
  return { forwarder, addresses: to };
}

/** What a subscriber receives, as it comes. */
async function subscribed(
  context: TestContext,
  connect: readonly string[],
  prefixes: readonly string[],
  keys: Parameters<typeof curveClientOptions>[0] = {},
): Promise<string[]> {
  const subscriber = await Subscriber.open({
    connect,
    prefixes,
    highWaterMark: 0,
    curve: curveClientOptions(keys),
  });
  context.after(() => subscriber.close());
  const received: string[] = [];
  void (async () => {
    for await (const frames of subscriber.messages()) received.push(frames.map(String).join(' '));
  })();
  return received;
}
