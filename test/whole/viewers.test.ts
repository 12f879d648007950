/** What viewers do with frames and files, by the rules of their sources, and with the commands of `docs/examples/`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import zstd from '@foxglove/wasm-zstd';
import { McapIndexedReader } from '@mcap/core';
import { Subscriber } from 'zeromq';
import { generate } from '../../src/index.js';
import { archiveEvents, TYPED } from '../support/archive-events.js';
import { MadeFiles } from '../support/made-files.js';
import { endAll, freePort, runCli } from '../support/peer.js';

const EVENTS = 2000;
const EXAMPLES = fileURLToPath(new URL('../../../docs/examples/', import.meta.url));
const files = new MadeFiles('tcs-viewers-');
const night = files.path('db');

/** A command of a page, as the words after `tcs-replay`. */
function commandOf(page: string, pattern: RegExp): string[] {
  const [line] = pattern.exec(readFileSync(join(EXAMPLES, page), 'utf8')) ?? [];
  assert.ok(line, `${page} has no ${pattern}`);
  return line
    .split(' ')
    .slice(1)
    .map((word) => word.replaceAll("'", ''));
}

describe('viewers', () => {
  before(() => generate({ path: night, events: EVENTS, topics: 40, durationS: 1800, seed: 3 }));
  after(async () => {
    await endAll();
    files.remove();
  });

  it('PlotJuggler makes curves of what a replay sends live', async () => {
    const [, ...options] = commandOf('plotjuggler.md', /^tcs-replay night\.db .*$/m);
    const { points, messages } = await plotted(
      [night, ...options, '-s', 'max', '--times', 'original'],
      EVENTS,
      { timeField: '__wire_time' },
    );
    assert.equal(messages, EVENTS);
    const sent = await archiveEvents(night, TYPED);
    const wanted = new Map<string, [timeS: number, value: number][]>();
    for (const { topic, payload, dueS } of sent)
      for (const [key, value] of numbersOf(payload)) pointsOf(wanted, `${topic}/${key}`).push([dueS, value]);
    assert.deepEqual(points, wanted);
    assert.ok(points.has('tracker.position.demand/itf.x'));
  });

  it('PlotJuggler makes no curve of the texts of a database that is played without conversion', async () => {
    const { points } = await plotted([night, '-s', 'max', '--limit', '200'], 200, {
      timeField: '__wire_time',
    });
    // The times are numbers in any case.
    for (const name of points.keys()) assert.match(name, /\/__(?:wire|data)_time$/);
  });

  it('PlotJuggler reads the time of a third frame, where a load test sends one', async () => {
    const port = await freePort();
    const startedS = Date.now() / 1000;
    const load = ['loadtest', night, '--stage', '500:1s', '--stamp', 'frame', '--accept-inconclusive'];
    const seen = await plotted(
      [...load, '--convert-number', '--convert-bool', '--wait-subscribers', '1'],
      50,
      { port },
    );
    const times = [...seen.points.values()].flatMap((points) => points.map(([timeS]) => timeS));
    assert.ok(times.length > 0);
    for (const timeS of times)
      assert.ok(timeS >= startedS - 1 && timeS <= Date.now() / 1000 + 1, String(timeS));
  });

  it('Foxglove opens a file that was converted, and finds a type for each field', async () => {
    const [, , , ...options] = commandOf('foxglove.md', /^tcs-replay convert night\.db hour\.mcap .*$/m);
    const output = files.path('mcap');
    const { code, stderr } = await runCli(['convert', night, output, ...options]);
    assert.equal(code, 0, stderr);
    const { channels, messages } = await opened(output);
    assert.ok(messages > 100);
    assert.ok([...channels.keys()].every((topic) => topic.startsWith('tracker.')));
    assert.equal(channels.get('tracker.position.demand')?.get('itf.x'), 'number');
    assert.equal(channels.get('tracker.safety.interlock')?.get('limit.north'), 'boolean');
  });
});

type Points = Map<string, [timeS: number, value: number][]>;

function pointsOf(all: Points, name: string): [timeS: number, value: number][] {
  const points = all.get(name) ?? [];
  all.set(name, points);
  return points;
}

