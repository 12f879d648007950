import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Subscriber } from 'zeromq';
import { listen } from '../../src/index.js';
import { Publisher, type PublisherOptions } from '../../src/zmq/publisher.js';
import type { FloodKind } from '../support/flooding-client.js';
import { endAll, freePort, RunningProgram } from '../support/peer.js';

const CLIENT = fileURLToPath(new URL('../support/flooding-client.js', import.meta.url));
const LONG_MS = 60_000;
const FLOOD_MS = 2000;
/** What a flood may take: without a bound it takes that in a second. */
const MOST_GROWTH_BYTES = 100e6;

describe('a client that floods a Publisher', () => {
  after(endAll);

  for (const isWaitedFor of [false, true])
    it(`with subscriptions is taken slowly, and others are served${isWaitedFor ? ', also while they are waited for' : ''}`, async (context) => {
      const notices: string[] = [];
      const { publisher, port } = await open(context, { onNotice: (notice) => notices.push(notice) });
      const subscriber = connected(context, port);
      await publisher.waitForSubscribers(1, { timeoutMs: LONG_MS });
      const memory = watchMemory();
      const client = startFlood(port, 'toggle');
      const stop = new AbortController();
      if (isWaitedFor)
        publisher.waitForSubscribers(9, { timeoutMs: LONG_MS, signal: stop.signal }).catch(() => {});
      const received = receiveAll(subscriber);
      const sent = await sendFor(FLOOD_MS, publisher);
      while (received.count < sent || notices.length === 0) await delay(1);
      assert.match(
        notices[0],
        new RegExp(
          `^127\\.0\\.0\\.1:\\d+ floods tcp://127\\.0\\.0\\.1:${port} with subscriptions: they are taken`,
        ),
      );
      assert.equal(notices.length, 1);
      // It is a connection like all others, and comes and goes as a subscriber.
      const late = connected(context, port);
      publisher.send(['topic', 'to wake it']);
      const lateReceived = receiveAll(late);
      while (lateReceived.count === 0) {
        publisher.send(['topic', 'again']);
        await delay(1);
      }
      stop.abort();
      await client.end();
      assertBounded(memory());
    });

  it('with ever more topics is disconnected before they take all memory, and others come back', async (context) => {
    const notices: string[] = [];
    const { publisher, port } = await open(context, { onNotice: (notice) => notices.push(notice) });
    const subscriber = connected(context, port);
    await publisher.waitForSubscribers(1, { timeoutMs: LONG_MS });
    const received = receiveAll(subscriber);
    const memory = watchMemory();
    const client = startFlood(port, 'distinct');
    while (!client.stdout.includes('disconnected')) await sendFor(100, publisher);
    assert.match(
      notices.at(-1) ?? '',
      /subscribes at \S+ to more topics than memory is kept for: \d subscribers? had/,
    );
    const before = received.count;
    while (received.count === before) await sendFor(10, publisher);
    while (publisher.subscribers !== 1) await delay(1);
    assertBounded(memory());
    assert.deepEqual(await publisher.close(), { subscribers: 2, mostEvents: null });
  });

  for (const kind of ['large', 'endless'] as const)
    for (const countSubscribers of [true, false])
      it(`with a subscription that is too long is disconnected: ${kind}, ${countSubscribers ? '' : 'not '}counted`, async (context) => {
        const { port } = await open(context, { countSubscribers });
        const memory = watchMemory();
        const { code, stdout } = await startFlood(port, kind).outcome;
        assert.deepEqual([code, stdout], [0, 'disconnected\n']);
        assertBounded(memory());
      });

  it('does not keep a topic that is longer than a subscription may be from who listens to it', async (context) => {
    const { publisher, port } = await open(context, {});
    const topic = 'x'.repeat(300);
    const events = listen({ url: `tcp://127.0.0.1:${port}`, topics: [topic], count: 1 });
    const received = events.next();
    await publisher.waitForSubscribers(1, { timeoutMs: LONG_MS });
    publisher.send([`${topic}y`, 'another']);
    publisher.send([topic, 'payload']);
    const { value } = await received;
    assert.deepEqual([value?.topic, String(value?.payload)], [topic, 'payload']);
    await events.return(undefined);
  });

  it('where nobody counts subscribers is taken slowly, too', async (context) => {
    const { publisher, port } = await open(context, { countSubscribers: false });
    const memory = watchMemory();
    const client = startFlood(port, 'toggle');
    await sendFor(FLOOD_MS, publisher);
    await client.end();
    assertBounded(memory());
  });
});

/**
 * Sends an event about every millisecond, so that what is sent takes no memory to speak of: flat out, events would wait for
 * a busy machine, without a bound, and so would be taken for the flood's. @returns how many
 */
async function sendFor(timeMs: number, publisher: Publisher): Promise<number> {
  const end = performance.now() + timeMs;
  let sent = 0;
  while (performance.now() < end) {
    publisher.send(['topic', 'payload']);
    sent += 1;
    await delay(1);
  }
  return sent;
}

async function open(
  context: TestContext,
  options: Partial<PublisherOptions>,
): Promise<{ publisher: Publisher; port: number }> {
  const port = await freePort();
  const bind = [`tcp://127.0.0.1:${port}`];
  const publisher = await Publisher.open({ bind, connect: [], highWaterMark: 0, lingerMs: 0, ...options });
  context.after(() => publisher.close());
  return { publisher, port };
}

function connected(context: TestContext, port: number): Subscriber {
  const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  context.after(() => subscriber.close());
  subscriber.connect(`tcp://127.0.0.1:${port}`);
  subscriber.subscribe('');
  return subscriber;
}

function receiveAll(subscriber: Subscriber): { count: number } {
  const received = { count: 0 };
  void (async () => {
    for await (const _ of subscriber) received.count += 1;
  })();
  return received;
}

function startFlood(port: number, kind: FloodKind): RunningProgram {
  return new RunningProgram(process.execPath, [CLIENT, String(port), kind]);
}

/** @returns a function that stops, and says by how much the memory of this process has grown at most */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const watching = setInterval(look, 20);
  return () => {
    clearInterval(watching);
    look();
    return most - before;
  };
}

function assertBounded(growthBytes: number): void {
  assert(growthBytes < MOST_GROWTH_BYTES, `grew by ${Math.round(growthBytes / 1e6)} MB`);
}
