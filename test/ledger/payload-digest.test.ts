import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PayloadDigest } from '../../src/ledger/payload-digest.js';

function digestOf(json: string): string {
  const digest = new PayloadDigest();
  digest.read(Buffer.from(json));
  return `${digest.low} ${digest.high}`;
}

function digestOfEvent(event: Record<string, unknown>): string {
  const digest = new PayloadDigest();
  digest.readEvent(event);
  return `${digest.low} ${digest.high}`;
}

/** As Python's `json.dumps` writes texts: in ASCII. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
);
const event = fc.dictionary(
  fc.string({ unit: 'grapheme' }).filter((key) => !key.startsWith('__')),
  value,
  { maxKeys: 8 },
);

describe('the digest of a payload', () => {
  it('is the same for bytes, for parsed values, for ASCII, for white space, and for any order of the keys', () => {
    fc.assert(
      fc.property(event, (values) => {
        const json = JSON.stringify(values);
        const reversed = Object.fromEntries(Object.entries(values).reverse());
        const expected = digestOf(json);
        assert.equal(digestOfEvent(values), expected);
        assert.equal(digestOf(ascii(json)), expected);
        assert.equal(digestOf(JSON.stringify(values, undefined, 2)), expected);
        assert.equal(digestOf(JSON.stringify(reversed)), expected);
      }),
    );
  });

  it('is another one if a value, a key, or the number of members is', () => {
    fc.assert(
      fc.property(event, fc.string(), fc.string({ minLength: 1 }), (values, key, text) => {
        fc.pre(!key.startsWith('__') && !(key in values));
        const expected = digestOfEvent(values);
        assert.notEqual(digestOfEvent({ ...values, [key]: text }), expected);
        assert.notEqual(
          digestOfEvent({ ...values, [key]: `${text}!` }),
          digestOfEvent({ ...values, [key]: text }),
        );
        assert.notEqual(
          digestOfEvent({ ...values, [`${key}!`]: text }),
          digestOfEvent({ ...values, [key]: text }),
        );
      }),
    );
  });

  for (const [name, ...same] of [
    ['decimals', '1.5', '"1.50"', '"1.5000"', '15e-1', '"1.5e0"'],
    ['whole numbers', '3', '"3.0"', '3.000', '"3"'],
    ['small numbers', '0.0000001', '1e-7', '"1e-07"', '"0.00000010"'],
    ['long decimals', '0.1234567890123456789', '"0.12345678901234568"'],
    ['words', 'true', '"True"', '"true"'],
    ['nothing', 'null', '"None"', '"null"'],
    ['escapes', '"\\u00e9"', '"é"'],
  ]) {
    it(`does not tell how a value is written: ${name}`, () => {
      for (const each of same) assert.equal(digestOf(`{"a":${each}}`), digestOf(`{"a":${same[0]}}`), each);
    });
  }

  for (const [one, other] of [
    ['1.5', '1.51'],
    ['12345678901234567890', '12345678901234567891'],
    ['"a"', '"A"'],
    ['"1.5 "', '1.5'],
    ['"0x10"', '16'],
    ['""', 'null'],
    ['"00"', '0'],
  ]) {
    it(`tells ${one} from ${other}`, () => {
      assert.notEqual(digestOf(`{"a":${one}}`), digestOf(`{"a":${other}}`));
    });
  }

  it('leaves the times out, and reads them', () => {
    const digest = new PayloadDigest();
    digest.read(Buffer.from('{"a":1,"__wire_time":"1521854100.25","__data_time":1521854100.5}'));
    assert.deepEqual([digest.wireTimeS, digest.dataTimeS], [1521854100.25, 1521854100.5]);
    assert.equal(`${digest.low} ${digest.high}`, digestOf('{"a":1}'));
    digest.read(Buffer.from('{"a":1}'));
    assert.deepEqual([digest.wireTimeS, digest.dataTimeS], [Number.NaN, Number.NaN]);
  });

  it('reads the wire time of what is no JSON, if there is one to be read', () => {
    for (const [broken, wireTimeS] of [
      ['{"__wire_time":1521854100.250001,"a":', 1521854100.250001],
      ['{"a":NaN,"__wire_time":1521854100.250001}', 1521854100.250001],
      ['{"a":1,"__wire_time":', Number.NaN],
    ] as const) {
      const digest = new PayloadDigest();
      assert.equal(digest.read(Buffer.from(broken)), false);
      assert.equal(digest.wireTimeS, wireTimeS);
    }
  });

  it('of what is no JSON is that of its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const [digest, again] = [new PayloadDigest(), new PayloadDigest()];
        assert.equal(digest.read(bytes), again.read(Uint8Array.from(bytes)));
        assert.deepEqual([digest.low, digest.high], [again.low, again.high]);
      }),
    );
    for (const broken of [
      '',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,}',
      '[1]',
      'x',
      '{"a":1}x',
      '{"a":"\\x"}',
    ])
      assert.equal(new PayloadDigest().read(Buffer.from(broken)), false, broken);
  });
});
