import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../src/batch/batch.js';
import { Stamp } from '../../src/pacing/stamp.js';
import { RelayEncoder } from '../../src/relay/relay-encoder.js';
import { payload } from '../support/arbitrary-payload.js';

const NOW_S = 1_795_371_609;
const WIRE_US = 1_795_371_700_123_456;
const DATA_US = 1_795_371_699_000_001;

function encoded(payloads: readonly (string | Buffer)[], { behindS = 0, rewritesTimes = true } = {}): Batch {
  const encoder = new RelayEncoder({ behindS, rewritesTimes });
  for (const each of payloads) encoder.add('a.b.c', Buffer.from(each), NOW_S);
  return new Batch(encoder.pack());
}

/** The payloads, with these times where they have any. */
function stamped(batch: Batch): string[] {
  const stamp = new Stamp();
  return Array.from({ length: batch.count }, (_, i) =>
    stamp.write(batch, i, WIRE_US, DATA_US).toString('latin1'),
  );
}

/** A member that is a time, as it may be written; undefined: there is none. */
const time = fc.option(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(String(value))),
  ),
  { nil: undefined },
);

describe('what was received', () => {
  it('keeps each byte but those of the two times, wherever these stand', () => {
    const others = fc.array(
      fc.constantFrom('"a":1.50', '"b.é":"\\u00e9 \\"__wire_time\\":1"', '"c": [1, 2]', '"__wire_timex":7'),
    );
    fc.assert(
      fc.property(
        others,
        others,
        others,
        time,
        time,
        fc.boolean(),
        (before, between, after, wire, data, swap) => {
          const wireMember = wire === undefined ? [] : [['"__wire_time" : ', wire, '1795371700.123456']];
          const dataMember = data === undefined ? [] : [['"__data_time":', data, '1795371699.000001']];
          const [first, second] = swap ? [dataMember, wireMember] : [wireMember, dataMember];
          const build = (which: 1 | 2) =>
            `{${[
              ...before,
              ...first.map((member) => member[0] + member[which]),
              ...between,
              ...second.map((member) => member[0] + member[which]),
              ...after,
            ].join(', ')}}`;
          const given = build(1);
          assert.equal(stamped(encoded([given]))[0], Buffer.from(build(2)).toString('latin1'));
          assert.equal(
            stamped(encoded([given], { rewritesTimes: false }))[0],
            Buffer.from(given).toString('latin1'),
          );
        },
      ),
    );
  });

  it('keeps each byte of payloads without times, whether they are JSON objects or not', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            payload.map(({ json }) => Buffer.from(json)),
            fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          ),
          { maxLength: 30 },
        ),
        (payloads) => {
          assert.deepEqual(
            stamped(encoded(payloads)),
            payloads.map((each) => each.toString('latin1')),
          );
        },
      ),
    );
  });

  it('keeps the distance of the data time from the wire time, or from the receipt', () => {
    const { dueS, dataS } = encoded([
      `{"__wire_time":${NOW_S - 4},"__data_time":${NOW_S - 5.5}}`,
      `{"__data_time":${NOW_S - 2}}`,
      `{"__wire_time":1521854100,"__data_time":"1521854099.25"}`,
    ]);
    assert.deepEqual(
      [...dataS].map((dataTimeS, i) => dataTimeS - dueS[i]),
      [-1.5, -2, -0.75],
    );
  });

  it('has the time of its wire time, or of its receipt where that cannot be right, and never goes back', () => {
    const encoder = new RelayEncoder({ behindS: 10, rewritesTimes: true });
    const cases: [payload: string, receivedS: number, timeS: number, impossibleAgeS: number][] = [
      [`{"__wire_time":${NOW_S - 1}}`, NOW_S, NOW_S - 1, Number.NaN],
      // Older than the event before, as from another publisher.
      [`{"__wire_time":${NOW_S - 2}}`, NOW_S + 0.5, NOW_S - 1, Number.NaN],
      ['{"__wire_time":1521854100}', NOW_S + 1, NOW_S + 1, NOW_S + 1 - 1521854100],
      [`{"__wire_time":${NOW_S + 60}}`, NOW_S + 2, NOW_S + 2, -58],
      ['{"__wire_time":null}', NOW_S + 3, NOW_S + 3, Number.NaN],
      ['[1]', NOW_S + 4, NOW_S + 4, Number.NaN],
    ];
    for (const [text, receivedS, , impossibleAgeS] of cases) {
      encoder.add('a', Buffer.from(text), receivedS);
      assert.equal(encoder.impossibleAgeS, impossibleAgeS, text);
      assert.equal(encoder.isObject, text.startsWith('{'));
    }
    assert.deepEqual(
      [...new Batch(encoder.pack()).dueS],
      cases.map(([, , timeS]) => timeS),
    );
  });
});
