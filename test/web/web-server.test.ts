import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { WebSocket } from 'ws';
import type { ControlFulfilment, ControlRefusal } from '../../src/control/control-desk.js';
import { generate } from '../../src/generate/generate.js';
import { LARGEST_MESSAGE_BYTES } from '../../src/web/http/request-body.js';
import type { History, Overview, TopicList } from '../../src/web/protocol.js';
import { MOST_CLIENTS } from '../../src/web/web-sockets.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { until } from '../support/until.js';
import { PageSocket, refusalOf, WebVisitor } from '../support/web-visitor.js';

const EVENTS = 2000;
const NIGHT_S = 600;

const folder = mkdtempSync(join(tmpdir(), 'tcs-web-'));
const night = join(folder, 'night.db');
const PAUSED = { databases: night, startPaused: true };

before(() => generate({ path: night, events: EVENTS, durationS: NIGHT_S }));
after(() => rmSync(folder, { recursive: true }));

describe('the server of the page', () => {
  it('answers only requests whose Host is its own address', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const { port } = new URL(visitor.origin);
    const Cookie = visitor.cookie;
    for (const Host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`])
      assert.equal((await visitor.ask('/api/topics', { headers: { Host, Cookie } })).status, 200, Host);
    const foreign = [
      `evil.example:${port}`,
      'localhost',
      '127.0.0.1:1',
      `127.0.0.1.evil.example:${port}`,
      `127.0.0.2:${port}`,
      `localhost:${port}.evil.example`,
    ];
    for (const Host of foreign) {
      for (const path of ['/', '/api/topics', '/api/session']) {
        const { status, text } = await visitor.ask(path, { headers: { Host, Cookie } });
        assert.deepEqual([status, text], [421, 'The Host is not one of this server\n'], `${Host} ${path}`);
      }
      const socket = new PageSocket(visitor, { Host, Origin: `http://${Host}` }).socket;
      assert.equal(await refusalOf(socket), 421, Host);
    }
  });

  it('gives nothing without the cookie, and the cookie only for the token, to its own page', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const { origin: Origin, token } = visitor;
    const wrongCookie = `${visitor.cookie.split('=')[0]}=${'0'.repeat(32)}`;
    for (const path of [
      '/api/overview',
      '/api/topics',
      '/api/history',
      '/api/request',
      '/api/strip',
      '/api/series',
      '/api/points',
      '/api/dictionary',
    ])
      for (const cookie of ['', wrongCookie, `x${visitor.cookie}`]) {
        const { status, text } = await visitor.ask(path, { headers: { Cookie: cookie } });
        assert.equal(status, 403, path);
        assert(!text.includes('tcs.'), path);
      }
    const exchange = (headers: Record<string, string>, body: unknown) =>
      visitor.ask('/api/session', { method: 'POST', headers, body: JSON.stringify(body) });
    const json = { 'Content-Type': 'application/json' };
    assert.equal((await exchange({ Origin, ...json }, { token })).status, 204);
    for (const given of [token.slice(1), `${token}0`, '', 7, null, ['x']])
      assert.equal((await exchange({ Origin, ...json }, { token: given })).status, 403, String(given));
    assert.equal((await exchange({ ...json }, { token })).status, 403);
    assert.equal((await exchange({ Origin: 'http://evil.example', ...json }, { token })).status, 403);
    assert.equal((await exchange({ Origin: 'null', ...json }, { token })).status, 403);
    assert.equal((await exchange({ Origin, 'Content-Type': 'text/plain' }, { token })).status, 415);
    const set = (await exchange({ Origin, ...json }, { token })).headers['set-cookie']?.[0] ?? '';
    assert.match(set, /^tcs_replay_\d+=[0-9a-f]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
  });

  it('lets the token alone read, and open a WebSocket, from pages of other origins', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const { token, cookie } = visitor;
    const Origin = 'http://localhost:1';
    const query = 'topic=a&attribute=b&start=1&end=2';
    for (const path of [
      '/api/overview?',
      '/api/topics?',
      '/api/dictionary?',
      `/api/points?${query}&`,
      '/api/history?',
    ]) {
      const { status, headers } = await visitor.ask(`${path}token=${token}`, { headers: { Origin } });
      assert.deepEqual([status, headers['access-control-allow-origin']], [200, '*'], path);
      assert.equal(headers['access-control-allow-credentials'], undefined);
      for (const given of [`token=${token}x`, 'token=', ''])
        assert.equal((await visitor.ask(`${path}${given}`, { headers: { Origin } })).status, 403, path);
      // What a browser adds by itself makes nothing readable elsewhere.
      const ofCookie = await visitor.ask(path, { headers: { Origin, Cookie: cookie } });
      assert.equal(ofCookie.headers['access-control-allow-origin'], undefined, path);
      const foreign = await visitor.ask(`${path}token=${token}`, {
        headers: { Origin, Host: 'evil.example' },
      });
      assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [421, undefined]);
    }
    const json = { Origin, 'Content-Type': 'application/json' };
    const order = { method: 'POST', headers: json, body: '{"command":"quit"}' };
    assert.equal((await visitor.ask(`/api/request?token=${token}`, order)).status, 403);
    const url = visitor.origin.replace('http', 'ws');
    const open = (query: string) => new WebSocket(`${url}/ws${query}`, 'tcs-replay.v1', { origin: Origin });
    const socket = open(`?token=${token}`);
    await once(socket, 'open');
    socket.terminate();
    assert.equal(await refusalOf(open(`?token=${token}x`)), 403);
  });

  it('forbids browsers all but the page itself, in every answer', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    for (const path of ['/api/topics', '/nothing', '/api/overview']) {
      const { headers } = await visitor.ask(path, { headers: { Cookie: visitor.cookie } });
      const policy = headers['content-security-policy'] as string;
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
      assert.match(policy, /frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    }
  });

  it('knows its paths and methods, and no others', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const headers = { Cookie: visitor.cookie };
    for (const path of [
      '/../package.json',
      '/app.js/',
      '/api',
      '/api/',
      '/ws',
      '/%2e%2e/',
      '/__proto__',
      '/constructor',
    ])
      assert.equal((await visitor.ask(path, { headers })).status, 404, path);
    const deleted = await visitor.ask('/api/topics', { method: 'DELETE', headers });
    assert.deepEqual([deleted.status, deleted.headers.allow], [405, 'GET']);
    assert.equal((await visitor.ask('/api/request', { headers })).status, 405);
    const large = await visitor.ask('/api/request', {
      method: 'POST',
      headers: { ...headers, Origin: visitor.origin, 'Content-Type': 'application/json' },
      body: ' '.repeat(LARGEST_MESSAGE_BYTES + 1),
    });
    assert.equal(large.status, 413);
    for (const query of [
      'from=1&to=1&bins=1',
      'from=2&to=1&bins=1',
      'from=1&to=2&bins=2001',
      'from=1&to=2&bins=0',
      '',
    ])
      assert.equal((await visitor.ask(`/api/strip?${query}`, { headers })).status, 400, query);
    assert.equal((await visitor.ask('/api/series?from=1&to=2&bins=1', { headers })).status, 400);
    for (const query of ['start=2&end=1', 'start=1&end=2&size=0', 'start=1&end=2&strategy=all', 'end=2'])
      assert.equal(
        (await visitor.ask(`/api/points?topic=a&attribute=b&${query}`, { headers })).status,
        400,
        query,
      );
  });

  it('refuses WebSockets of foreign pages, and more than it serves', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const refused: [string, Record<string, string>][] = [
      ['a foreign Origin', { Origin: 'http://evil.example' }],
      ['another port', { Origin: 'http://127.0.0.1:1' }],
      ['no session', { Cookie: '' }],
    ];
    for (const [what, headers] of refused)
      assert.equal(await refusalOf(new PageSocket(visitor, headers).socket), 403, what);
    const pages: PageSocket[] = [];
    for (let i = 0; i < MOST_CLIENTS; i++) pages.push(await visitor.page(context));
    assert.equal(await refusalOf(new PageSocket(visitor).socket), 503);
    for (const page of pages) await page.first('state');
    pages[0].socket.close();
    await once(pages[0].socket, 'close');
    const next = await until(
      () => visitor.page(context).catch(() => undefined),
      (page) => page !== undefined,
    );
    await next?.first('state');
  });

  it('ends connections that do not keep to the protocol, and goes on', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const closedBy = async (data: string | Buffer) => {
      const page = await visitor.page(context);
      page.socket.send(data);
      const [code] = (await once(page.socket, 'close')) as [number];
      return code;
    };
    assert.equal(await closedBy(Buffer.from('{}')), 1003);
    assert.equal(await closedBy(' '.repeat(LARGEST_MESSAGE_BYTES + 1)), 1009);
    const wrong = [
      'not JSON',
      '[]',
      '{"op":"other"}',
      '{"op":"request","id":"1","request":{}}',
      '{"op":"want","topics":"some","values":[],"plots":[]}',
      '{"op":"want","topics":[-1],"values":[],"plots":[]}',
      `{"op":"want","topics":[],"values":${JSON.stringify(Array(65).fill('a'))},"plots":[]}`,
      '{"op":"want","topics":[],"values":[],"plots":[{"topic":"a"}]}',
    ];
    for (const text of wrong) assert.equal(await closedBy(text), 1008, text);
    await (await visitor.page(context)).first('state');
  });

  it('carries out requests by the code of the control socket, and says how the replay stands at once', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    context.after(() => receiver.close());
    const visitor = await WebVisitor.open(context, { ...PAUSED, url, waitSubscribers: 1 });
    const page = await visitor.page(context);
    await page.first('state', ({ status }) => status.state === 'paused');
    const stepped = (await page.request({ command: 'step' })) as ControlFulfilment;
    const message = await receiver.next();
    assert.deepEqual([stepped.ok, message.topic], [true, stepped.event?.topic]);
    await page.first('state', ({ status }) => status.sent === 1);
    const refusedReply = (await page.request({ command: 'jump' })) as ControlRefusal;
    assert.deepEqual([refusedReply.ok, refusedReply.error.code], [false, 'UNKNOWN_COMMAND']);
    const posted = await visitor.ask('/api/request', {
      method: 'POST',
      headers: { Cookie: visitor.cookie, Origin: visitor.origin, 'Content-Type': 'application/json' },
      body: '{"command":"speed","speedup":"max"}',
    });
    assert.equal((JSON.parse(posted.text) as ControlFulfilment).status.speedup, 'max');
    const closed = once(page.socket, 'close');
    await page.request({ command: 'resume' });
    await receiver.take(EVENTS - 1);
    const { outcome } = await page.first('ended');
    assert.equal((outcome as { sent: number }).sent, EVENTS);
    const [code] = (await closed) as [number];
    assert.equal(code, 1001);
  });

  it('tells what is played, which topics there are, and how it ran', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const overview = await visitor.json<Overview>('/api/overview');
    assert.deepEqual([overview.mode, overview.sources.length, overview.speeds.at(-1)], ['play', 1, 'max']);
    const [first, last] = sql<[number, number]>('SELECT min(data_time), max(data_time) FROM event')[0];
    assert(
      Math.abs((overview.firstS as number) - first) < 1 && Math.abs((overview.lastS as number) - last) < 1,
    );
    assert.deepEqual([overview.plays, overview.sources[0].events], ['recordings', null]);
    await visitor.lines(`/api/strip?from=${first - 1}&to=${last + 1}&bins=10`);
    const { sources } = await visitor.json<Overview>('/api/overview');
    assert.deepEqual(
      sources.map(({ path, events }) => [path, events]),
      [[night, EVENTS]],
    );
    const { points } = await until(
      () => visitor.json<History>('/api/history'),
      ({ points }) => points.length > 0,
    );
    assert.deepEqual([points[0].eventsPerS, points[0].subscribers], [0, 0]);
  });

  it('tells rows, values and tails of what is sent, of what a page wants', async (context) => {
    const visitor = await WebVisitor.open(context, { ...PAUSED, convertNumber: true, speedup: 'max' });
    const page = await visitor.page(context);
    await page.first('state', ({ status }) => status.state === 'paused');
    const [[topic, attribute]] = sql<[string, string]>(
      `SELECT topic, key FROM event JOIN attribute USING (event_id) WHERE data_type = 'number' AND key NOT LIKE '\\_%' ESCAPE '\\'
       GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1`,
    );
    page.send({ op: 'want', topics: 'all', values: [topic], plots: [{ topic, attribute }] });
    await page.request({ command: 'step', count: EVENTS });
    const { topics } = await visitor.json<TopicList>('/api/topics');
    const id = topics.findIndex(({ name }) => name === topic);
    const [[count]] = sql<[number]>('SELECT count(*) FROM event WHERE topic = ?', topic);
    await page.first('topics', ({ rows }) => rows.some((row) => row.id === id && row.sent === count));
    const [[eventId]] = sql<[number]>('SELECT max(event_id) FROM event WHERE topic = ?', topic);
    const [[text]] = sql<[string]>(
      'SELECT value FROM attribute WHERE event_id = ? AND key = ?',
      eventId,
      attribute,
    );
    const last = await page.first('values', ({ values }) =>
      values.some((value) => JSON.parse(value.payload)[attribute] === Number(text)),
    );
    assert.equal(last.values[0].topic, topic);
    const { tails } = await page.first('tails', ({ tails }) =>
      tails.some((tail) => tail.text === String(Number(text)) || tail.text === text),
    );
    assert.deepEqual([tails[0].topic, tails[0].attribute], [topic, attribute]);
    assert((tails[0].min as number) <= Number(text) && Number(text) <= (tails[0].max as number));
  });
});

