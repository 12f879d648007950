import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PayloadScanner, type ValueKind } from '../../src/payload/payload-scanner.js';

type Member = [key: string, kind: ValueKind, text: string];

/** The members that a scanner finds; undefined where it finds that it is no payload. */
function membersOf(payload: Uint8Array | string, scanner = new PayloadScanner()): Member[] | undefined {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (!scanner.scan(bytes)) {
    assert.equal(scanner.memberCount, 0);
    return undefined;
  }
  return Array.from({ length: scanner.memberCount }, (_, i) => [
    scanner.key(i),
    scanner.kind(i),
    scanner.text(i),
  ]);
}

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
const digits = fc.stringMatching(/^[0-9]{1,40}$/);
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,39}$/)),
    fc.option(digits, { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits), { nil: undefined }),
  )
  .map(([sign, whole, decimals, exponent]) =>
    [sign, whole, decimals === undefined ? '' : `.${decimals}`, ...(exponent ?? [])].join(''),
  );
const string = fc.string({
  unit: fc.oneof(fc.constantFrom('"', '\\', '/', '\0', '\n', 'é', '😀'), fc.string()),
});

/** A JSON string of a text, with characters escaped at random. */
const written = (text: string) =>
  fc.infiniteStream(fc.boolean()).map((choices) => {
    const isEscaped = choices[Symbol.iterator]();
    return `"${Array.from({ length: text.length }, (_, i) => text[i])
      .map((unit) =>
        isEscaped.next().value === true || /["\\\p{Cc}\p{Cs}]/u.test(unit)
          ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
          : unit,
      )
      .join('')}"`;
  });
const nested = fc.oneof(
  fc.array(fc.jsonValue(), { maxLength: 3 }).map((value) => ['array', JSON.stringify(value)] as const),
  fc
    .dictionary(string, fc.jsonValue(), { maxKeys: 3 })
    .map((value) => ['object', JSON.stringify(value)] as const),
);

/** A value as it is written, with its kind and its text. */
const value: fc.Arbitrary<{ json: string; kind: ValueKind; text: string }> = fc.oneof(
  string.chain((text) => written(text).map((json) => ({ json, kind: 'string' as const, text }))),
  number.map((json) => ({ json, kind: 'number' as const, text: json })),
  fc
    .boolean()
    .map(String)
    .map((json) => ({ json, kind: 'boolean' as const, text: json })),
  fc.constant({ json: 'null', kind: 'null' as const, text: 'null' }),
  nested.map(([kind, json]) => ({ json, kind, text: json })),
  fc
    .constantFrom('NaN', 'Infinity', '-Infinity')
    .map((json) => ({ json, kind: 'nonFinite' as const, text: json })),
);
const key = string.chain((text) => written(text).map((json) => ({ json, text })));
const spaces = fc.tuple(space, space, space, space);
const payload = fc
  .tuple(fc.array(fc.record({ key, value, spaces }), { maxLength: 80 }), spaces)
  .map(([members, [before, inside, after]]) => {
    const texts = members.map(
      ({ key, value, spaces: [a, b, c, d] }) => `${a}${key.json}${b}:${c}${value.json}${d}`,
    );
    return {
      json: `${before}{${texts.length === 0 ? inside : texts.join(',')}}${after}`,
      members: members.map(({ key, value }): Member => [key.text, value.kind, value.text]),
    };
  });

describe('the scanner of a payload', () => {
  it('finds keys, kinds and texts as they were written, in their order, whatever it scanned before', () => {
    const scanner = new PayloadScanner();
    fc.assert(
      fc.property(payload, ({ json, members }) => assert.deepEqual(membersOf(json, scanner), members)),
    );
  });

  it('finds the same within other bytes', () => {
    fc.assert(
      fc.property(payload, fc.string(), fc.string(), ({ json, members }, before, after) => {
        const scanner = new PayloadScanner();
        const from = Buffer.byteLength(before);
        const end = from + Buffer.byteLength(json);
        assert.equal(scanner.scan(Buffer.from(before + json + after), from, end), true);
        assert.equal(scanner.memberCount, members.length);
        members.forEach((member, i) => {
          assert.deepEqual([scanner.key(i), scanner.kind(i), scanner.text(i)], member);
        });
      }),
    );
  });

  it('takes no payload that was cut off', () => {
    fc.assert(
      fc.property(payload, fc.nat(), ({ json }, at) => {
        const whole = Buffer.from(json.trimEnd());
        assert.equal(membersOf(whole.subarray(0, at % whole.length)), undefined);
      }),
    );
  });

  it('takes what JSON.parse does, with a byte changed anywhere, and never throws', () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.integer({ min: 0, max: 255 }), ({ json, members }, at, byte) => {
        fc.pre(members.every(([, kind]) => kind !== 'nonFinite'));
        const bytes = Buffer.from(json);
        bytes[at % bytes.length] = byte;
        const found = membersOf(bytes);
        if (found?.some(([, kind]) => kind === 'nonFinite')) return;
        assert.equal(found !== undefined, isObject(bytes), bytes.toString());
      }),
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void membersOf(bytes)));
  });

  for (const json of [
    '',
    ' ',
    '[]',
    '1',
    'null',
    '{',
    '{}}',
    '{},',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    "{'a':1}",
    '{a:1}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":5.}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":--1}',
    '{"a":0x1}',
    '{"a":1_0}',
    '{"a":True}',
    '{"a":tru}',
    '{"a":nul}',
    '{"a":nan}',
    '{"a":-NaN}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{"a":[}',
    '{"a":[1,]}',
    '{"a":[}]}',
    '{"a":[NaN]}',
    '{"a":{"b"}}',
    '\ufeff{}',
    '{"a":1}\0',
  ]) {
    it(`refuses ${JSON.stringify(json)}`, () => assert.equal(membersOf(json), undefined));
  }

  it('replaces invalid UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a'),
      Buffer.from([0xff]),
      Buffer.from('":"é'),
      Buffer.from([0xc3]),
      Buffer.from('"}'),
    ]);
    assert.deepEqual(membersOf(bytes), [['a\ufffd', 'string', 'é\ufffd']]);
  });

  it('says where keys and values are', () => {
    const scanner = new PayloadScanner();
    const json = ' { "a" : "x\\n" , "b": -1.50 }';
    assert.equal(scanner.scan(Buffer.from(json)), true);
    const parts = [0, 1].map((i) => [
      json.slice(scanner.keyAt(i), scanner.keyEnd(i)),
      json.slice(scanner.valueAt(i), scanner.valueEnd(i)),
    ]);
    assert.deepEqual(parts, [
      ['"a"', '"x\\n"'],
      ['"b"', '-1.50'],
    ]);
  });

  it('takes brackets of any depth', () => {
    const deep = 100_000;
    assert.equal(membersOf(`{"a":${'['.repeat(deep)}`), undefined);
    const json = `${'['.repeat(deep)}${']'.repeat(deep)}`;
    assert.doesNotThrow(() => membersOf(`{"a":${json}}`));
  });
});

function isObject(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
