import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder } from '../../src/batch/batch.js';
import { addOddities, noWarnings } from '../../src/batch/warnings.js';
import { BatchNotes } from '../../src/encode/batch-notes.js';
import { EventEncoder } from '../../src/encode/event-encoder.js';
import { arbitraryEvents, rules } from '../support/arbitrary-event.js';
import { batchesOf, decodedEvents, eventsOf, PLAIN_RULES } from '../support/decoded-event.js';
import { assertDecoded, type ModelRules, modelOf } from '../support/event-model.js';
import { RawText, type Stored, type StoredEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NULL = Buffer.from('null');

test('encodes any event as the rules say', (context) => {
  const folder = temporaryFolder(context);
  let run = 0;
  fc.assert(
    fc.property(arbitraryEvents(), rules, (events, asked) => {
      const path = join(folder, `${run++}.db`);
      writeEvents(path, events);
      const batches = batchesOf(path, { ...PLAIN_RULES, ...asked });
      const decoded = batches.flatMap(decodedEvents);
      const [expected, found] = [noWarnings(), noWarnings()];
      const models = events.map((event) => modelOf(event, asked, expected));
      assert.equal(decoded.length, models.length);
      for (const [i, model] of models.entries()) assertDecoded(decoded[i], model);
      for (const { oddities, count } of batches) addOddities(found, oddities, 0, count);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 75 },
  );
});

/** What is sent of events, as JSON. */
function sent(context: TestContext, events: StoredEvent[], asked: Partial<ModelRules> = {}): string[] {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, events);
  return eventsOf(path, { ...PLAIN_RULES, ...asked }).map(({ payload }) => payload.toString('latin1'));
}

function event(
  id: bigint,
  attributes: readonly (readonly [string | RawText, Stored, string?])[],
): StoredEvent {
  return {
    id,
    topic: 'a.b.c',
    dataTime: null,
    attributes: attributes.map(([key, value, dataType = 'string']) => ({ key, value, dataType })),
  };
}

test('sends a BLOB as the text that its bytes are, even where SQLite would take it for JSONB', (context) => {
  // The first byte of each says a type and a size to JSONB: a string, an integer, null, true, an array, an object.
  const texts = ['7abc', '3123', '\0', '\x01', '\x1b\x00', '\x0b', '\x0c', '{"a":1}', 'plain'];
  const blobs = texts.map((text, i) => event(BigInt(i + 1), [['a', Buffer.from(text)]]));
  assert.deepEqual(
    sent(context, blobs),
    texts.map((text) => JSON.stringify({ a: text })),
  );
});

test('converts a BLOB by its type', (context) => {
  const [json] = sent(
    context,
    [
      event(1n, [
        ['n', Buffer.from(' 1_0.50'), 'number'],
        ['b', Buffer.from('true'), 'boolean'],
        ['s', Buffer.from('7'), 'string'],
        ['bad', Buffer.from([0x31, 0xff]), 'number'],
      ]),
    ],
    { convertNumber: true, convertBool: true },
  );
  assert.equal(json, '{"n":10.50,"b":true,"s":"7","bad":"1\\ufffd"}');
});

test('keeps a NUL inside of a value, and cuts a key or a topic there, as SQLite does', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, [{ ...event(1n, [['ke\0y', 'val\0ue']]), topic: 'top\0ic' }]);
  const [{ topic, payload }] = eventsOf(path);
  assert.equal(topic, 'top');
  assert.equal(payload.toString(), '{"ke":"val\\u0000ue"}');
});

test('sends the last of a key that occurs twice, in the place of the first', (context) => {
  const rows: [string | RawText, Stored][] = [
    ['b', '1'],
    ['__wire_time', '5'],
    ['a', '2'],
    [new RawText([0xff]), '3'],
    ['b', '4'],
    ['__wire_time', '6'],
    [new RawText([0xfe]), '5'],
  ];
  assert.deepEqual(sent(context, [event(1n, rows)]), ['{"b":"4","__wire_time":"6","a":"2","\\ufffd":"5"}']);
  const zeros = '0'.repeat(17);
  assert.deepEqual(sent(context, [event(1n, rows)], { timeSlots: true }), [
    `{"b":"4","__wire_time":${zeros},"a":"2","\\ufffd":"5"}`,
  ]);
});

test('keeps a thousand attributes of an event apart, also where some occur twice', (context) => {
  const rows = Array.from({ length: 1000 }, (_, i): [string, string] => [`key ${i % 900}`, String(i)]);
  const [json] = sent(context, [event(1n, rows)]);
  assert.equal(json, JSON.stringify(Object.fromEntries(rows)));
});

test('takes keys in any order, whatever order the events before had', (context) => {
  const orders = ['abc', 'abc', 'cba', 'acb', 'b', 'bca', 'abcd', 'ab', 'abé', 'abe'];
  const events = orders.map((order, i) =>
    event(
      BigInt(i + 1),
      [...order].map((key) => [key, key] as const),
    ),
  );
  assert.deepEqual(
    sent(context, events).map((json) => Object.keys(JSON.parse(json)).join('')),
    orders,
  );
});

test('remembers keys and topics, and forgets them where there are too many', () => {
  const builder = new BatchBuilder();
  const notes = new BatchNotes();
  const encoder = new EventEncoder(PLAIN_RULES, builder, notes);
  // In all more than it remembers, of each.
  for (let i = 0; i < 70; i++) {
    const names = Array.from({ length: 1000 }, (_, j) => `${i}.${j}`);
    const payload = JSON.stringify(Object.fromEntries(names.map((name) => [`key ${name}`, name])));
    encoder.encode(Buffer.from(`{${names.map((name) => `"${name}":{}`).join()}}`), () => NULL);
    encoder.encode(Buffer.from(`{"same":${payload}}`), () => NULL);
    const events = decodedEvents(new Batch(builder.pack({ ...notes.take(), format: 'json' })));
    assert.equal(events.map(({ topic }) => topic).join(), [...names, 'same'].join());
    assert.equal(events.at(-1)?.payload.toString(), payload);
  }
});

test('finds room for values that grow', (context) => {
  const grown = (text: string) =>
    JSON.stringify({ a: text }).replace(
      /[^\0-\x7f]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const texts = ['\x01'.repeat(100_000), 'é'.repeat(100_000), '"'.repeat(100_000), '🔭'.repeat(100_000)];
  const events = texts.map((text, i) => event(BigInt(i + 1), [['a', text]]));
  assert.deepEqual(sent(context, events), texts.map(grown));
  const bad = [
    event(1n, [['a', Buffer.alloc(100_000, 0xff)]]),
    event(2n, [['a', new RawText(Buffer.alloc(100_000, 0x80))]]),
  ];
  assert.deepEqual(
    sent(context, bad),
    bad.map(() => grown('\ufffd'.repeat(100_000))),
  );
});

test('writes the times of an event without attributes, where the event table has one', (context) => {
  const times: Stored[] = [1521854100.5, 1521854100n, ' 1521854100.50', 'abc', null, Buffer.from('1')];
  const events = times.map((dataTime, i) => ({ ...event(BigInt(i + 1), []), dataTime }));
  assert.deepEqual(sent(context, events), [
    '{"__data_time":1521854100.5,"__wire_time":1521854100.5}',
    '{"__data_time":1521854100,"__wire_time":1521854100}',
    '{"__data_time":" 1521854100.50","__wire_time":" 1521854100.50"}',
    '{}',
    '{}',
    '{}',
  ]);
});
