import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { addOddities, kindsOfEvent, noWarnings, oddityOf, type Warnings } from '../../src/batch/warnings.js';
import { arbitraryEvents, rules } from '../support/arbitrary-event.js';
import { type DecodedEvent, eventsOf, membersOf, PLAIN_RULES } from '../support/decoded-event.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PLAIN_META = { topics: ['a'], oddities: [], format: 'json' as const };

const packed = fc.record({
  events: fc.array(
    fc.record(
      {
        payload: fc.uint8Array({ maxLength: 40 }),
        topicId: fc.nat(9),
        dueS: fc.double(),
        dataS: fc.double(),
        wireSlot: fc.oneof(fc.nat(1000), fc.constant(NO_SLOT)),
        dataSlot: fc.oneof(fc.nat(1000), fc.constant(NO_SLOT)),
        skippedBefore: fc.nat(5),
      },
      { noNullPrototype: true },
    ),
  ),
  skippedAtEnd: fc.nat(9),
  topics: fc.array(fc.string({ unit: 'grapheme' })),
  oddities: fc.array(fc.nat()),
  format: fc.constantFrom('json' as const, 'msgpack' as const),
});

test('gives back what was packed, batch after batch', () => {
  const builder = new BatchBuilder();
  fc.assert(
    fc.property(packed, ({ events, skippedAtEnd, topics, oddities, format }) => {
      for (const { payload, topicId, dueS, dataS, wireSlot, dataSlot, skippedBefore } of events) {
        builder.reserve(payload.length);
        builder.bytes.set(payload, builder.length);
        builder.skipped = skippedBefore;
        builder.add(builder.length + payload.length, topicId, dueS, dataS, wireSlot, dataSlot);
      }
      builder.skipped = skippedAtEnd;
      const buffer = builder.pack({ topics, oddities, format });
      builder.bytes.fill(0xee);

      const batch = new Batch(buffer);
      assert.deepEqual(
        [batch.count, batch.sizeBytes, batch.skippedAtEnd, batch.format],
        [events.length, buffer.byteLength, skippedAtEnd, format],
      );
      assert.deepEqual([batch.topics, batch.oddities], [topics, oddities]);
      for (const [i, event] of events.entries()) {
        const payload = batch.payloads.subarray(batch.startOf(i), batch.endOf(i));
        assert.deepEqual(Uint8Array.from(payload), event.payload);
        assert.deepEqual(
          {
            payload: event.payload,
            topicId: batch.topicIdOf(i),
            dueS: batch.dueS[i],
            dataS: batch.dataS[i],
            wireSlot: batch.wireSlotOf(i),
            dataSlot: batch.dataSlotOf(i),
            skippedBefore: batch.skippedBefore(i),
          },
          event,
        );
      }
    }),
  );
});

test('holds any number of events of any size', () => {
  const builder = new BatchBuilder();
  const sizeOf = (i: number) => (i === 4000 ? 3 << 20 : i % 300);
  for (let i = 0; i < 5000; i++) {
    builder.reserve(sizeOf(i));
    builder.bytes.fill(i & 0xff, builder.length, builder.length + sizeOf(i));
    builder.add(builder.length + sizeOf(i), 0, i, -i, NO_SLOT, i);
  }
  const batch = new Batch(builder.pack(PLAIN_META));
  assert.equal(batch.count, 5000);
  for (let i = 0; i < 5000; i++) {
    const payload = batch.payloads.subarray(batch.startOf(i), batch.endOf(i));
    assert.equal(payload.length, sizeOf(i));
    assert.ok(payload.every((byte) => byte === (i & 0xff)));
    assert.deepEqual([batch.dueS[i], batch.dataS[i], batch.dataSlotOf(i)], [i, -i, i]);
  }
});

