import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { NamedEndpoint, type NamedEndpointOptions } from '../../src/zmq/named-endpoint.js';
import { endAll, freePort, PythonSubscriber, skipWithoutPython } from '../support/peer.js';

const LONG = { timeoutMs: 60_000 };
const TOPIC = Buffer.from('tracker.drive.position');
/** Together many times what the system's buffers of a connection hold. */
const [EVENTS, EVENT_BYTES] = [4000, 10_000];
const EVENTS_A_TURN = 20;

describe('a named endpoint', { skip: skipWithoutPython() }, () => {
  after(endAll);

  it('counts exactly what is lost for its subscriber, and for it alone', async (context) => {
    // The queue of the other one holds all: whether it keeps up does not matter.
    const [gui, logger] = [
      await open(context, 'gui'),
      await open(context, 'logger', { highWaterMark: EVENTS }),
    ];
    const held = await subscriber(gui, { holdAfter: 100 });
    const other = await subscriber(logger);
    for (const endpoint of [gui, logger]) assert.ok(await endpoint.waitForSubscriber(LONG));
    const startS = Date.now() / 1000;
    for (let number = 1; number <= EVENTS; number++) {
      for (const endpoint of [gui, logger]) endpoint.send([TOPIC, payload(number)], number);
      if (number % EVENTS_A_TURN === 0) await turn();
    }
    held.release();
    const sum = { lost: 0, sent: EVENTS, unheard: 0 };
    await gui.close();
    const { received, firstSequence } = await held.result();
    const { lost, sent, unheard, lostNumbers } = gui;
    assert.ok(lost > 0);
    assert.deepEqual(
      { lost, sent, unheard, firstSequence },
      { ...sum, lost: EVENTS - received, firstSequence: 1 },
    );
    assert.equal(
      lostNumbers.kept.reduce((total, { first, last }) => total + last - first + 1, 0),
      lost,
    );
    assert.ok(gui.firstLostS >= startS && gui.firstLostS <= gui.lastLostS);
    await logger.close();
    assert.equal((await other.result()).received, EVENTS);
    assert.deepEqual({ lost: logger.lost, sent: logger.sent, unheard: logger.unheard }, sum);
    assert.ok(Number.isNaN(logger.firstLostS));
  });

  it('loses no event that its subscriber does not want', async (context) => {
    const endpoint = await open(context, 'gui');
    const held = await subscriber(endpoint, { holdAfter: 1, topics: ['tracker.'] });
    assert.ok(await endpoint.waitForSubscriber(LONG));
    for (let number = 1; endpoint.lost === 0; number++) {
      endpoint.send([TOPIC, payload(number)], number);
      if (number % EVENTS_A_TURN === 0) await turn();
    }
    const { lost } = endpoint;
    for (let number = 1; number <= 1000; number++)
      endpoint.send([Buffer.from('dome.shutter'), payload(number)], number);
    await turn();
    assert.equal(endpoint.lost, lost);
    held.kill();
  });

  it('counts the events that no subscriber was there for, and tells of a second one', async (context) => {
    const notices: string[] = [];
    const endpoint = await open(context, 'gui', { onNotice: (notice) => notices.push(notice) });
    endpoint.send([TOPIC, 'nobody'], 1);
    const both = [await subscriber(endpoint, { count: 1 }), await subscriber(endpoint, { count: 1 })];
    while (endpoint.connected < 2) await delay(1);
    endpoint.send([TOPIC, 'both'], 2);
    for (const each of both) assert.equal((await each.result()).received, 1);
    assert.deepEqual([endpoint.sent, endpoint.unheard, endpoint.lost], [2, 1, 0]);
    assert.equal(notices.length, 1);
    assert.match(notices[0], /^gui: 2 subscribers at tcp:\/\/127\.0\.0\.1:\d+, which is meant for one: /);
  });

  it('does not open at an address that is in use', async (context) => {
    const { address } = await open(context, 'gui');
    await assert.rejects(open(context, 'logger', { url: address }), { code: 'ADDRESS_IN_USE' });
  });
});

async function open(
  context: TestContext,
  name: string,
  options: Partial<NamedEndpointOptions> = {},
): Promise<NamedEndpoint> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const endpoint = await NamedEndpoint.open({ name, url, highWaterMark: 50, lingerMs: 60_000, ...options });
  context.after(() => endpoint.close());
  return endpoint;
}

function subscriber({ address }: NamedEndpoint, options = {}): Promise<PythonSubscriber> {
  return PythonSubscriber.start(address, { sequence: 'number', ...options });
}

function payload(number: number): Buffer {
  const bytes = Buffer.alloc(EVENT_BYTES, 'x');
  bytes.write(`{"number":${number}`);
  return bytes;
}
