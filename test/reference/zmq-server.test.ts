import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Part, type TcsReplayError, ZMQServer } from '../../src/index.js';
import { freePort } from '../support/peer.js';
import { eventOf, type Message, Receiver, type ReceiverOptions } from '../support/receiver.js';

const GREETING = 'greeting';
/** Of the time of day of one process. */
const LARGEST_CLOCK_ERROR_S = 0.005;

describe('ZMQServer', () => {
  it('sends multipart messages, strings as UTF-8 and bytes as they are', async (context) => {
    const { server, receiver } = await connected(context);
    const bytes = Buffer.from([0, 0xff, 0x80]);
    server.sendEvent(['a.b.🔭', 'é']);
    server.sendEvent(['bytes', bytes]);
    const [text, raw] = await receiver.take(2);
    assert.deepEqual([text.topic, text.payload], ['a.b.🔭', Buffer.from('é')]);
    assert.deepEqual(raw, { topic: 'bytes', payload: bytes });
  });

  for (const [what, event, expected] of [
    ['an object', { __data: 'true' }, { __data: 'true' }],
    ['the JSON of one', '{"__data":"true"}', { __data: 'true' }],
    ['JSON with white space around it', ' {"__data":"true"} \n', { __data: 'true' }],
    ['an object without keys', {}, {}],
    ['the JSON of one without keys', '{ }', {}],
    ['one with the key further in', { inner: { __wire_time: 1 } }, { inner: { __wire_time: 1 } }],
  ] as const) {
    it(`sets the wire time to now where it is missing: ${what}`, async (context) => {
      const { server, receiver } = await connected(context);
      const startedS = Date.now() / 1000;
      server.sendTcsEvent('a.b.c', event);
      const endedS = Date.now() / 1000;
      const { __wire_time: time, ...rest } = eventOf(await receiver.next());
      assert.deepEqual(rest, expected);
      assert(typeof time === 'number');
      assert(
        time > startedS - LARGEST_CLOCK_ERROR_S && time < endedS + LARGEST_CLOCK_ERROR_S,
        `__wire_time: ${time}`,
      );
    });
  }

  for (const event of [
    '{"__wire_time":1521854100.25,"a":1}',
    '{"__wire_time":"1521854100.250000"}',
    '{"__wire_time":null}',
    ' { "n" : 12345678901234567890123 , "__wire_time" : 1.50 } ',
  ]) {
    it(`keeps an event that has a wire time, to the byte: ${event}`, async (context) => {
      const { server, receiver } = await connected(context);
      server.sendTcsEvent('a.b.c', event);
      const { topic, payload } = await receiver.next();
      assert.deepEqual([topic, payload.toString()], ['a.b.c', event]);
    });
  }

  it('keeps every digit of the numbers in JSON when it adds a wire time', async (context) => {
    const { server, receiver } = await connected(context);
    server.sendTcsEvent('a.b.c', '{"n":12345678901234567890123,"x":1.500}');
    const { payload } = await receiver.next();
    assert.match(
      payload.toString(),
      /^\{"n":12345678901234567890123,"x":1\.500,"__wire_time":\d{10}\.\d{6}\}$/,
    );
  });

  for (const event of ['', 'null', '5', '"text"', '[{}]', '{"a":1', '{} {}', [1, 2], new Date(0)]) {
    it(`refuses what is no object: ${JSON.stringify(event)}`, async (context) => {
      const { server, receiver } = await connected(context);
      assert.throws(() => server.sendTcsEvent('a.b.c', event), {
        name: 'TcsReplayError',
        code: 'BAD_OPTION',
      });
      server.sendEvent(['next', '{}']);
      assert.equal((await receiver.next()).topic, 'next');
    });
  }

  it('refuses an object that JSON cannot hold', async (context) => {
    const { server } = await connected(context);
    assert.throws(() => server.sendTcsEvent('a.b.c', { n: 1n }), {
      name: 'TcsReplayError',
      code: 'BAD_OPTION',
      message: /BigInt/,
    });
  });

  for (const [what, sequence] of [
    ['an array', () => EVENTS],
    ['a generator', () => EVENTS.values()],
    ['an asynchronous generator', () => asynchronously(EVENTS)],
  ] as const) {
    it(`sends each event of ${what}, and skips what is none`, async (context) => {
      const { server, receiver } = await connected(context);
      await server.start(sequence());
      assert.deepEqual((await receiver.take(3)).map(asText), ['a 1', 'b 2', 'c 3']);
    });
  }

  it('ends with the error of the events that it sends', async (context) => {
    const { server, receiver } = await connected(context);
    const broken = function* (): Generator<readonly Part[]> {
      yield ['a', '1'];
      throw new Error('no more');
    };
    await assert.rejects(server.start(broken()), /no more/);
    assert.equal(asText(await receiver.next()), 'a 1');
  });

  it('delivers what it has sent, though it is closed at once', async (context) => {
    const { server, receiver } = await connected(context, { highWaterMark: 1 });
    // More than the buffers of the connection hold: the rest is still the server's when it is closed.
    const [count, body] = [20_000, 'x'.repeat(1000)];
    await server.start(numbered(count, body));
    server.close();
    for (let i = 0; i < count; i++) assert.equal((await receiver.next()).topic, String(i));
  });

  it('sends nothing once it is closed', async (context) => {
    const { server } = await connected(context);
    server.close();
    assert.throws(() => server.sendEvent(['a', '1']));
    server.close();
  });

  it('frees its address when it is closed', async (context) => {
    const { server, url } = await connected(context);
    server.close();
    const next = await eventually(() => ZMQServer.open(url));
    next.close();
  });

  it('says that an address is in use', async (context) => {
    const { url } = await connected(context);
    await assert.rejects(ZMQServer.open(url), { name: 'TcsReplayError', code: 'ADDRESS_IN_USE' });
  });

  for (const [url, options, code] of [
    ['nowhere', {}, 'BAD_ADDRESS'],
    ['tcp://192.0.2.1:5556', {}, 'BAD_ADDRESS'],
    ['tcp://127.0.0.1:*', { highWaterMark: -1 }, 'BAD_OPTION'],
    ['tcp://127.0.0.1:*', { lingerMs: 0.5 }, 'BAD_OPTION'],
  ] as const) {
    it(`refuses ${url} ${JSON.stringify(options)}`, async () => {
      await assert.rejects(ZMQServer.open(url, options), { name: 'TcsReplayError', code });
    });
  }
});

