import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT, type PayloadFormat } from '../../src/batch/batch.js';
import { SLOT_BYTES } from '../../src/encode/time-slot.js';
import { Stamp } from '../../src/pacing/stamp.js';
import { askPython, skipWithoutPlainPython } from '../support/plain-python.js';

const SLOT = '0'.repeat(SLOT_BYTES.json);
/** What a payload consists of, in order: `wire` and `data` are slots, the rest are members as they are. */
const SHAPES = [
  ['wire', 'data'],
  ['data', 'wire'],
  ['"a":1', 'wire', '"b":"x"', 'data', '"c":null'],
  ['data', '"a":"0000000000.000000"', 'wire'],
  ['wire'],
  ['"a":1', 'data'],
  ['"a":1'],
  [],
];

/** A batch with a payload of each shape, all other bytes of it as they were given. */
function jsonBatch(shapes: readonly (readonly string[])[]): Batch {
  const builder = new BatchBuilder();
  for (const shape of shapes) {
    const parts = shape.map((part) =>
      part === 'wire' || part === 'data' ? `"__${part}_time":${SLOT}` : part,
    );
    const json = `{${parts.join(',')}}`;
    const slot = (name: string) => {
      const key = json.indexOf(`"__${name}_time":`);
      return key === -1 ? NO_SLOT : builder.length + key + `"__${name}_time":`.length;
    };
    const [wireSlot, dataSlot] = [slot('wire'), slot('data')];
    builder.bytes.set(Buffer.from(json), builder.length);
    builder.add(builder.length + json.length, 0, 0, 0, wireSlot, dataSlot);
  }
  return packed(builder, 'json');
}

function packed(builder: BatchBuilder, format: PayloadFormat): Batch {
  return new Batch(builder.pack({ topics: ['a'], oddities: [], format }));
}

const fitting = fc.double({ min: 1e15, max: 1e16 - 2, noNaN: true }).map(Math.floor);
const anyTime = fc.oneof(
  { weight: 2, arbitrary: fitting },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(Math.floor) },
  { weight: 1, arbitrary: fc.integer({ min: -2_000_000, max: 2_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(1e15 - 1, 1e16, 0, -1, -1e6, 1e18) },
);

function expectedOf(shape: readonly string[], wireUs: number, dataUs: number): unknown {
  const members = shape.map((part) => {
    if (part === 'wire') return ['__wire_time', wireUs / 1e6 + 0];
    if (part === 'data') return ['__data_time', dataUs / 1e6 + 0];
    return Object.entries(JSON.parse(`{${part}}`))[0];
  });
  return Object.fromEntries(members);
}

function valuesOf(payload: Buffer): unknown {
  const event = JSON.parse(payload.toString('latin1')) as Record<string, unknown>;
  for (const key of ['__wire_time', '__data_time']) if (key in event) (event[key] as number) += 0;
  return event;
}

test('writes any two times into a payload of any shape, and leaves all others alone', () => {
  const stamp = new Stamp();
  fc.assert(
    fc.property(anyTime, anyTime, fc.nat(SHAPES.length - 1), (wireUs, dataUs, i) => {
      const batch = jsonBatch(SHAPES);
      const before = Buffer.from(batch.payloads);
      const payload = stamp.write(batch, i, wireUs, dataUs);
      assert.deepEqual(valuesOf(payload), expectedOf(SHAPES[i], wireUs, dataUs));
      const [start, end] = [batch.startOf(i), batch.endOf(i)];
      assert.deepEqual(batch.payloads.subarray(0, start), before.subarray(0, start));
      assert.deepEqual(batch.payloads.subarray(end), before.subarray(end));
    }),
    { numRuns: 1000 },
  );
});

test('keeps the size of a payload, and its place, where the times fit', () => {
  const stamp = new Stamp();
  fc.assert(
    fc.property(fitting, fitting, fc.nat(SHAPES.length - 1), (wireUs, dataUs, i) => {
      const batch = jsonBatch(SHAPES);
      const payload = stamp.write(batch, i, wireUs, dataUs);
      assert.equal(payload.buffer, batch.payloads.buffer);
      assert.equal(payload.length, batch.endOf(i) - batch.startOf(i));
    }),
  );
});

const [FITS, EARLY, LATE] = [1_521_854_100_250_000, 5e14, 1e16];

for (const order of [
  ['wire', 'data'],
  ['data', 'wire'],
]) {
  test(`makes a payload anew around times that do not fit, ${order.join(' before ')}`, () => {
    const stamp = new Stamp();
    for (const [wireUs, dataUs] of [
      [EARLY, FITS],
      [FITS, EARLY],
      [EARLY, LATE],
      [LATE, EARLY],
      [LATE, FITS],
    ]) {
      const batch = jsonBatch([order]);
      const payload = stamp.write(batch, 0, wireUs, dataUs);
      assert.notEqual(payload.buffer, batch.payloads.buffer);
      const text = (us: number) => (us / 1e6).toFixed(6);
      const times: Record<string, string> = { wire: text(wireUs), data: text(dataUs) };
      assert.equal(
        payload.toString(),
        `{${order.map((name) => `"__${name}_time":${times[name]}`).join(',')}}`,
      );
      // The same event again, as where a pass is repeated: with times that fit it is in its place.
      assert.equal(stamp.write(batch, 0, FITS, FITS).buffer, batch.payloads.buffer);
    }
  });
}

test('writes null where there is no time', () => {
  const payload = new Stamp().write(jsonBatch([['wire', 'data']]), 0, Number.POSITIVE_INFINITY, Number.NaN);
  assert.equal(payload.toString(), '{"__wire_time":null,"__data_time":null}');
});

test('writes any times into MessagePack, in place', () => {
  const stamp = new Stamp();
  const builder = new BatchBuilder();
  builder.add(9, 0, 0, 0, 0, NO_SLOT);
  builder.add(29, 0, 0, 0, 20, 10);
  builder.add(30, 0, 0, 0, NO_SLOT, NO_SLOT);
  const batch = packed(builder, 'msgpack');
  fc.assert(
    fc.property(anyTime, anyTime, (wireUs, dataUs) => {
      assert.equal(stamp.write(batch, 0, wireUs, dataUs).readDoubleBE(1), wireUs / 1e6);
      const payload = stamp.write(batch, 1, wireUs, dataUs);
      assert.equal(payload.buffer, batch.payloads.buffer);
      assert.deepEqual([payload[1], payload[11]], [0xcb, 0xcb]);
      assert.deepEqual([payload.readDoubleBE(2), payload.readDoubleBE(12)], [dataUs / 1e6, wireUs / 1e6]);
      assert.equal(stamp.write(batch, 2, wireUs, dataUs).length, 1);
    }),
  );
});

test('is read alike by Python', { skip: skipWithoutPlainPython }, () => {
  const stamp = new Stamp();
  const payloads = fc.sample(fc.tuple(anyTime, anyTime), 1000).map(([wireUs, dataUs]) => {
    const payload = stamp.write(jsonBatch([['"a":1', 'wire', 'data']]), 0, wireUs, dataUs);
    return [payload.toString(), wireUs / 1e6, dataUs / 1e6];
  });
  const differing = askPython(
    `
def differs(payload, wire, data):
    event = json.loads(payload)
    return list(event) != ['a', '__wire_time', '__data_time'] or list(event.values()) != [1, wire, data]
answer = [row for row in data if differs(*row)]
`,
    payloads,
  );
  assert.deepEqual(differing, []);
});