describe('a view', () => {
  const openView = (context: TestContext) =>
    WebVisitor.open(context, { ...PAUSED, prime: true }, { isView: true });

  it('publishes nothing, and stays at its end', async (context) => {
    const visitor = await openView(context);
    const page = await visitor.page(context);
    const { status } = await page.first('state', ({ status }) => status.state === 'paused');
    assert.deepEqual([status.addresses, status.subscribers], [[], 0]);
    assert.equal((await visitor.json<Overview>('/api/overview')).mode, 'view');
    await page.request({ command: 'speed', speedup: 'max' });
    await page.request({ command: 'resume' });
    await page.first('state', ({ status }) => status.state === 'paused' && status.sent === EVENTS);
    const { status: back } = (await page.request({ command: 'seek', to: '+0s' })) as ControlFulfilment;
    assert.equal(back.state, 'paused');
    await page.request({ command: 'quit' });
    assert.equal((await visitor.playback.outcome).endedBy, 'quit');
  });

  it('shows the state of a place while it is paused there', async (context) => {
    const visitor = await openView(context);
    const page = await visitor.page(context);
    await page.first('state', ({ status }) => status.state === 'paused');
    const [[topic]] = sql<[string]>('SELECT topic FROM event GROUP BY 1 ORDER BY count(*) DESC LIMIT 1');
    page.send({ op: 'want', topics: [], values: [topic], plots: [] });
    for (const minute of [5, 2]) {
      page.messages.length = 0;
      const reply = (await page.request({ command: 'seek', to: `+${minute}m` })) as ControlFulfilment;
      const atS = reply.toS as number;
      const [[dueText]] = sql<[string]>(
        `SELECT max(value) FROM event JOIN attribute USING (event_id) WHERE topic = ? AND key = '__wire_time' AND CAST(value AS REAL) < ?`,
        topic,
        atS,
      );
      const { values } = await page.first('values', ({ values }) =>
        values.some(({ dueS }) => dueS !== null && dueS < atS),
      );
      assert.equal(values[0].dueS, Number(dueText));
      assert.equal(typeof JSON.parse(values[0].payload).__wire_time, 'number');
    }
  });
});

