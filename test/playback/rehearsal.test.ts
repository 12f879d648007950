import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { rehearse } from '../../src/playback/rehearsal.js';
import type { Part } from '../../src/zmq/publisher.js';

/** A rehearsal has rounds of so many events. */
const EVENTS_A_ROUND = 750;

/** Keeps what is sent, as text. A payload is overwritten when its event is sent again. */
function memory(onSent: (sent: number) => void = () => {}) {
  const sent: string[][] = [];
  const send = (parts: Part[]) => {
    sent.push(parts.map((part) => Buffer.from(part).toString()));
    onSent(sent.length);
    return undefined;
  };
  return { sent, send };
}

test('sends made-up events in whole rounds, at the present time', async () => {
  const sink = memory();
  const { signal } = new AbortController();
  const beforeS = Date.now() / 1000;
  await rehearse(sink, { times: 'replay', timing: 'balanced', durationS: 0.05, signal });
  const afterS = Date.now() / 1000;
  assert.ok(sink.sent.length > 0);
  assert.equal(sink.sent.length % EVENTS_A_ROUND, 0);
  for (const [topic, json] of sink.sent) {
    const { __system, __source, __key, __wire_time } = JSON.parse(json);
    assert.equal(`${__system}.${__source}.${__key}`, topic);
    assert.ok(__wire_time > beforeS - 1 && __wire_time < afterS + 1, json);
  }
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('ends at once when it is aborted', async () => {
  const controller = new AbortController();
  const sink = memory((sent) => {
    if (sent === 10) controller.abort();
  });
  await rehearse(sink, { times: 'now', timing: 'eco', durationS: 60, signal: controller.signal });
  assert.equal(sink.sent.length, 10);
  await rehearse(sink, { times: 'now', timing: 'eco', durationS: 60, signal: controller.signal });
  assert.equal(sink.sent.length, 10);
});

test('goes on where a sink answers later that it has sent', async () => {
  const { sent, send } = memory();
  const sink = {
    send: async (parts: Part[]) => {
      send(parts);
      return true;
    },
  };
  const { signal } = new AbortController();
  await rehearse(sink, { times: 'original', timing: 'precise', durationS: 0.01, signal });
  assert.equal(sent.length % EVENTS_A_ROUND, 0);
  assert.ok(sent.length > 0);
});
