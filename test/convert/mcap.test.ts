import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import zstd from '@foxglove/wasm-zstd';
import { McapIndexedReader, McapStreamReader, type McapTypes } from '@mcap/core';
import fc from 'fast-check';
import { convert } from '../../src/convert/convert.js';
import { generate } from '../../src/generate/generate.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { archiveEvents, type SentEvent, TYPED } from '../support/archive-events.js';
import { mcapFaults } from '../support/mcap-doctor.js';
import { plainEvent, type StoredAttribute, writeEvents } from '../support/stored-event.js';

/** The types of which viewers take one for each property. */
const VIEWABLE = ['boolean', 'string', 'number', 'integer', 'object', 'array'];
const decompressHandlers = {
  zstd: (bytes: Uint8Array, size: bigint) => zstd.decompress(bytes, Number(size)) as Uint8Array,
};

interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly logTime: bigint;
  readonly publishTime: bigint;
}

describe('an MCAP', () => {
  let folder: string;
  let files = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-mcap-'));
    await zstd.isLoaded;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is valid, and has the events of a replay with their recorded times, for odd events too', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 60 }), fc.boolean(), async (events, typed) => {
        const path = join(folder, `${files++}.db`);
        writeEvents(path, events);
        const output = join(folder, `${files++}.mcap`);
        const outcome = await convert({ databases: path, output, typed, workers: 0 });
        const sent = await archiveEvents(path, typed ? TYPED : {});
        const bytes = readFileSync(output);
        assert.deepEqual(await mcapFaults(bytes), []);
        const { messages, channels } = streamed(bytes);
        const { expected, unusable } = messagesOf(sent);
        assert.deepEqual(messages, expected);
        assert.equal(outcome.unusableTimes, unusable);
        for (const { schema } of channels) assertViewable(schema);
      }),
      { numRuns: 10 },
    );
  });

  it('of several chunks is read by its index as well, and says where it comes from', async () => {
    const path = join(folder, `${files++}.db`);
    await generate({ path, events: 5000, topics: 12, attributes: 20, seed: 5, durationS: 600 });
    const output = join(folder, `${files++}.mcap`);
    const { events } = await convert({ databases: path, output, start: '+10s', workers: 1 });
    const bytes = readFileSync(output);
    assert.deepEqual(await mcapFaults(bytes), []);
    const { expected } = messagesOf(await archiveEvents(path, { ...TYPED, start: '+10s' }));
    assert.equal(events, expected.length);
    assert.deepEqual(streamed(bytes).messages, expected);
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: async () => BigInt(bytes.length),
        read: async (offset, size) => bytes.subarray(Number(offset), Number(offset + size)),
      },
      decompressHandlers,
    });
    assert.ok(reader.chunkIndexes.length > 1);
    const indexed: Message[] = [];
    for await (const message of reader.readMessages())
      indexed.push(messageOf(message, reader.channelsById.get(message.channelId) as McapTypes.Channel));
    // The reader sorts by log time.
    assert.deepEqual(sorted(indexed), sorted(expected));
    const [metadata] = await metadataOf(reader);
    assert.equal(metadata.name, 'tcs-replay');
    const { version, sources, selection } = Object.fromEntries(metadata.metadata) as Record<string, string>;
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.equal((JSON.parse(sources) as { path: string }[])[0].path, path);
    assert.deepEqual(JSON.parse(selection), { start: '+10s' });
  });

  it('has one type for each key: a number, a whole one or a boolean only where all values are', async () => {
    const path = join(folder, `${files++}.db`);
    const values: Record<string, [string, string][]> = {
      whole: [
        ['1', 'number'],
        ['-20', 'number'],
      ],
      real: [
        ['1', 'number'],
        ['2.5', 'number'],
      ],
      flag: [
        ['true', 'boolean'],
        ['false', 'boolean'],
      ],
      mixed: [
        ['1', 'number'],
        ['open', 'string'],
      ],
      text: [
        ['a', 'string'],
        ['b', 'string'],
      ],
    };
    const events = [0, 1].map((i) => {
      const attributes: StoredAttribute[] = Object.entries(values).map(([key, pairs]) => ({
        key,
        value: pairs[i][0],
        dataType: pairs[i][1],
      }));
      const nothing = { key: 'nothing', value: null, dataType: 'number' };
      const event = plainEvent(BigInt(i + 1));
      return { ...event, attributes: [...event.attributes, ...attributes, nothing] };
    });
    writeEvents(path, events);
    const output = join(folder, `${files++}.mcap`);
    await convert({ databases: path, output, workers: 0 });
    const [{ schema, encoding, name, messageEncoding }] = streamed(readFileSync(output)).channels;
    assert.deepEqual([encoding, name, messageEncoding], ['jsonschema', 'tracker.drive.position', 'json']);
    assert.deepEqual((schema as { properties: unknown }).properties, {
      __wire_time: { type: 'integer' },
      whole: { type: 'integer' },
      real: { type: 'number' },
      flag: { type: 'boolean' },
      mixed: { type: 'string' },
      text: { type: 'string' },
      nothing: { type: 'string' },
    });
  });

  it('is written once more where a late event has another type, a new key, or the first time of all', async () => {
    // More than what is seen before the first event is written.
    const [filling, early] = ['x'.repeat(1 << 20), 20];
    const late: Record<string, readonly StoredAttribute[]> = {
      'another type': [{ key: 'k', value: '2.5', dataType: 'number' }],
      'a new key': [{ key: 'new', value: 'text', dataType: 'string' }],
      'the same type': [{ key: 'k', value: '7', dataType: 'number' }],
    };
    for (const [what, attributes] of Object.entries(late)) {
      for (const isTimed of [true, false]) {
        const path = join(folder, `${files++}.db`);
        const events = Array.from({ length: early + 1 }, (_, i) => {
          const plain = plainEvent(BigInt(i + 1));
          const times = isTimed || i === early ? plain.attributes : [];
          const own: readonly StoredAttribute[] =
            i === early
              ? attributes
              : [
                  { key: 'k', value: '1', dataType: 'number' },
                  { key: 'filling', value: filling, dataType: 'string' },
                ];
          return { ...plain, dataTime: isTimed ? plain.dataTime : null, attributes: [...times, ...own] };
        });
        writeEvents(path, events);
        const output = join(folder, `${files++}.mcap`);
        const stages = new Set<string>();
        const outcome = await convert({
          ...{ databases: path, output, workers: 0 },
          onProgress: ({ stage }) => stages.add(stage),
        });
        const isTwice = what !== 'the same type' || !isTimed;
        assert.deepEqual([...stages], isTwice ? ['write', 'rewrite'] : ['write'], `${what}, ${isTimed}`);
        assert.equal(outcome.events, early + 1);
        const bytes = readFileSync(output);
        assert.deepEqual(await mcapFaults(bytes), []);
        const { messages, channels } = streamed(bytes);
        const { expected, unusable } = messagesOf(await archiveEvents(path, TYPED));
        assert.deepEqual(messages, expected);
        assert.equal(outcome.unusableTimes, unusable);
        const { properties } = channels[0].schema as { properties: Record<string, { type: string }> };
        assert.equal(properties.k.type, what === 'another type' ? 'number' : 'integer');
        assert.equal(properties.new?.type, what === 'a new key' ? 'string' : undefined);
      }
    }
  });
});