/** The members of a payload that become curves: numbers and booleans. */
function numbersOf(payload: string): [key: string, value: number][] {
  return Object.entries(JSON.parse(payload) as Record<string, unknown>).flatMap(([key, value]) =>
    typeof value === 'number' || typeof value === 'boolean' ? [[key, Number(value)]] : [],
  );
}

/**
 * Subscribes as PlotJuggler's streamer does: the first frame is the topic, the second one JSON; the time is that of a field, or the number at the
 * beginning of a third frame, or the time of receipt.
 *
 * @param args of the program, without the address
 */
async function plotted(
  args: readonly string[],
  count: number,
  { timeField, port }: { timeField?: string; port?: number },
): Promise<{ points: Points; messages: number }> {
  const url = `tcp://127.0.0.1:${port ?? (await freePort())}`;
  const socket = new Subscriber({
    receiveHighWaterMark: 0,
    receiveTimeout: 60_000,
    reconnectInterval: 10,
    linger: 0,
  });
  socket.connect(url);
  socket.subscribe('');
  const isPlayed = args[0] !== 'loadtest';
  const waits = isPlayed
    ? ['--wait-setup', '0', '--wait-subscribers', '1', '--hwm', '0', '--quiet']
    : ['--quiet'];
  const running = runCli([...args, ...waits, '-u', url]);
  const points: Points = new Map();
  let messages = 0;
  while (messages < count) {
    const [topic, payload, third] = await socket.receive();
    messages += 1;
    const members = JSON.parse(payload.toString()) as Record<string, unknown>;
    let timeS = timeField === undefined ? Date.now() / 1000 : Number(members[timeField]);
    if (third !== undefined) {
      // `std::stod` takes the number at the beginning, and throws where there is none.
      const [number] = /^\s*[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?/.exec(third.toString('latin1')) ?? [];
      assert.ok(number, third.toString());
      timeS = Number(number);
    }
    for (const [key, value] of numbersOf(payload.toString()))
      pointsOf(points, `${topic}/${key}`).push([timeS, value]);
  }
  socket.close();
  const { code, stderr } = await running;
  assert.equal(code, 0, stderr);
  return { points, messages };
}

/** The types of which Foxglove takes one for each property. */
const PROPERTY_TYPES = ['boolean', 'string', 'number', 'integer', 'object', 'array'];

/** Opens a file as Foxglove does: by its index; a channel counts if its schema is one that can be read. */
async function opened(path: string) {
  await zstd.isLoaded;
  const bytes = readFileSync(path);
  const reader = await McapIndexedReader.Initialize({
    readable: {
      size: async () => BigInt(bytes.length),
      read: async (offset, size) => bytes.subarray(Number(offset), Number(offset + size)),
    },
    decompressHandlers: { zstd: (chunk, size) => zstd.decompress(chunk, Number(size)) as Uint8Array },
  });
  assert.ok(reader.chunkIndexes.length > 0);
  const channels = new Map<string, Map<string, string>>();
  for (const { topic, messageEncoding, schemaId } of reader.channelsById.values()) {
    const schema = reader.schemasById.get(schemaId);
    assert.deepEqual([messageEncoding, schema?.encoding, schema?.name], ['json', 'jsonschema', topic]);
    const { type, properties } = JSON.parse(Buffer.from(schema?.data ?? '').toString()) as {
      type: string;
      properties: Record<string, { type: string }>;
    };
    assert.equal(type, 'object');
    for (const property of Object.values(properties)) assert.ok(PROPERTY_TYPES.includes(property.type));
    channels.set(topic, new Map(Object.entries(properties).map(([key, { type }]) => [key, type])));
  }
  let messages = 0;
  let latest = 0n;
  for await (const { channelId, data, logTime } of reader.readMessages()) {
    messages += 1;
    assert.ok(logTime >= latest);
    latest = logTime;
    const topic = reader.channelsById.get(channelId)?.topic ?? '';
    for (const [key, value] of Object.entries(JSON.parse(Buffer.from(data).toString()) as object)) {
      const wanted = channels.get(topic)?.get(key);
      const isInteger = wanted === 'integer' && Number.isInteger(value);
      assert.ok(
        value === null || isInteger || typeof value === wanted,
        `${topic} ${key}: ${value} is no ${wanted}`,
      );
    }
  }
  return { channels, messages };
}