test('gives up what was collected when it is cleared', () => {
  const builder = new BatchBuilder();
  builder.add(3, 0, 1, 1, NO_SLOT, NO_SLOT);
  builder.skipped = 2;
  builder.clear();
  const batch = new Batch(builder.pack(PLAIN_META));
  assert.deepEqual([batch.count, batch.payloads.length, batch.skippedAtEnd], [0, 0, 0]);
});

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'bigint' });
const [SMALLEST_INT64, LARGEST_UINT64] = [-(2n ** 63n), 2n ** 64n - 1n];

/** What a JSON value is in MessagePack. */
function unpackedValue(written: string): unknown {
  if (!/^-?\d+$/.test(written)) {
    const value: unknown = JSON.parse(written);
    return typeof value === 'number' ? value + 0 : value;
  }
  const integer = BigInt(written);
  return integer >= SMALLEST_INT64 && integer <= LARGEST_UINT64 ? integer : written;
}

const WRITTEN_TIMES = { __wire_time: 1.5, __data_time: 2.5 };

/** Fails unless `packed` holds what `json` does, and in each slot the time that is written into it. */
function assertSame(packed: DecodedEvent, json: DecodedEvent): void {
  const payload = Buffer.from(packed.payload);
  if (packed.wireSlot !== undefined) payload.writeDoubleBE(WRITTEN_TIMES.__wire_time, packed.wireSlot + 1);
  if (packed.dataSlot !== undefined) payload.writeDoubleBE(WRITTEN_TIMES.__data_time, packed.dataSlot + 1);
  const values = [...(unpackr.unpack(payload) as Map<string, unknown>)];
  const members = membersOf(json.payload.toString('latin1'));
  assert.equal(values.length, members.length);
  for (const [place, { key, written, at }] of members.entries()) {
    const isSlot = at === json.wireSlot || at === json.dataSlot;
    const expected = isSlot ? WRITTEN_TIMES[key as keyof typeof WRITTEN_TIMES] : unpackedValue(written);
    const [packedKey, value] = values[place];
    assert.equal(packedKey, key);
    assert.equal(typeof expected === 'bigint' ? BigInt(value as number) : value, expected, key);
  }
  for (const field of ['topic', 'dueS', 'skippedBefore'] as const) assert.equal(packed[field], json[field]);
  assert.equal(packed.wireSlot === undefined, json.wireSlot === undefined);
  assert.equal(packed.dataSlot === undefined, json.dataSlot === undefined);
  if (json.dataSlot !== undefined) assert.equal(packed.dataS, json.dataS);
}

test('holds the same values as MessagePack', (context) => {
  const folder = temporaryFolder(context);
  let run = 0;
  fc.assert(
    fc.property(arbitraryEvents(), rules, (events, asked) => {
      const path = join(folder, `${run++}.db`);
      writeEvents(path, events);
      const json = eventsOf(path, { ...PLAIN_RULES, ...asked });
      const packedEvents = eventsOf(path, { ...PLAIN_RULES, ...asked, format: 'msgpack' });
      assert.equal(packedEvents.length, json.length);
      for (const [i, event] of packedEvents.entries()) assertSame(event, json[i]);
    }),
    { numRuns: 60 },
  );
});

test('keeps integers of 64 bits in MessagePack, and makes text of larger ones', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const integers = [
    0n,
    -1n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 63n,
    2n ** 64n - 1n,
    2n ** 64n,
    -(2n ** 63n) - 1n,
    10n ** 30n,
  ];
  const event = plainEvent(1n);
  const attributes = integers.map((value, i) => ({
    key: String(i),
    value: String(value),
    dataType: 'number',
  }));
  writeEvents(path, [{ ...event, attributes }]);
  const [{ payload }] = eventsOf(path, { ...PLAIN_RULES, convertNumber: true, format: 'msgpack' });
  const values = [...(unpackr.unpack(payload) as Map<string, unknown>).values()];
  assert.deepEqual(
    values.map((value) => (typeof value === 'number' ? BigInt(value) : value)),
    [...integers.slice(0, 8), ...integers.slice(8).map(String)],
  );
});

