import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePayload } from '../../src/formats/parse-payload.js';

function parsed(json: string): unknown {
  const bytes = Buffer.from(json);
  return Object.fromEntries(parsePayload(bytes, 0, bytes.length, () => false));
}

/** As JSON has it: -0 is 0, and long integers are numbers. */
function withNumbers(value: unknown): unknown {
  const json = JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? Number(each) : each));
  return JSON.parse(json);
}

test('a payload of any form is parsed as JSON is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, 2), (value, space) => {
      const json = JSON.stringify(value, undefined, space);
      // Those have a test of their own.
      fc.pre(!/\d{16}/.test(json));
      assert.deepEqual(withNumbers(parsed(json)), withNumbers(JSON.parse(json)));
    }),
  );
});

test('integers keep their digits, also within arrays and objects', () => {
  assert.deepEqual(parsed('{"a":[9007199254740993,"9007199254740993",0.25],"b":{"c":-9007199254740993}}'), {
    a: [9_007_199_254_740_993n, '9007199254740993', 0.25],
    b: { c: -9_007_199_254_740_993n },
  });
});
