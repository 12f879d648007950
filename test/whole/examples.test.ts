import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { XPublisher } from 'zeromq';
import { generate } from '../../src/index.js';
import { endAll, freePort, RunningProgram } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';

const RUNS_AT_ONCE = 4;
const EVENTS = 3000;
const NIGHT_S = 60;
const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'tcs-examples-'));
const night = join(folder, 'night.db');
const tested = new Set<string>();

describe('the examples in the documentation', { concurrency: RUNS_AT_ONCE }, () => {
  before(() => generate({ path: night, events: EVENTS, durationS: NIGHT_S }));

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
    // A build keeps what was made of examples that are gone: the sources count.
    const sources = readdirSync(fileURLToPath(new URL('../../../docs/examples/', import.meta.url)));
    // Those of other programs are tested with what they talk to: test/loadtest/check-in.test.ts. The one in Java is run by hand.
    const ours = sources.filter((name) => name.endsWith('.ts'));
    assert.deepEqual([...tested].sort(), ours.map((name) => name.replace('.ts', '')).sort());
  });

  example('play-a-night', 'listen', async () => {
    const url = await freeUrl();
    const listener = start('listen', url);
    await subscription(url);
    const player = start('play-a-night', night, url);
    const { code, stdout, stderr } = await player.outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^3000 events in \d+\.\d s, half of them less than [\d.]+ µs late\n$/);
    const { code: listenerCode, stdout: heard } = await listener.outcome;
    assert.equal(listenerCode, 0);
    assert.match(heard, /^(tracker\.\w+\.\w+: -?[\d.]+ ms, \d+ bytes\n){10}$/);
  });

  example('flat-out', async () => {
    const { code, stdout, stderr } = await start('flat-out', night, await freeUrl()).outcome;
    assert.equal(code, 0, stderr);
    const { endedBy, sent, lateness } = JSON.parse(stdout);
    assert.deepEqual({ endedBy, sent, lateness }, { endedBy: 'end', sent: EVENTS, lateness: undefined });
    assert.match(stderr, /^(\d+ %, \d+ events\/s\n)*100 %, \d+ events\/s\n$/);
  });

  example('drive-a-night', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const program = start('drive-a-night', night, url, '-2s');
    const first = await receiver.next();
    const { code, stdout, stderr } = await program.outcome;
    receiver.close();
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^first [\w.]+\n\d+ events until the end\n$/);
    assert.ok(stdout.startsWith(`first ${first.topic}\n`));
  });

  example('stop', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const program = start('stop', night, url);
    await receiver.take(5);
    program.kill('SIGINT');
    const { code, stdout, stderr } = await program.outcome;
    receiver.close();
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^Ended by abort in pass 1: \d+ events\n$/);
    const missing = await start('stop', join(folder, 'none.db'), url).outcome;
    assert.deepEqual([missing.code, missing.stdout, missing.stderr], [1, '', 'There is no such night.\n']);
  });

  example('own-events', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const program = start('own-events', url, '50');
    const messages = [await receiver.next()];
    while (messages.at(-1)?.topic === 'dome.sensor.temperature') messages.push(await receiver.next());
    assert.equal((await program.outcome).code, 0);
    receiver.close();
    assert.equal(messages.at(-1)?.topic, 'dome.sensor.stopped');
    const events = messages.map(eventOf);
    // The first ones may have come before the subscription.
    const celsius = events.slice(0, -1).map((event) => event.celsius);
    assert(celsius.length >= 1);
    assert.deepEqual(
      celsius,
      celsius.map((_, i) => 11 + (10 - celsius.length + i) / 10),
    );
    const times = events.map((event) => event.__wire_time as number);
    assert(
      times.every((timeS) => Math.abs(timeS - Date.now() / 1000) < 60),
      String(times),
    );
  });

  example('load-test', async () => {
    const { code, stdout, stderr } = await start('load-test', night, '50').outcome;
    assert.equal(code, 0, stderr);
    const [verdict, ...subscribers] = stdout.trimEnd().split('\n');
    // A busy machine can be the limit, and then says so.
    assert.match(verdict, /^(?:pass$|inconclusive \S)/);
    for (const [i, name] of ['sentinel', 'gui'].entries())
      assert.match(subscribers[i], new RegExp(`^${name}: \\d+ events, 0 lost at most, p99 [\\d.]+ µs$`));
    assert.match(stderr, /^load: \d+ events$/m);
  });

  example('events', async () => {
    const { code, stdout, stderr } = await start('events', night).outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const { tracker, others } = countTopics();
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.pop(), `other topics: ${others}`);
    assert.deepEqual(lines.sort(), tracker.map(({ topic, count }) => `${topic}: ${count}`).sort());
  });
});

/** A test of some examples. */
function example(...args: [...names: string[], test: () => Promise<void>]): void {
  const test = args.pop() as () => Promise<void>;
  const names = args as unknown as string[];
  for (const name of names) tested.add(name);
  it(names.join(', '), test);
}

/** Resolves when there is a subscriber at an address, which then waits for a publisher again. */
async function subscription(url: string): Promise<void> {
  const station = new XPublisher({ linger: 0 });
  await station.bind(url);
  await station.receive();
  const events = station.events;
  station.close();
  // It ends when the address is free.
  for await (const _ of events);
}

function start(name: string, ...args: string[]): RunningProgram {
  return new RunningProgram(process.execPath, [join(EXAMPLES, `${name}.js`), ...args]);
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

function countTopics(): { tracker: { topic: string; count: number }[]; others: number } {
  const db = new Database(night, { readonly: true });
  const counts = db.prepare('SELECT topic, count(*) AS count FROM event GROUP BY topic').all() as {
    topic: string;
    count: number;
  }[];
  db.close();
  const tracker = counts.filter(({ topic }) => topic.startsWith('tracker.'));
  const others = EVENTS - tracker.reduce((sum, { count }) => sum + count, 0);
  return { tracker, others };
}
