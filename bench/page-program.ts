/**
 * Opens the page of a replay without a browser, and asks for what the page asks for: the rows of all topics, a payload, plots, and their
 * histories. It ends with the replay, and prints how many messages it got.
 *
 * `node page-program.js URL`
 */
import { WebSocket } from 'ws';
import type { Overview, ToPage, TopicList, ToServer } from '../src/web/protocol.js';
import { SEQUENCE_KEY } from './night.js';

/** As many as fit on a screen. */
const PLOTS = 4;
const BINS = 1000;

const { origin, hash } = new URL(process.argv[2]);
const session = await fetch(`${origin}/api/session`, {
  method: 'POST',
  headers: { Origin: origin, 'Content-Type': 'application/json' },
  body: JSON.stringify({ token: hash.replace('#token=', '') }),
});
if (!session.ok) throw new Error(`The page cannot be opened: ${await session.text()}`);
const headers = { Cookie: String(session.headers.get('set-cookie')).split(';')[0] };
const get = (path: string) => fetch(`${origin}${path}`, { headers });

const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, 'tcs-replay.v1', {
  headers: { ...headers, Origin: origin },
});
let messages = 0;
let topicsVersion = -1;
socket.on('message', (data) => {
  messages += 1;
  const message = JSON.parse(String(data)) as ToPage;
  if (message.op !== 'state' || message.topicsVersion === topicsVersion) return;
  topicsVersion = message.topicsVersion;
  want().catch(leave);
});
socket.on('close', leave);
socket.on('error', leave);

async function want(): Promise<void> {
  const { topics } = (await (await get('/api/topics')).json()) as TopicList;
  const plots = topics.slice(0, PLOTS).map(({ name }) => ({ topic: name, attribute: SEQUENCE_KEY }));
  const values = topics.slice(0, 1).map(({ name }) => name);
  socket.send(JSON.stringify({ op: 'want', topics: 'all', values, plots } satisfies ToServer));
}

function leave(): void {
  process.stdout.write(`${JSON.stringify({ messages })}\n`, () => process.exit());
}

// The replay may end meanwhile.
await readPast().catch(leave);

/** Reads what a page reads of the past when it is opened. */
async function readPast(): Promise<void> {
  const { firstS, lastS } = (await (await get('/api/overview')).json()) as Overview;
  const window = `from=${firstS}&to=${lastS}&bins=${BINS}`;
  await (await get(`/api/strip?${window}`)).text();
  const { topics } = (await (await get('/api/topics')).json()) as TopicList;
  for (const { name } of topics.slice(0, PLOTS)) {
    const of = `topic=${encodeURIComponent(name)}&attribute=${encodeURIComponent(SEQUENCE_KEY)}`;
    await (await get(`/api/series?${window}&${of}`)).text();
  }
}
