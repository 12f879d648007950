import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonTime, SLOT_BYTES, TimeWriter } from '../../src/encode/time-slot.js';
import { askPython, skipWithoutPlainPython } from '../support/plain-python.js';

const [SMALLEST_US, LARGEST_US] = [1e15, 1e16 - 2];

/** Microseconds since 1970 that fit: 2001-09-09 to 2286-11-20, often close to the borders of seconds. */
const fitting = fc.oneof(
  fc.double({ min: SMALLEST_US, max: LARGEST_US, noNaN: true }).map(Math.floor),
  fc
    .tuple(fc.integer({ min: 1e9, max: 2 ** 31 - 1 }), fc.integer({ min: -1, max: 1 }))
    .map(([second, off]) => Math.max(SMALLEST_US, second * 1e6 + off)),
  fc
    .tuple(fc.integer({ min: 1_521_854_100, max: 1_521_854_103 }), fc.nat(999_999))
    .map(([second, micros]) => second * 1e6 + micros),
  fc.constantFrom(SMALLEST_US, LARGEST_US, 2 ** 53, 2 ** 53 - 1, 8589934592e6, 8589934592e6 - 1),
);

/** Microseconds that do not fit. */
const others = fc.oneof(
  fc.double({ max: SMALLEST_US - 1, noNaN: true, noDefaultInfinity: true }).map(Math.floor),
  fc.double({ min: 1e16, noNaN: true, noDefaultInfinity: true }).map(Math.floor),
  fc.integer({ min: -2_000_000, max: 2_000_000 }),
  fc.constantFrom(SMALLEST_US - 1, 1e16, 0, -1, -1e6, -1e6 - 1, 1e18, -1e18, 1e300),
);

function written(writer: TimeWriter, unixUs: number): string {
  const bytes = Buffer.alloc(SLOT_BYTES.json + 2, '#');
  assert.equal(writer.writeJson(bytes, 1, unixUs), true, String(unixUs));
  const text = bytes.toString('latin1');
  assert.match(text, /^#\d{10}\.\d{6}#$/);
  return text.slice(1, -1);
}

test('writes each microsecond in full, in 17 bytes and no more', () => {
  fc.assert(
    fc.property(fc.array(fitting, { minLength: 1 }), (times) => {
      // One writer for all: it keeps the digits of the last second.
      const writer = new TimeWriter();
      for (const unixUs of times) {
        const text = written(writer, unixUs);
        assert.equal(BigInt(text.replace('.', '')), BigInt(unixUs));
        assert.equal(JSON.parse(text), unixUs / 1e6);
      }
    }),
    { numRuns: 500 },
  );
});

test('pads the fraction, and steps over the borders of seconds', () => {
  const writer = new TimeWriter();
  const texts = [0, 1, 999, 1000, 10_000, 999_999, 1_000_000, 1_000_001, 999_999, 8_999_999, 9_000_000];
  assert.deepEqual(
    texts.map((us) => written(writer, 1_999_999_990e6 + us).slice(8)),
    [
      '90.000000',
      '90.000001',
      '90.000999',
      '90.001000',
      '90.010000',
      '90.999999',
      '91.000000',
      '91.000001',
    ].concat(['90.999999', '98.999999', '99.000000']),
  );
});

test('refuses a time that does not have ten digits, and writes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(others, fitting), { minLength: 1 }), (times) => {
      const writer = new TimeWriter();
      const bytes = Buffer.alloc(SLOT_BYTES.json, '#');
      for (const [other, fits] of times) {
        assert.equal(writer.writeJson(bytes, 0, other), false, String(other));
        assert.equal(bytes.toString(), '#'.repeat(SLOT_BYTES.json));
        written(writer, fits);
      }
    }),
  );
});

for (const unixUs of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  test(`refuses ${unixUs}, and has null for it`, () => {
    assert.equal(new TimeWriter().writeJson(Buffer.alloc(17), 0, unixUs), false);
    assert.equal(jsonTime(unixUs), 'null');
  });
}

test('has JSON of the same value for any other time', () => {
  fc.assert(
    fc.property(fc.oneof(others, fitting), (unixUs) => {
      assert.equal(JSON.parse(jsonTime(unixUs)) + 0, unixUs / 1e6 + 0);
    }),
    { numRuns: 500 },
  );
});

test('writes any time into 9 bytes of MessagePack', () => {
  const writer = new TimeWriter();
  fc.assert(
    fc.property(fc.oneof(others, fitting), (unixUs) => {
      const bytes = Buffer.alloc(SLOT_BYTES.msgpack + 2, '#');
      writer.writeMsgpack(bytes, 1, unixUs);
      assert.deepEqual([bytes[0], bytes[1], bytes[10]], [0x23, 0xcb, 0x23]);
      assert.equal(bytes.readDoubleBE(2), unixUs / 1e6);
    }),
  );
});

test('is read alike by Python', { skip: skipWithoutPlainPython }, () => {
  const writer = new TimeWriter();
  const times = [
    ...fc.sample(fitting, 2000).map((us) => [written(writer, us), us / 1e6]),
    ...fc.sample(others, 500).map((us) => [jsonTime(us), us / 1e6]),
  ];
  assert.deepEqual(
    askPython('answer = [pair for pair in data if json.loads(pair[0]) != pair[1]]', times),
    [],
  );
});