const EVENTS: (readonly Part[] | null | undefined)[] = [
  null,
  ['a', '1'],
  undefined,
  ['b', '2'],
  ['c', '3'],
  null,
];

async function* asynchronously<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

function* numbered(count: number, body: string): Generator<readonly Part[]> {
  for (let i = 0; i < count; i++) yield [String(i), body];
}

function asText({ topic, payload }: Message): string {
  return `${topic} ${payload}`;
}

/** A server with a subscriber that receives already. */
async function connected(
  context: TestContext,
  options?: ReceiverOptions,
): Promise<{ url: string; server: ZMQServer; receiver: Receiver }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const server = await ZMQServer.open(url);
  const receiver = Receiver.connected(url, options);
  context.after(() => {
    server.close();
    receiver.close();
  });
  // Greets until an answer shows that the subscription has come, and then takes all greetings that are under way.
  const greeting = setInterval(() => server.sendEvent([GREETING, '']), 1);
  await receiver.next();
  clearInterval(greeting);
  server.sendEvent([GREETING, 'last']);
  while ((await receiver.next()).payload.length === 0);
  return { url, server, receiver };
}

/** The system frees an address some moments after it is given up. */
async function eventually<T>(action: () => Promise<T>): Promise<T> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if ((error as TcsReplayError).code !== 'ADDRESS_IN_USE' || Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
