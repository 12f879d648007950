import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { McapStreamReader } from '@mcap/core';
import fc from 'fast-check';
import { BlockFile } from '../../../src/formats/block-file.js';
import { UNREADABLE } from '../../../src/formats/event-block.js';
import { decompress, loadCodecs } from '../../../src/formats/mcap/codecs.js';
import { MCAP } from '../../../src/formats/mcap/mcap.js';
import { lz4Frame } from '../../support/lz4-frame.js';
import { playedEvents } from '../../support/played-events.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { type FileEvent, type McapChoices, withFlippedByte, writeMcap } from '../../support/written-file.js';

/** A message as it was read. */
interface ReadMessage {
  readonly topic: string;
  readonly payload: string;
}

/** Events of some topics, with times that ascend. @param count number of events */
function someEvents(count: number, topics = 3): FileEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    topic: `sys.src.key${i % topics}`,
    payload: `{"n":${i},"__data_time":${1_600_000_000 + i},"__wire_time":${1_600_000_000 + i}.25,"text":"${'x'.repeat(i % 50)}"}`,
  }));
}

/** All that can be read of a file, without threads. */
function messagesOf(path: string): {
  messages: ReadMessage[];
  lost: number;
  isQuick: boolean;
  damage: number;
} {
  const file = new BlockFile(path);
  try {
    const index = MCAP.index(file, () => {});
    const messages: ReadMessage[] = [];
    let lost = 0;
    for (const number of index.offsets.keys()) {
      const block = MCAP.read(file, index, number);
      for (let at = 0; at < block.rows; at++) {
        if (block.topicOf[at] === UNREADABLE) lost += 1;
        if (block.topicOf[at] < 0) continue;
        const payload = Buffer.from(block.bytes.subarray(block.start[at], block.end[at])).toString();
        messages.push({ topic: block.topics[block.topicOf[at]], payload });
      }
    }
    return { messages, lost, isQuick: index.isQuick, damage: index.damage.length };
  } finally {
    file.close();
  }
}

const CHOICES: McapChoices[] = [
  {},
  { compression: 'zstd' },
  { compression: 'lz4' },
  { useMessageIndex: false },
  { useSummary: false },
  { useSummary: false, useMessageIndex: false, compression: 'zstd' },
  { useSummary: false, useMessageIndex: false, compression: 'lz4' },
  { useChunks: false },
  { useChunks: false, useSummary: false },
];

