import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TopicList } from '../../src/web/protocol.js';
import { writeEvenNight } from '../support/even-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const TOPIC = 'tcs.tracker.position';
/** More than the kernel keeps for a connection, in all. */
const [EVENTS, FILL_BYTES] = [400, 100_000];

describe('a page that does not read', () => {
  it('misses frames, holds nobody up, and then gets the newest', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    writeEvenNight(night, { events: EVENTS, ratePerS: 10, fillBytes: FILL_BYTES });
    const visitor = await WebVisitor.open(context, { databases: night, startPaused: true });
    const [slow, other] = [await visitor.page(context), await visitor.page(context)];
    await other.first('state', ({ status }) => status.state === 'paused');
    for (const page of [slow, other]) page.send({ op: 'want', topics: [], values: [TOPIC], plots: [] });
    const { _socket: connection } = slow.socket as unknown as { readonly _socket: Socket };
    connection.pause();
    const numberIn = (payload: string) => Number(JSON.parse(payload).number);
    for (let i = 1; i <= EVENTS; i++) {
      await other.request({ command: 'step' });
      other.messages.length = 0;
    }
    connection.resume();
    const last = await slow.first('values', ({ values }) => numberIn(values[0].payload) === EVENTS);
    assert.equal(last.values.length, 1);
    const frames = slow.messages.filter(({ op }) => op === 'values').length;
    assert(frames < EVENTS / 2, `${frames} frames`);
  });
});

describe('a page with many topics', () => {
  it('gets the rows of all, in frames of some hundred', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    const count = 3000;
    const topics = Array.from({ length: count }, (_, i) => `tcs.many.topic${i}`);
    writeEvenNight(night, { events: count, ratePerS: 1000, fillBytes: 1, topics });
    const visitor = await WebVisitor.open(context, { databases: night, startPaused: true, speedup: 'max' });
    const page = await visitor.page(context);
    await page.first('state', ({ status }) => status.state === 'paused');
    page.send({ op: 'want', topics: 'all', values: [], plots: [] });
    await page.request({ command: 'step', count });
    const rowsOf = () => page.messages.flatMap((message) => (message.op === 'topics' ? message.rows : []));
    await until(
      () => new Set(rowsOf().flatMap(({ id, sent }) => (sent === 1 ? id : []))).size,
      (told) => told === count,
    );
    for (const message of page.messages) if (message.op === 'topics') assert(message.rows.length <= 500);
    const { topics: listed } = await visitor.json<TopicList>('/api/topics');
    assert.deepEqual(new Set(listed.map(({ name }) => name)), new Set(topics));
  });
});
