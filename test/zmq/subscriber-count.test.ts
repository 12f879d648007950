import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SubscriberCount } from '../../src/zmq/subscriber-count.js';

const LONG_MS = 1_000_000;
/** More than any wait for what may still be under way. */
const SETTLED_MS = 1000;

/** A subscriber of the model: its topics. */
type Topics = readonly string[];

describe('SubscriberCount', () => {
  it('counts a subscriber once, however many topics it has, whoever comes, leaves or changes its topics', () => {
    const topics = fc.uniqueArray(fc.constantFrom('', 'a', 'a.b', 'b'), { minLength: 1 });
    const sessions = fc.array(fc.record({ comes: fc.boolean(), topics, which: fc.nat() }));
    fc.assert(
      fc.property(sessions, (steps) => {
        const count = new SubscriberCount(true);
        const present: Topics[] = [];
        for (const { comes, topics, which } of steps) {
          if (comes) {
            present.push(topics);
            come(count, topics);
          } else if (present.length > 0) {
            leave(count, present.splice(which % present.length, 1)[0]);
          }
          assert.equal(count.count, present.length);
        }
      }),
    );
  });

  it('counts nobody who is connected and has not subscribed', () => {
    const count = new SubscriberCount(true);
    count.connected();
    assert.equal(count.count, 0);
    count.received(subscription('a'));
    assert.equal(count.count, 1);
    count.received(unsubscription('a'));
    assert.equal(count.count, 0);
  });

  it('counts subscriptions where connections are not told', () => {
    const count = new SubscriberCount(false);
    for (const topic of ['a', 'b', 'b']) count.received(subscription(topic));
    count.received(unsubscription('b'));
    assert.equal(count.count, 2);
  });

  it('passes over messages that are no subscriptions', () => {
    const count = new SubscriberCount(false);
    for (const bytes of [[], [2], [97, 98]]) count.received(Uint8Array.from(bytes));
    assert.equal(count.count, 0);
  });

  it('is waited for no longer than it takes, where it is sure who has subscribed', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const count = new SubscriberCount(true);
    const there = count.wait(2, LONG_MS);
    come(count, ['a', 'b', 'c']);
    count.connected();
    count.received(subscription('d'));
    count.received(subscription('a'));
    assert.equal(await there, true);
  });

  it('waits for subscriptions that may be under way, where they may all be those of another', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const count = new SubscriberCount(true);
    let isOver = false;
    const there = count.wait(2, LONG_MS).finally(() => {
      isOver = true;
    });
    come(count, ['a', 'b']);
    // One that only knocks, and one that stays, and has topics of its own.
    count.connected();
    count.disconnected();
    context.mock.timers.tick(SETTLED_MS);
    await Promise.resolve();
    assert.equal(isOver, false);
    come(count, ['c']);
    await Promise.resolve();
    assert.equal(isOver, false);
    context.mock.timers.tick(SETTLED_MS);
    assert.equal(await there, true);
  });

  it('is there at once where enough are there already, or none is asked for', async () => {
    const count = new SubscriberCount(true);
    assert.equal(await count.wait(0, LONG_MS), true);
    come(count, ['a']);
    assert.equal(await count.wait(1, LONG_MS), true);
    assert.equal(count.isAwaited, false);
  });

  it('is given up after the time-out, at the end, or when its signal is aborted', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const count = new SubscriberCount(true);
    come(count, ['a']);
    const timedOut = count.wait(2, 50);
    context.mock.timers.tick(50);
    assert.equal(await timedOut, false);

    const stop = new AbortController();
    const aborted = count.wait(2, LONG_MS, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(aborted, /enough/);
    await assert.rejects(count.wait(0, LONG_MS, stop.signal), /enough/);

    const ended = count.wait(2, LONG_MS);
    count.end();
    assert.equal(await ended, false);
    assert.equal(count.isAwaited, false);
  });
});

function come(count: SubscriberCount, topics: Topics): void {
  count.connected();
  for (const topic of topics) count.received(subscription(topic));
}

/** The socket tells of a connection's end, and takes back its subscriptions. */
function leave(count: SubscriberCount, topics: Topics): void {
  count.disconnected();
  for (const topic of topics) count.received(unsubscription(topic));
}

function subscription(topic: string): Buffer {
  return Buffer.from(`\x01${topic}`);
}

function unsubscription(topic: string): Buffer {
  return Buffer.from(`\x00${topic}`);
}