describe('an MCAP file', () => {
  before(loadCodecs);

  for (const choices of CHOICES) {
    it(`gives its messages in their order: ${JSON.stringify(choices)}`, async (context) => {
      const path = join(temporaryFolder(context), 'night.mcap');
      const events = someEvents(500);
      await writeMcap(path, events, choices);
      const { messages, lost, isQuick, damage } = messagesOf(path);
      assert.deepEqual(messages, events);
      assert.deepEqual([lost, damage], [0, 0]);
      const { useChunks = true, useMessageIndex = true, useSummary = true } = choices;
      assert.equal(isQuick, useChunks && useMessageIndex && useSummary);
    });
  }

  it('gives what the reader of the format gives, whatever is in it', async (context) => {
    const path = join(temporaryFolder(context), 'any.mcap');
    const event = fc.record({ topic: fc.string(), payload: fc.dictionary(fc.string(), fc.jsonValue()) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        fc.constantFrom(...CHOICES),
        fc.integer({ min: 50, max: 2000 }),
        async (events, choices, chunkBytes) => {
          const texts = events.map(({ topic, payload }) => ({ topic, payload: JSON.stringify(payload) }));
          await writeMcap(path, texts, { ...choices, chunkBytes });
          const { messages, lost } = messagesOf(path);
          assert.equal(lost, 0);
          assert.deepEqual(messages, await streamedMessages(path));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('with a byte changed gives all events outside of the chunk that was hit', async (context) => {
    const path = join(temporaryFolder(context), 'night.mcap');
    const events = someEvents(400);
    for (const choices of [
      {},
      { compression: 'zstd' },
      { compression: 'lz4' },
      { useSummary: false },
    ] satisfies McapChoices[]) {
      await writeMcap(path, events, { ...choices, chunkBytes: 2000 });
      const whole = readFileSync(path);
      const most = mostInAChunk(path);
      for (let place = 0; place < 50; place++) {
        const at = Math.floor((whole.length * place) / 50) + (place % 7);
        writeFileSync(path, withFlippedByte(path, Math.min(at, whole.length - 1)));
        const { messages, lost, damage } = messagesOf(path);
        const missing = events.length - messages.length;
        assert(missing <= most, `${missing} events are missing after a change at byte ${at}`);
        if (missing > 0)
          assert(lost + damage > 0, `what is missing after a change at byte ${at} is not noted`);
        const expected = new Set(events.map(({ payload }) => payload));
        const isKnown = ({ payload }: ReadMessage) => expected.has(payload);
        assert(messages.filter((message) => !isKnown(message)).length <= most);
        writeFileSync(path, whole);
      }
    }
  });

  it('may have frames of lz4 with checksums and several blocks, as its own program writes them', async () => {
    const text = JSON.stringify({ a: 'lz4 '.repeat(40) });
    // Of `lz4 -9 -c`.
    const frame = Buffer.from('BCJNGGRApxQAAACveyJhIjoibHo0IAQAhlB6NCAifQAAAAD5F19D', 'base64');
    assert.equal(decompress('lz4', frame, text.length).toString(), text);
    for (const bytes of [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(9 << 20, 'tcs-replay ')])
      assert.deepEqual(decompress('lz4', lz4Frame(bytes), bytes.length), bytes);
    const spoilt = Buffer.from(frame);
    spoilt[frame.length - 1] ^= 1;
    assert.throws(() => decompress('lz4', spoilt, text.length), /a chunk cannot be decompressed/);
  });

  it('that is cut off gives the events before, and says that its end is missing', async (context) => {
    const path = join(temporaryFolder(context), 'night.mcap');
    const events = someEvents(300);
    await writeMcap(path, events, { chunkBytes: 1500, compression: 'zstd' });
    const whole = readFileSync(path);
    const most = mostInAChunk(path);
    const { length: end } = whole;
    fc.assert(
      fc.property(fc.integer({ min: 8, max: end - 1 }), (size) => {
        writeFileSync(path, whole.subarray(0, size));
        const { messages, damage } = messagesOf(path);
        assert.deepEqual(messages, events.slice(0, messages.length));
        assert(messages.length >= Math.floor((events.length * size) / end) - 2 * most - 5);
        assert(damage > 0);
      }),
      { numRuns: 50 },
    );
  });

  it('plays its messages in JSON, and says how many others it has', async (context) => {
    const path = join(temporaryFolder(context), 'foreign.mcap');
    const events = [
      ...someEvents(4),
      { topic: 'a.list', payload: '[1,2]' },
      { topic: 'no.json', payload: '{"a":' },
      { topic: 'no.times', payload: '{"a": 12345678901234567890}' },
      { topic: 'empty', payload: ' {} ' },
    ];
    const timesNs = (_event: FileEvent, i: number) => ({
      logTime: 1_700_000_000_123_456_789n + BigInt(i) * 1_000_000_000n,
      publishTime: 1_699_999_999_000_000_000n,
    });
    await writeMcap(path, events, { library: 'somebody else', timesNs });
    const { events: played, damage } = await playedEvents([path]);
    assert.deepEqual(
      played.map(({ payload }) => payload.toString()),
      [
        ...events.slice(0, 4).map(({ payload }) => payload),
        '{"a": 12345678901234567890,"__data_time":1699999999,"__wire_time":1700000006.123456789}',
        ' {"__data_time":1699999999,"__wire_time":1700000007.123456789}',
      ],
    );
    assert.equal(played[4].dueS, Number('1700000006.123456789'));
    assert.deepEqual(
      damage.map(({ table, firstRow, lastRow, lostEvents }) => [table, firstRow, lastRow, lostEvents]),
      [['messages', 5n, 6n, 2]],
    );
    const slots = await playedEvents([path], { times: 'replay', topics: ['no.times'] });
    const payload = JSON.parse(slots.events[0].payload.toString().replace(/0{17}/g, '1'));
    assert.deepEqual(Object.keys(payload), ['a', '__data_time', '__wire_time']);
  });
});

/** Most messages that a chunk has. */
function mostInAChunk(path: string): number {
  const file = new BlockFile(path);
  const { rows } = MCAP.index(file, () => {});
  file.close();
  return Math.max(...rows.subarray(1).map((end, i) => end - rows[i]));
}

async function streamedMessages(path: string): Promise<ReadMessage[]> {
  const zstd = await import('@foxglove/wasm-zstd');
  const { default: lz4 } = await import('@foxglove/wasm-lz4');
  await lz4.isLoaded;
  const reader = new McapStreamReader({
    decompressHandlers: {
      zstd: (bytes, size) => zstd.decompress(bytes, Number(size)),
      lz4: (bytes, size) => lz4(bytes, Number(size)),
    },
  });
  reader.append(readFileSync(path));
  const topics = new Map<number, string>();
  const messages: ReadMessage[] = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === 'Channel') topics.set(record.id, record.topic);
    if (record.type !== 'Message') continue;
    messages.push({
      topic: topics.get(record.channelId) as string,
      payload: Buffer.from(record.data).toString(),
    });
  }
  return messages;
}