describe('the protocol of Foxglove', () => {
  it('opens by the token alone, and for its subprotocols alone', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const { foxglove } = visitor.addresses;
    const open = (url: string, protocols: string[], headers: Record<string, string> = {}) =>
      new WebSocket(url, protocols, { headers });
    for (const protocol of ['foxglove.sdk.v1', 'foxglove.websocket.v1']) {
      const socket = open(foxglove, ['other', protocol], { Origin: 'https://app.foxglove.dev' });
      await once(socket, 'open');
      assert.equal(socket.protocol, protocol);
      socket.terminate();
    }
    assert.equal(await refusalOf(open(foxglove.replace(/.$/, 'x'), ['foxglove.sdk.v1'])), 403);
    assert.equal(await refusalOf(open(foxglove.replace(/\?.*/, ''), ['foxglove.sdk.v1'])), 403);
    assert.equal(await refusalOf(open(foxglove, ['tcs-replay.v1'])), 400);
    assert.equal(await refusalOf(open(foxglove, ['foxglove.sdk.v1'], { Host: 'evil.example' })), 421);
  });
});

function sql<T>(statement: string, ...parameters: unknown[]): T[] {
  const database = new Database(night, { readonly: true });
  try {
    return database
      .prepare(statement)
      .raw()
      .all(...parameters) as T[];
  } finally {
    database.close();
  }
}
