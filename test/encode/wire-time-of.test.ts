import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wireTimeOf } from '../../src/encode/wire-time-of.js';

const at = (json: string) => wireTimeOf(Buffer.from(json));

describe('the wire time of a payload', () => {
  it('is that of the object, whatever else is in it, as JavaScript and as Python write it', () => {
    const others = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('a"__wire_time', '"__wire_time":1', '__wire_timer', 'x\\')),
      fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constantFrom('__wire_time', '"__wire_time":5')),
    );
    fc.assert(
      fc.property(
        others,
        others,
        fc.integer({ min: 0, max: 9e15 }),
        fc.boolean(),
        (before, after, us, isWide) => {
          const written = (us / 1e6).toFixed(6);
          const parts = [inner(before), `"__wire_time":${isWide ? ' ' : ''}${written}`, inner(after)];
          const json = `{${parts.filter((part) => part !== '').join(isWide ? ', ' : ',')}}`;
          assert.equal(at(json), Number(written.replace('.', '')), json);
        },
      ),
    );
  });

  for (const [number, us] of [
    ['1521854100', 1521854100e6],
    ['1521854100.25', 1521854100250000],
    ['1521854100.2500001', 1521854100250000],
    ['1521854100.2500007', 1521854100250001],
    ['1.52185410025e9', 1521854100250000],
    ['0.000001', 1],
    ['-1.5', -1500000],
    ['0', 0],
  ] as const) {
    it(`is exact to the microsecond: ${number}`, () => {
      assert.equal(at(`{"__wire_time":${number}}`), us);
      assert.equal(at(`{"__wire_time": ${number} ,"a":1}`), us);
    });
  }

  for (const json of ['', '{}', '{"__wire_time":"1"}', '{"__wire_time":null}', '{"__wire_time":']) {
    it(`is not there: ${json}`, () => {
      assert.ok(Number.isNaN(at(json)));
    });
  }
});

/** The members of an object, without its braces. */
function inner(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