test('finds the slots of MessagePack behind members that look like one', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const event = plainEvent(1n);
  // The last byte of « and of ૫ in UTF-8 is the one that begins a text of 11 bytes in MessagePack.
  const lures = ['«__wire_time', '૫__wire_time', '«__data_time'].flatMap((key) => [
    { key, value: 123456789.123456, dataType: 'number' },
    { key: `${key}.`, value: key, dataType: 'string' },
  ]);
  const dataTime = { key: '__data_time', value: '1521854100', dataType: 'number' };
  writeEvents(path, [{ ...event, attributes: [...lures, dataTime, ...event.attributes] }]);
  const asked = { ...PLAIN_RULES, timeSlots: true };
  const [json] = eventsOf(path, asked);
  const [packedEvent] = eventsOf(path, { ...asked, format: 'msgpack' });
  assertSame(packedEvent, json);
});

test('counts the oddities of some events of a batch, as adding them up one by one does', () => {
  const kinds = Object.keys(noWarnings()) as (keyof Warnings)[];
  const odd = fc.record({ event: fc.nat(30), kind: fc.constantFrom(...kinds) });
  fc.assert(
    fc.property(fc.array(odd), fc.nat(35), fc.nat(35), (found, first, end) => {
      const ascending = found.toSorted((a, b) => a.event - b.event);
      const expected = noWarnings();
      for (const { event, kind } of ascending) if (event >= first && event < end) expected[kind] += 1;
      const counted = noWarnings();
      addOddities(
        counted,
        ascending.map(({ event, kind }) => oddityOf(event, kind)),
        first,
        end,
      );
      assert.deepEqual(counted, expected);
    }),
  );
});

test('copies events of another builder in any order, with their slots', () => {
  const sorted = fc.array(
    fc.record(
      {
        payload: fc.uint8Array({ minLength: 2, maxLength: 40 }),
        dueS: fc.double(),
        hasSlot: fc.boolean(),
        place: fc.nat(),
      },
      { noNullPrototype: true },
    ),
  );
  fc.assert(
    fc.property(sorted, (events) => {
      const from = new BatchBuilder();
      for (const { payload, dueS, hasSlot } of events) {
        const { length } = from;
        from.reserve(payload.length);
        from.bytes.set(payload, length);
        from.add(length + payload.length, 0, dueS, -dueS, NO_SLOT, hasSlot ? length + 1 : NO_SLOT, dueS / 2);
      }
      const order = [...events.keys()].sort((a, b) => events[a].place - events[b].place);
      const to = new BatchBuilder();
      for (const index of order) to.addCopy(from, index, index);
      const batch = new Batch(to.pack(PLAIN_META));
      for (const [i, index] of order.entries()) {
        const { payload, dueS, hasSlot } = events[index];
        assert.deepEqual(Uint8Array.from(batch.payloads.subarray(batch.startOf(i), batch.endOf(i))), payload);
        assert.deepEqual([batch.dueS[i], batch.dataS[i], batch.keyS[i]], [dueS, -dueS, dueS / 2]);
        assert.deepEqual([batch.topicIdOf(i), batch.wireSlotOf(i)], [index, NO_SLOT]);
        assert.equal(batch.dataSlotOf(i), hasSlot ? batch.startOf(i) + 1 : NO_SLOT);
      }
    }),
  );
});

test('the oddities of an event are those that were noted of it', () => {
  const kinds = Object.keys(noWarnings()) as (keyof Warnings)[];
  const noted = fc.array(fc.array(fc.constantFrom(...kinds), { maxLength: 3 }), { maxLength: 20 });
  fc.assert(
    fc.property(noted, (events) => {
      const inOrder = (of: readonly (keyof Warnings)[]) =>
        [...of].sort((a, b) => oddityOf(0, a) - oddityOf(0, b));
      const oddities = events.flatMap((of, i) => inOrder(of).map((kind) => oddityOf(i, kind)));
      for (const [i, of] of events.entries()) assert.deepEqual(kindsOfEvent(oddities, i), inOrder(of));
      assert.deepEqual(kindsOfEvent(oddities, events.length), []);
    }),
  );
});
