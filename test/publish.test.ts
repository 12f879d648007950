import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Subscriber, XSubscriber } from 'zeromq';
import { Publisher, type PublisherOptions } from '../src/publish.js';
import { freePort } from './peer.js';
import { temporaryFolder } from './temporary-folder.js';

/** It only bounds how long a failure takes. */
const LONG = { timeoutMs: 20_000 };

describe('subscribers of a Publisher', () => {
  for (const transport of ['tcp', 'ipc'] as const) {
    it(`are counted as they come and leave: ${transport}`, async (context) => {
      const url = transport === 'tcp' ? await tcpUrl() : `ipc://${join(temporaryFolder(context), 'socket')}`;
      const publisher = await open(context, { bind: [url] });
      assert.equal(publisher.subscribers, 0);

      const first = subscriber(context, url, ['a', 'b', 'c']);
      assert.equal(await publisher.waitForSubscribers(1, LONG), true);
      const second = subscriber(context, url, ['d']);
      assert.equal(await publisher.waitForSubscribers(2, LONG), true);
      assert.equal(await publisher.waitForSubscribers(3, { timeoutMs: 1 }), false);

      first.unsubscribe('b', 'c');
      second.unsubscribe('d');
      await becomes(publisher, 1);
      second.subscribe('e');
      assert.equal(await publisher.waitForSubscribers(2, LONG), true);
      first.close();
      await becomes(publisher, 1);
      second.close();
      await becomes(publisher, 0);
    });
  }

  it('get all that is sent once they were waited for', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url] });
    const subscribers = [['a', 'b', 'x'], ['x'], ['']].map((topics) => subscriber(context, url, topics));
    assert.equal(await publisher.waitForSubscribers(subscribers.length, LONG), true);
    publisher.send(['x', 'first']);
    for (const socket of subscribers) assert.equal(String((await socket.receive())[1]), 'first');
  });

  it('are counted with those that come while it sends', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url] });
    const sending = setInterval(() => publisher.send(['x', 'y']), 1);
    context.after(() => clearInterval(sending));
    await Promise.all(
      [subscriber(context, url, ['x']), subscriber(context, url, ['x'])].map((s) => s.receive()),
    );
    await becomes(publisher, 2);
  });

  it('are none of those who connect and do not speak the protocol, or do not subscribe', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url] });
    const stranger = connectTcp(Number(new URL(url).port), '127.0.0.1');
    stranger.on('error', () => {});
    context.after(() => stranger.destroy());
    subscriber(context, url, []);
    subscriber(context, url, ['a']);
    assert.equal(await publisher.waitForSubscribers(1, LONG), true);
    assert.equal(publisher.subscribers, 1);
  });

  it('are counted as subscriptions where it is connected to a proxy', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { connect: [url] });
    const proxy = new XSubscriber({ linger: 0 });
    context.after(() => proxy.close());
    await proxy.bind(url);
    // As a proxy does: a socket that nobody reads from does not notice connections either.
    proxy.receive().catch(() => {});
    await proxy.send('\x01a');
    await proxy.send('\x01b');
    assert.equal(await publisher.waitForSubscribers(2, LONG), true);
    await proxy.send('\x00a');
    await becomes(publisher, 1);
  });

  it('are counted as subscriptions on an inproc address', async (context) => {
    const publisher = await open(context, { bind: ['inproc://counted'] });
    subscriber(context, 'inproc://counted', ['a', 'b']);
    assert.equal(await publisher.waitForSubscribers(2, LONG), true);
  });

  it('are no longer waited for when it is closed or the signal is aborted', async (context) => {
    const publisher = await open(context, { bind: [await tcpUrl()] });
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await assert.rejects(publisher.waitForSubscribers(1, { ...LONG, signal: stop.signal }), {
      name: 'AbortError',
    });
    const waiting = publisher.waitForSubscribers(1, LONG);
    publisher.close();
    assert.equal(await waiting, false);
  });
});

async function tcpUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

async function open(context: TestContext, options: Partial<PublisherOptions>): Promise<Publisher> {
  const publisher = await Publisher.open({
    bind: [],
    connect: [],
    highWaterMark: 0,
    lingerMs: 0,
    ...options,
  });
  context.after(() => publisher.close());
  return publisher;
}

function subscriber(context: TestContext, url: string, topics: readonly string[]): Subscriber {
  const socket = new Subscriber({ linger: 0, receiveTimeout: LONG.timeoutMs });
  context.after(() => socket.close());
  socket.connect(url);
  if (topics.length > 0) socket.subscribe(...topics);
  return socket;
}

/** Resolves once there are so many: it is not said when somebody leaves. */
async function becomes(publisher: Publisher, count: number): Promise<void> {
  while (publisher.subscribers !== count) await new Promise((resolve) => setTimeout(resolve, 1));
}
