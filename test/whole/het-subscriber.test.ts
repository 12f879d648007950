/** The HET's subscriber, modelled in `test/support/python/tcs_event.py`, reads what we send. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replay, TCSDBReplay, ZMQServer } from '../../src/index.js';
import { writeOddNight } from '../support/odd-night.js';
import {
  endAll,
  freePort,
  RunningProgram,
  requirePython,
  runCli,
  skipWithoutPython,
} from '../support/peer.js';
import { askPython } from '../support/plain-python.js';

const PYTHON_FOLDER = fileURLToPath(new URL('../../../test/support/python/', import.meta.url));
const EVENTS = 600;
const RUNS_AT_ONCE = 2;
const KNOWN_KEYS = ['__data', '__data_time', '__key', '__source', '__system', '__wire_time'];

/** An event as the subscriber reads it. */
interface ReadEvent {
  readonly header: string;
  readonly payload: Record<string, unknown>;
  /** That `TCSDict` makes of the payload, or the error that it raises. */
  readonly topic: string;
  /** Python's types of the times. */
  readonly types: Record<string, string>;
  readonly error?: string;
}

interface HetOptions {
  readonly count: number;
  readonly topics?: readonly string[];
  readonly isSafe?: boolean;
}

/** Starts a subscriber, which converts times to floats. @returns what it reads, once it has ended */
async function subscribed(
  urls: readonly string[],
  { count, topics = [], isSafe = false }: HetOptions,
): Promise<() => Promise<ReadEvent[]>> {
  const args = [`${PYTHON_FOLDER}tcs_event.py`, ...urls, '--count', String(count), '--dates-to-float'];
  if (topics.length > 0) args.push('--topics', ...topics);
  if (isSafe) args.push('--safe');
  const program = new RunningProgram(requirePython(), args);
  await program.waitForOutput(/^ready$/m);
  return async () => {
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 0, stderr);
    const [, ...lines] = stdout.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as ReadEvent);
  };
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

describe("the HET's subscriber", { skip: skipWithoutPython(), concurrency: RUNS_AT_ONCE }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-het-'));
  const nights = ['first.db', 'second.db'].map((name) => join(folder, name));
  const odd = join(folder, 'odd.db');
  let oddEvents = 0;
  /** Of each night. */
  const topics: string[][] = [];

  before(async () => {
    for (const [i, night] of nights.entries()) {
      const args = [
        'generate',
        night,
        '--events',
        String(EVENTS),
        '--duration',
        '10',
        '--seed',
        String(i + 1),
      ];
      assert.equal((await runCli(args)).code, 0);
      const events = new TCSDBReplay(night, { speedup: 'max' });
      topics.push([]);
      for await (const event of events) if (event !== null) topics[i].push(event[0]);
      await events.close();
    }
    oddEvents = writeOddNight(odd).length;
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  const PLAY = { waitSetupS: 0, waitSubscribers: 1, speedup: 'max', workers: 0 } as const;

  for (const [what, options] of Object.entries({
    'the times of the replay': {},
    'the times of now': { times: 'now' },
    'the recorded times': { times: 'original' },
    'values converted': { convertNumber: true, convertBool: true },
    'events in order of time': { sortBy: '__wire_time' },
    'events at a rate': { speedup: 1, rate: 5000 },
  } as const)) {
    it(`reads a night: ${what}`, async () => {
      const url = await freeUrl();
      const result = await subscribed([url], { count: EVENTS });
      await replay({ ...PLAY, ...options, databases: nights[0], url });
      const events = await result();
      assert.deepEqual(events.map(({ header }) => header).sort(), [...topics[0]].sort());
      for (const { header, topic, types, payload } of events) {
        assert.equal(topic, header);
        assert.deepEqual(types, { __data_time: 'float', __wire_time: 'float' });
        for (const key of KNOWN_KEYS) assert(key in payload, key);
      }
    });
  }

  it('reads several publishers, and of each the topics of its prefixes', async () => {
    const urls = [await freeUrl(), await freeUrl()];
    const prefixes = ['tracker.', 'lrs2.hardware'];
    const wanted = topics.flat().filter((topic) => prefixes.some((prefix) => topic.startsWith(prefix)));
    assert(wanted.length > 0 && wanted.length < 2 * EVENTS);
    const result = await subscribed(urls, { count: wanted.length, topics: prefixes });
    await Promise.all(urls.map((url, i) => replay({ ...PLAY, databases: nights[i], url })));
    const events = await result();
    assert.deepEqual(events.map(({ topic }) => topic).sort(), wanted.sort());
  });

  it('reads repeated passes, and the past ahead of the start', async () => {
    const url = await freeUrl();
    const options = { ...PLAY, databases: nights[0], url, start: '+5s', prime: true, loop: 2 };
    const counted = await replay({ ...options, url: await freeUrl(), waitSubscribers: 0 });
    const count = counted.sent + counted.primed;
    const result = await subscribed([url], { count });
    await replay(options);
    assert(counted.primed > 0);
    for (const { header, topic } of await result()) assert.equal(topic, header);
  });

  it('reads mock events, and those of a server of our own', async () => {
    const url = await freeUrl();
    const mock = await subscribed([url], { count: 5 });
    await replay({ ...PLAY, speedup: 1, url, sleepS: 0.01, limit: 5 });
    assert((await mock()).every(({ topic }) => topic === 'lrs2.hardware.status'));

    const serverUrl = await freeUrl();
    const own = await subscribed([serverUrl], { count: 1 });
    const server = await ZMQServer.open(serverUrl);
    const event = { __system: 'dome', __source: 'sensor', __key: 'wind', __data: true, __data_time: 1.5 };
    // Until the subscriber is there, what is sent is lost.
    let isRead = false;
    const read = own().finally(() => {
      isRead = true;
    });
    while (!isRead) {
      server.sendTcsEvent('dome.sensor.wind', event);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await server.close();
    const [{ topic, types }] = await read;
    assert.deepEqual([topic, types], ['dome.sensor.wind', { __data_time: 'float', __wire_time: 'float' }]);
  });

  it('stops at an event without a usable wire time, and reads all of them in its fail-safe kind', async () => {
    const [url, safeUrl] = [await freeUrl(), await freeUrl()];
    const strict = await subscribed([url], { count: oddEvents });
    const safe = await subscribed([safeUrl], { count: oddEvents, isSafe: true });
    for (const each of [url, safeUrl]) await replay({ ...PLAY, databases: odd, url: each });
    const events = await strict();
    assert.match(events.at(-1)?.error ?? '', /^(KeyError|TypeError|ValueError)$/);
    const all = await safe();
    assert.equal(all.filter(({ error }) => error === undefined).length, oddEvents);
  });

  it('is modelled as it is documented: topics of three parts', () => {
    const answer = askPython(
      `sys.path[:0] = [data['folder']] + data['paths']
from tcs_event import TCSDict
def of(topic):
    try:
        event = TCSDict()
        event.topic = topic
        return event.topic
    except Exception as error:
        return type(error).__name__
answer = [of(topic) for topic in ['a.b.c', 'a.b', 'a.b.c.d', 7, None]] + [sorted(TCSDict({'x': 1}))]`,
      { folder: PYTHON_FOLDER, paths: ['/usr/lib/python3/dist-packages'] },
    );
    assert.deepEqual(answer, [
      'a.b.c',
      'ValueError',
      'ValueError',
      'TypeError',
      'AttributeError',
      KNOWN_KEYS,
    ]);
  });
});
