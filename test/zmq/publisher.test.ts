import assert from 'node:assert/strict';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Subscriber, XPublisher, XSubscriber } from 'zeromq';
import { Publisher, type PublisherOptions } from '../../src/zmq/publisher.js';
import { endAll, freePort, RunningProgram } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

/** It only bounds how long a failure takes. */
const LONG = { timeoutMs: 60_000 };

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
    await Promise.all(
      [subscriber(context, url, ['x']), subscriber(context, url, ['x'])].map((s) => s.receive()),
    );
    await becomes(publisher, 2);
    clearInterval(sending);
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

describe('the address of a Publisher', () => {
  for (const transport of ['tcp', 'ipc'] as const) {
    it(`is tried again where it could not be bound to for a moment: ${transport}`, async (context) => {
      const url = transport === 'tcp' ? await tcpUrl() : `ipc://${join(temporaryFolder(context), 'socket')}`;
      const tries = failToBind(context, 2);
      const publisher = await open(context, { bind: [url] });
      assert.equal(tries(), 3);
      const receiver = subscriber(context, url, ['']);
      assert.equal(await publisher.waitForSubscribers(1, LONG), true);
      publisher.send(['a', 'b']);
      assert.equal(String((await receiver.receive())[1]), 'b');
    });
  }

  it('is given up where it cannot be bound to time after time', async (context) => {
    const tries = failToBind(context, Number.POSITIVE_INFINITY);
    await assert.rejects(open(context, { bind: [await tcpUrl()] }), {
      code: 'SOCKET_FAILED',
      message: /Cannot bind to \S+: it failed \d+ times/,
    });
    assert(tries() > 1);
  });
});

describe('the end of a Publisher', () => {
  after(endAll);

  it('is when everything is delivered, also to who takes it slowly', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url], lingerMs: LONG.timeoutMs });
    const slow = subscriber(context, url, [''], { receiveHighWaterMark: 1 });
    await publisher.waitForSubscribers(1, LONG);
    await sendBatches(publisher, 10);
    const closed = publisher.close();
    let received = 0;
    while (received < 10 * BATCH_EVENTS) {
      await slow.receive();
      received += 1;
    }
    assert.deepEqual(await closed, { subscribers: 0, mostEvents: 0 });
    assert.equal(publisher.close(), closed);
  });

  for (const lingerMs of [0, 100, LONG.timeoutMs, -1]) {
    it(`is at once where nobody is there: --linger ${lingerMs}`, async (context) => {
      const publisher = await open(context, { bind: [await tcpUrl()], lingerMs });
      await sendBatches(publisher, 1);
      assert.deepEqual(await publisher.close(), { subscribers: 0, mostEvents: 0 });
    });
  }

  for (const transport of ['tcp', 'ipc'] as const) {
    const linux = process.platform === 'linux' ? false : 'only Linux tells of connections';
    it(`tells what a stopped subscriber lacks: ${transport}`, {
      skip: linux,
    }, async (context) => {
      const url = transport === 'tcp' ? await tcpUrl() : `ipc://${join(temporaryFolder(context), 'socket')}`;
      const publisher = await open(context, { bind: [url], lingerMs: 1000 });
      const sent = LARGE_BATCHES * BATCH_EVENTS;
      const [held, free] = [startCounting(url, sent), startCounting(url, sent)];
      await publisher.waitForSubscribers(2, LONG);
      held.kill('SIGSTOP');
      await sendBatches(publisher, LARGE_BATCHES, LARGE_EVENT_BYTES);
      await free.waitForOutput(/^all$/m);
      const { subscribers, mostEvents } = await publisher.close();
      held.kill('SIGCONT');
      assert.equal(subscribers, 1);
      assert.equal(Number((await free.outcome).stdout), sent);
      const lacks = sent - Number((await held.outcome).stdout);
      assert(mostEvents !== null && lacks > 0 && mostEvents >= lacks, `${lacks} of ${mostEvents}`);
    });
  }

  it('does not wait for a subscriber that is gone', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url], lingerMs: 1_000_000 });
    const held = startCounting(url);
    await publisher.waitForSubscribers(1, LONG);
    held.kill('SIGSTOP');
    await sendBatches(publisher, LARGE_BATCHES, LARGE_EVENT_BYTES);
    const closed = publisher.close();
    // libzmq waits for the whole linger time where a connection breaks before it has begun to end the socket.
    await until(() => isFree(url), Boolean);
    held.kill('SIGKILL');
    assert.deepEqual(await closed, { subscribers: 0, mostEvents: 0 });
  });

  it('tells at most how many small events are missing: as many as the mark lets queue', async (context) => {
    const url = await tcpUrl();
    const publisher = await open(context, { bind: [url], highWaterMark: 10, lingerMs: 0 });
    const held = startCounting(url);
    await publisher.waitForSubscribers(1, LONG);
    held.kill('SIGSTOP');
    const large = Buffer.alloc(64 << 20);
    publisher.send(['large', large]);
    for (let i = 0; i < 1000; i++) publisher.send(['small', 'text']);
    const { mostEvents } = await publisher.close();
    assert(mostEvents !== null && mostEvents >= 1 && mostEvents <= 1 + 10, String(mostEvents));
    held.kill('SIGKILL');
  });
});

