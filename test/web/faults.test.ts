import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { LastValues } from '../../src/web/last-values.js';
import { writeEvenNight } from '../support/even-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const EVENTS = 100;

describe('a fault in serving the page', () => {
  it('is told once and to the pages, in a tick, in an answer and in a reply, and the replay goes on', async (context) => {
    const { visitor, notices } = await open(context);
    const page = await visitor.page(context);
    await page.first('state', ({ status }) => status.state === 'paused');
    spoil(context, visitor.playback, 'status');
    assert.deepEqual(await page.first('fault'), { op: 'fault', message: 'spoilt' });
    const later = await visitor.page(context);
    await later.first('fault');
    for (let i = 0; i < 2; i++) {
      const { status, text } = await visitor.ask('/api/overview', { headers: { Cookie: visitor.cookie } });
      assert.deepEqual([status, text], [500, 'spoilt\n']);
    }
    for (const command of ['step', 'seek']) {
      const reply = await page.request({ command, ...(command === 'seek' && { to: '+1s' }) });
      assert.deepEqual(reply, { ok: false, error: { code: 'INTERNAL', message: 'spoilt' } });
    }
    await until(
      () => notices.length,
      (count) => count === 3,
    );
    const parts = notices.map((notice) => / goes on: (.+?) failed: spoilt \(at /.exec(notice)?.[1]);
    assert.deepEqual(parts.sort(), [
      'answering /api/overview',
      'opening a page',
      'telling how the replay stands',
    ]);
    mend(visitor.playback, 'status');
    page.messages.length = 0;
    await page.first('state', ({ status }) => status.state === 'paused');
    await page.request({ command: 'speed', speedup: 'max' });
    await page.request({ command: 'resume' });
    const { endedBy } = await visitor.playback.outcome;
    assert.equal(endedBy, 'end');
    assert.equal(page.messages.filter(({ op }) => op === 'fault').length, 0);
  });

  it('is told to who sent the message that failed, page or other program, and ends no connection', async (context) => {
    const { visitor, notices } = await open(context);
    const [page, leaving] = [await visitor.page(context), await visitor.page(context)];
    await page.first('state', ({ status }) => status.state === 'paused');
    const viewer = new WebSocket(visitor.addresses.foxglove, ['foxglove.sdk.v1']);
    context.after(() => viewer.terminate());
    const told: Record<string, unknown>[] = [];
    viewer.on('message', (data, isBinary) => isBinary || told.push(JSON.parse(String(data))));
    await once(viewer, 'open');
    spoil(context, LastValues.prototype, 'keep');
    page.send({ op: 'want', topics: 'all', values: [], plots: [] });
    await page.first('fault');
    viewer.send(JSON.stringify({ op: 'subscribe', subscriptions: [] }));
    await until(
      () => told.find(({ op }) => op === 'status'),
      (status) => status?.level === 2 && status.message === 'spoilt',
    );
    const left = once(leaving.socket, 'close');
    leaving.socket.close();
    await left;
    await until(
      () => notices.length,
      (count) => count === 3,
    );
    mend(LastValues.prototype, 'keep');
    const reply = await page.request({ command: 'step' });
    assert.equal(reply.ok, true);
    assert.equal(viewer.readyState, WebSocket.OPEN);
  });
});

async function open(context: TestContext) {
  const notices: string[] = [];
  const databases = join(temporaryFolder(context), 'night.db');
  writeEvenNight(databases, { events: EVENTS, ratePerS: 10, fillBytes: 4 });
  const visitor = await WebVisitor.open(context, {
    ...{ databases, startPaused: true },
    onNotice: (notice) => {
      if (notice.includes('fault')) notices.push(notice);
    },
  });
  return { visitor, notices };
}

const wholes = new Map<object, unknown>();

/** Makes a method throw, until it is mended or the test ends. */
function spoil<T extends object>(context: TestContext, object: T, name: keyof T): void {
  wholes.set(object, object[name]);
  context.after(() => mend(object, name));
  object[name] = (() => {
    throw new Error('spoilt');
  }) as T[keyof T];
}

function mend<T extends object>(object: T, name: keyof T): void {
  object[name] = wholes.get(object) as T[keyof T];
}