/** What the stream reader finds, in the order of the file. */
function streamed(bytes: Buffer) {
  const reader = new McapStreamReader({ decompressHandlers, validateCrcs: true });
  reader.append(bytes);
  const schemas = new Map<number, McapTypes.Schema>();
  const channels = new Map<number, McapTypes.Channel>();
  const messages: Message[] = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === 'Schema') schemas.set(record.id, record);
    if (record.type === 'Channel') channels.set(record.id, record);
    if (record.type === 'Message')
      messages.push(messageOf(record, channels.get(record.channelId) as McapTypes.Channel));
  }
  assert.equal(reader.done(), true);
  return {
    messages,
    channels: [...channels.values()].map(({ schemaId, messageEncoding }) => {
      const { name, encoding, data } = schemas.get(schemaId) as McapTypes.Schema;
      return { name, encoding, messageEncoding, schema: JSON.parse(Buffer.from(data).toString()) as object };
    }),
  };
}

function messageOf({ logTime, publishTime, data }: McapTypes.Message, { topic }: McapTypes.Channel): Message {
  return { topic, payload: Buffer.from(data).toString(), logTime, publishTime };
}

/** The messages that events are to become. */
function messagesOf(sent: readonly SentEvent[]): { expected: Message[]; unusable: number } {
  const isUsable = (timeS: number) => timeS >= 0 && timeS < 1.8e10;
  const ns = (timeS: number) => (Number.isNaN(timeS) ? 0n : BigInt(Math.round(timeS * 1e6)) * 1000n);
  let latestS = sent.find(({ dueS }) => isUsable(dueS))?.dueS ?? Number.NaN;
  let unusable = 0;
  const expected = sent.map(({ topic, payload, dueS, dataS }) => {
    if (!isUsable(dueS)) unusable += 1;
    else if (!(dueS <= latestS)) latestS = dueS;
    const logTime = ns(isUsable(dueS) ? dueS : latestS);
    return { topic, payload, logTime, publishTime: isUsable(dataS) ? ns(dataS) : logTime };
  });
  return { expected, unusable };
}

function assertViewable(schema: object): void {
  const { type, properties } = schema as { type: string; properties: Record<string, { type: unknown }> };
  assert.equal(type, 'object');
  for (const property of Object.values(properties)) assert.ok(VIEWABLE.includes(property.type as string));
}

async function metadataOf(reader: McapIndexedReader): Promise<McapTypes.Metadata[]> {
  const all: McapTypes.Metadata[] = [];
  for await (const metadata of reader.readMetadata()) all.push(metadata);
  return all;
}

function sorted(messages: readonly Message[]): Message[] {
  const text = ({ logTime, topic, payload }: Message) => `${logTime} ${topic} ${payload}`;
  return [...messages].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
