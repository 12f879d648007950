import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Subscriber } from 'zeromq';
import { topicMatcher } from '../../src/selection/topic-pattern.js';
import { PublisherGroup, type PublisherGroupOptions } from '../../src/zmq/publisher-group.js';
import { freePort } from '../support/free-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const { signal } = new AbortController();
/** It only bounds how long a failure takes. */
const LONG = { timeoutMs: 60_000, signal };
const FRAMES = Object.fromEntries(['a', 'b', 'c'].map((topic) => [topic, Buffer.from(topic)]));
/** Larger than what is copied, so that sockets share the memory of a message. */
const FILL = 'x'.repeat(200);

describe('a group of publishers', () => {
  it('sends each event to those who want its topic, in order, and counts it there', async (context) => {
    const group = await open(context, [['a'], ['a', 'b'], []]);
    const subscribers = group.addresses.map((url) => subscriber(context, url));
    assert.equal(await group.waitForSubscribers(3, LONG), true);
    const sent = Array.from({ length: 30 }, (_, i) => `${'abc'[i % 3]}${i}`);
    for (const text of sent) group.send([FRAMES[text[0]], Buffer.from(text + FILL)]);
    for (const [i, topics] of ['a', 'ab', 'abc'].entries()) {
      const expected = sent.filter((text) => topics.includes(text[0]));
      for (const text of expected) assert.equal(String((await subscribers[i].receive())[1]), text + FILL);
      const { events, bytes } = group.routes[i];
      assert.equal(events, expected.length);
      assert.equal(bytes, expected.join('').length + expected.length * (1 + FILL.length));
    }
  });

  it('counts the subscribers of all, those that are there and the most that were', async (context) => {
    const group = await open(context, [['a'], ['b']]);
    assert.equal(await group.waitForSubscribers(1, { timeoutMs: 1, signal }), false);
    const [first, second] = group.addresses;
    const one = subscriber(context, first);
    assert.equal(await group.waitForSubscribers(1, LONG), true);
    subscriber(context, second);
    subscriber(context, second);
    assert.equal(await group.waitForSubscribers(3, LONG), true);
    one.close();
    await until(
      () => group.subscribers,
      (count) => count === 2,
    );
    assert.equal(group.mostSubscribers, 3);
    const found = group.routes.map(({ subscribers, mostSubscribers }) => [subscribers, mostSubscribers]);
    assert.deepEqual(found, [
      [0, 1],
      [2, 2],
    ]);
    assert.equal(await group.waitForSubscribers(0, LONG), true);
  });

  it('rejects a wait that is given up', async (context) => {
    const group = await open(context, [['a'], ['b']]);
    const stop = new AbortController();
    const waiting = group.waitForSubscribers(1, { timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });

  it('keeps an event for a socket that has no room, while another one has it, and refuses the next', async (context) => {
    const group = await open(context, [['a'], ['a', 'b']], { onFull: 'block', highWaterMark: 1 });
    const [fast, slow] = group.addresses.map((url) => subscriber(context, url, 1));
    assert.equal(await group.waitForSubscribers(2, LONG), true);
    const send = (topic: string, i: number) =>
      group.sendIfRoom([FRAMES[topic], Buffer.from(`${i} ${'x'.repeat(100_000)}`)]);
    // Until the slow one has no room for what it alone wants.
    let sent = 0;
    // What the socket has taken moves on to the buffers of the system: then there is room once more.
    for (let refused = 0; refused < 5; refused++) {
      while (await send('b', sent)) {
        sent += 1;
        refused = 0;
      }
      await delay(20);
    }
    assert.equal(await send('a', sent), true, 'the fast one has room');
    assert.match(String((await fast.receive())[1]), new RegExp(`^${sent} `));
    assert.equal(await send('a', sent + 1), false, 'the slow one lacks the event before');
    assert.deepEqual(
      group.routes.map(({ events }) => events),
      [1, sent],
    );
    const receiving = (async () => {
      for (let i = 0; i <= sent; i++) assert.match(String((await slow.receive())[1]), new RegExp(`^${i} `));
    })();
    await until(
      () => send('a', sent + 1),
      (isSent) => isSent,
    );
    await receiving;
    assert.match(String((await fast.receive())[1]), new RegExp(`^${sent + 1} `));
    assert.match(String((await slow.receive())[1]), new RegExp(`^${sent + 1} `));
  });

  it('delivers at its end what a socket had no room for, and tells what it could not', async (context) => {
    for (const lingerMs of [60_000, 700]) {
      const isTaken = lingerMs > 1000;
      const group = await open(context, [['a'], ['a', 'b']], { onFull: 'block', highWaterMark: 1, lingerMs });
      const [fast, slow] = group.addresses.map((url) => subscriber(context, url, 1));
      assert.equal(await group.waitForSubscribers(2, LONG), true);
      const payload = Buffer.alloc(100_000);
      let sent = 0;
      while (await group.sendIfRoom([FRAMES.b, payload])) sent += 1;
      await group.sendIfRoom([FRAMES.a, payload]);
      const closing = group.close();
      await fast.receive();
      if (isTaken) for (let i = 0; i <= sent; i++) await slow.receive();
      const { subscribers, mostEvents } = await closing;
      if (isTaken) assert.deepEqual({ subscribers, mostEvents }, { subscribers: 0, mostEvents: 0 });
      else assert.ok(mostEvents === null || mostEvents >= 1, String(mostEvents));
    }
  });

  it('closes all where one cannot be opened', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const route = { bind: [url], connect: [], topics: [], wants: () => true };
    const options = { highWaterMark: 0, lingerMs: 0, topicOf: String };
    await assert.rejects(PublisherGroup.open({ ...options, routes: [route, route] }), {
      code: 'ADDRESS_IN_USE',
    });
    const group = await PublisherGroup.open({ ...options, routes: [route] });
    context.after(() => group.close());
    assert.deepEqual([group.isOne, group.routes, group.addresses], [true, [], [url]]);
  });
});

/** Opens a group with sockets for these topics. */
async function open(
  context: TestContext,
  topics: readonly (readonly string[])[],
  options: Partial<PublisherGroupOptions> = {},
): Promise<PublisherGroup> {
  const folder = temporaryFolder(context);
  const group = await PublisherGroup.open({
    routes: topics.map((names, i) => ({
      ...{ bind: [`ipc://${join(folder, String(i))}`], connect: [] },
      ...{ topics: names, wants: topicMatcher(names) },
    })),
    topicOf: (frame) => Buffer.from(frame).toString(),
    ...{ highWaterMark: 0, lingerMs: 0 },
    ...options,
  });
  context.after(() => group.close());
  return group;
}

function subscriber(context: TestContext, url: string, highWaterMark = 0): Subscriber {
  const socket = new Subscriber({ linger: 0, receiveHighWaterMark: highWaterMark, receiveTimeout: 60_000 });
  socket.subscribe('');
  socket.connect(url);
  context.after(() => socket.close());
  return socket;
}
