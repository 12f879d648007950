import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Publisher } from '../../src/zmq/publisher.js';
import { Receiver } from '../support/receiver.js';
import { until } from '../support/until.js';

const EACH = 100;
const SUBSCRIBERS = 2;
const TIMEOUT_MS = 60_000;
const OPTIONS = { bind: ['tcp://127.0.0.1:*'], connect: [], highWaterMark: 0, lingerMs: 60_000 };

/** Numbers that a subscriber takes, as they come. */
function taken(url: string): { receiver: Receiver; numbers: number[] } {
  const receiver = Receiver.connected(url);
  const numbers: number[] = [];
  const take = async () => {
    for (;;) numbers.push(Number((await receiver.next()).payload));
  };
  take().catch(() => {}); // It was closed.
  return { receiver, numbers };
}

describe('a publisher that is restarted', () => {
  it('delivers what is queued, sends nothing meanwhile, and goes on when its subscribers are back', async (context) => {
    const publisher = await Publisher.open(OPTIONS);
    context.after(() => publisher.close());
    const [url] = publisher.addresses;
    const subscribers = Array.from({ length: SUBSCRIBERS }, () => taken(url));
    assert(await publisher.waitForSubscribers(SUBSCRIBERS, { timeoutMs: TIMEOUT_MS }));
    const send = (from: number) => {
      for (let i = from; i < from + EACH; i++) publisher.send(['t', String(i)]);
    };
    send(0);
    const restarting = publisher.restart();
    send(EACH);
    assert.equal(await publisher.sendIfRoom(['t', 'none']), false);
    assert.deepEqual(await restarting, { before: SUBSCRIBERS, back: SUBSCRIBERS });
    assert.deepEqual(publisher.addresses, [url]);
    send(2 * EACH);
    const expected = Array.from({ length: 3 * EACH }, (_, i) => i).filter((i) => i < EACH || i >= 2 * EACH);
    for (const { receiver, numbers } of subscribers) {
      await until(
        () => numbers.length,
        (count) => count >= expected.length,
      );
      assert.deepEqual(numbers, expected);
      receiver.close();
    }
  });

  it('waits no longer for subscribers where nobody waits for it', async (context) => {
    const publisher = await Publisher.open(OPTIONS);
    context.after(() => publisher.close());
    const { receiver } = taken(publisher.addresses[0]);
    assert(await publisher.waitForSubscribers(1, { timeoutMs: TIMEOUT_MS }));
    receiver.close();
    const over = new AbortController();
    const restarting = publisher.restart(over.signal);
    over.abort();
    assert.equal((await restarting).back, 0);
  });
});
