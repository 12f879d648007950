import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SentBuffers } from '../../src/zmq/sent-buffers.js';

const LARGE_BYTES = 1000;

describe('SentBuffers', () => {
  it('counts the events of buffers that something of is held', async () => {
    const sent = new SentBuffers();
    const queued = [sendFrom(sent, 3), sendFrom(sent, 5)].map((views) => views[1]);
    sendFrom(sent, 100);
    assert.equal(await sent.mostQueued(), 3 + 5);
    queued.pop();
    assert.equal(await sent.mostQueued(), 3);
    queued.pop();
    assert.equal(await sent.mostQueued(), 0);
  });

  it('counts events of the same buffer together, whatever is sent between', async () => {
    const sent = new SentBuffers();
    const [first, second] = [Buffer.alloc(10 * LARGE_BYTES), Buffer.alloc(10 * LARGE_BYTES)];
    for (const buffer of [first, second, first, second, first]) sent.add(buffer.subarray(0, LARGE_BYTES));
    assert.equal(await sent.mostQueued(), 5);
    assert.equal(first.length, second.length);
  });

  it('goes on counting after it has looked', async () => {
    const sent = new SentBuffers();
    const buffer = Buffer.alloc(LARGE_BYTES);
    sent.add(buffer);
    assert.equal(await sent.mostQueued(), 1);
    sent.add(buffer);
    assert.equal(await sent.mostQueued(), 2);
    assert.equal(buffer.length, LARGE_BYTES);
  });

  it('forgets what has left, and nothing else, over many buffers', async () => {
    const sent = new SentBuffers();
    const queued = sendAndKeep(sent, 5000, 100);
    assert.equal(await sent.mostQueued(), queued.length);
  });

  it('knows nothing of events that zeromq.js copies', async () => {
    const sent = new SentBuffers();
    const payloads = ['text', 'x'.repeat(LARGE_BYTES), Buffer.alloc(128)];
    for (const payload of payloads) sent.add(payload);
    assert.equal(sent.copied, payloads.length);
    assert.equal(await sent.mostQueued(), 0);
  });
});

/** Sends so many events from a new buffer, and gives their views. */
function sendFrom(sent: SentBuffers, events: number): Buffer[] {
  const buffer = Buffer.alloc(events * LARGE_BYTES);
  const views = Array.from({ length: events }, (_, i) =>
    buffer.subarray(i * LARGE_BYTES, (i + 1) * LARGE_BYTES),
  );
  for (const view of views) sent.add(view);
  return views;
}

/** Sends events of a buffer each, and gives the views of every so many. In a function of its own, whose last view goes with it. */
function sendAndKeep(sent: SentBuffers, events: number, every: number): Buffer[] {
  const kept: Buffer[] = [];
  for (let i = 0; i < events; i++) {
    const [view] = sendFrom(sent, 1);
    if (i % every === 0) kept.push(view);
  }
  return kept;
}