/**
 * A subscriber in a process of its own, that can be stopped. At the end of its connection it prints how much it got; before,
 * it says `all` on stderr when it has so many.
 */
function startCounting(url: string, all = Number.NaN): RunningProgram {
  const args = ['--input-type=module', '-e', COUNTING, url, `${all}`];
  return new RunningProgram(process.execPath, args, { cwd: ROOT });
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COUNTING = `
  import { Subscriber } from 'zeromq';
  const socket = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
  let received = 0;
  let isOver = false;
  // All that came over it is queued by then.
  socket.events.on('disconnect', () => { isOver = true; });
  socket.connect(process.argv[1]);
  socket.subscribe('');
  socket.receiveTimeout = 50;
  for (;;) {
    const wasOver = isOver;
    const got = await socket.receive().then(() => true, () => false);
    if (got) {
      received += 1;
      if (received === Number(process.argv[2])) process.stderr.write('all\\n');
    } else if (wasOver) break;
  }
  process.stdout.write(String(received), () => process.exit());
`;

const BATCH_EVENTS = 1000;
const EVENT_BYTES = 400;
/** Together many times what the buffers of a connection can hold, in few events: a subscriber has to take each. */
const LARGE_BATCHES = 30;
const LARGE_EVENT_BYTES = 4000;

/** Sends events as a replay does: many from one buffer. */
async function sendBatches(publisher: Publisher, count: number, eventBytes = EVENT_BYTES): Promise<void> {
  const topic = Buffer.from('a.b.c');
  for (let batch = 0; batch < count; batch++) {
    const payloads = Buffer.alloc(BATCH_EVENTS * eventBytes);
    for (let at = 0; at < payloads.length; at += eventBytes)
      publisher.send([topic, payloads.subarray(at, at + eventBytes)]);
    await turn();
  }
}

/** Whether nothing listens at an address. */
function isFree(url: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.listen(Number(new URL(url).port), '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

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

function subscriber(
  context: TestContext,
  url: string,
  topics: readonly string[],
  options: { receiveHighWaterMark?: number } = {},
): Subscriber {
  const socket = new Subscriber({ linger: 0, receiveTimeout: LONG.timeoutMs, ...options });
  context.after(() => socket.close());
  socket.connect(url);
  if (topics.length > 0) socket.subscribe(...topics);
  return socket;
}

/**
 * Lets the first tries to bind a publisher fail as libzmq does where the events of a socket are followed: without a reason.
 *
 * @returns how many tries there were
 */
function failToBind(context: TestContext, failures: number): () => number {
  let tries = 0;
  const { bind } = XPublisher.prototype;
  Object.defineProperty(XPublisher.prototype, 'bind', {
    configurable: true,
    value(this: XPublisher, url: string) {
      tries += 1;
      return tries <= failures ? Promise.reject(new Error('no reason')) : bind.call(this, url);
    },
  });
  context.after(() => Reflect.deleteProperty(XPublisher.prototype, 'bind'));
  return () => tries;
}

/** Resolves once there are so many: it is not said when somebody leaves. */
async function becomes(publisher: Publisher, count: number): Promise<void> {
  while (publisher.subscribers !== count) await new Promise((resolve) => setTimeout(resolve, 1));
}
