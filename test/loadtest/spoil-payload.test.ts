import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonTime } from '../../src/encode/time-slot.js';
import { wireTimeOf } from '../../src/encode/wire-time-of.js';
import { Random } from '../../src/generate/random.js';
import { type EventFault, type EventFaultKind, parseFaults } from '../../src/loadtest/faults/fault-spec.js';
import { spoilPayload, withLaterTimes } from '../../src/loadtest/faults/spoil-payload.js';

const TIMES = ['__wire_time', '__data_time'];
/** As those of a replay: ASCII, without white space. */
const ascii = (value: unknown) =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const VALUE = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
const TIME_US = fc.integer({ min: 1_521_854_100_000_000, max: 1_921_854_100_000_000 });
/** Members as they stand in a payload, the two times anywhere among them. */
const EVENT = fc
  .record({
    own: fc.uniqueArray(fc.tuple(fc.string(), VALUE), {
      selector: ([key]) => key,
      minLength: 1,
      maxLength: 6,
    }),
    wireUs: TIME_US,
    dataUs: TIME_US,
    at: fc.tuple(fc.nat(), fc.nat()),
  })
  .map(({ own, wireUs, dataUs, at }) => {
    const members = own
      .filter(([key]) => !TIMES.includes(key))
      .map(([key, value]) => [ascii(key), ascii(value)]);
    for (const [i, us] of [wireUs, dataUs].entries())
      members.splice(at[i] % (members.length + 1), 0, [`"${TIMES[i]}"`, jsonTime(us)]);
    return { members, wireUs, dataUs, payload: payloadOf(members) };
  })
  .filter(({ members }) => members.length > TIMES.length);
const SEED = fc.nat();

function payloadOf(members: readonly string[][]): Buffer {
  return Buffer.from(`{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`);
}

function spoilt(kind: EventFaultKind, payload: Buffer, seed: number, settings = '') {
  const [fault] = parseFaults([`${kind}:1%${settings}`], '--fault') as EventFault[];
  const before = Buffer.from(payload);
  const result = spoilPayload(fault, payload, new Random(seed, 'test'));
  assert.deepEqual(payload, before, 'the event itself stays as it is');
  assert(result !== undefined, kind);
  return result;
}

const isTime = ([key]: string[]) => TIMES.includes(JSON.parse(key));
const ownMembers = (members: string[][]) => members.flatMap((member, i) => (isTime(member) ? [] : [i]));

describe('a spoilt payload', () => {
  it('is cut off, and not within its wire time', () => {
    fc.assert(
      fc.property(EVENT, SEED, ({ payload, wireUs }, seed) => {
        const cut = spoilt('truncate', payload, seed).payload;
        assert(cut.length > 0 && cut.length < payload.length);
        assert.deepEqual(cut, payload.subarray(0, cut.length));
        assert.throws(() => JSON.parse(cut.toString()));
        assert([wireUs, Number.NaN].some((us) => Object.is(us, wireTimeOf(cut))));
      }),
    );
  });

  it('differs in one value, which is no time, or in one key', () => {
    const changes: Partial<Record<EventFaultKind, (member: string[]) => string[] | undefined>> = {
      'wrong-type': ([key, value]) => [key, `[${value}]`],
      'missing-key': () => undefined,
      nan: ([key]) => [key, 'NaN'],
    };
    fc.assert(
      fc.property(EVENT, SEED, ({ payload, members }, seed) => {
        for (const [kind, change] of Object.entries(changes)) {
          const found = spoilt(kind as EventFaultKind, payload, seed).payload;
          const possible = ownMembers(members).map((at) =>
            payloadOf(
              members
                .flatMap((member, i) => (i === at ? [change(member) ?? []] : [member]))
                .filter((each) => each.length > 0),
            ),
          );
          assert(
            possible.some((each) => each.equals(found)),
            `${kind}: ${found} of ${payload}`,
          );
        }
      }),
    );
  });

  it('is no UTF-8, by two bytes more', () => {
    fc.assert(
      fc.property(EVENT, SEED, ({ payload, wireUs }, seed) => {
        const found = spoilt('non-utf8', payload, seed).payload;
        const at = found.indexOf(Buffer.from([0xff, 0xfe]));
        assert.deepEqual(Buffer.concat([found.subarray(0, at), found.subarray(at + 2)]), payload);
        assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(found));
        assert.equal(wireTimeOf(found), wireUs);
        // Whoever takes it as text all the same has an event.
        assert.doesNotThrow(() => JSON.parse(found.toString()));
      }),
    );
  });

  it('is filled up to a size', () => {
    fc.assert(
      fc.property(EVENT, SEED, ({ payload, members }, seed) => {
        const found = spoilt('huge', payload, seed, ',size=100kB').payload;
        assert.equal(found.length, 100_000);
        const { __fault: filler, ...rest } = JSON.parse(found.toString());
        assert.match(filler, /^x+$/);
        assert.deepEqual(rest, JSON.parse(payload.toString()));
        assert.deepEqual(found.subarray(0, payload.length - 1), payload.subarray(0, -1));
        assert(members.length > 0);
      }),
    );
  });

  it('has later times, and nothing else', () => {
    fc.assert(
      fc.property(
        EVENT,
        fc.integer({ min: -1e12, max: 1e12 }),
        ({ payload, members, wireUs, dataUs }, byUs) => {
          const later = [jsonTime(wireUs + byUs), jsonTime(dataUs + byUs)];
          const expected = payloadOf(
            members.map((member) =>
              isTime(member) ? [member[0], later[TIMES.indexOf(JSON.parse(member[0]))]] : member,
            ),
          );
          assert.equal(String(withLaterTimes(payload, byUs)), String(expected));
        },
      ),
    );
  });

  it('lacks the key that was asked for, which may be a time', () => {
    const payload = Buffer.from('{"a":1,"__wire_time":1521854100.250000,"b":2}');
    const without = spoilt('missing-key', payload, 1, ',key=__wire_time').payload;
    assert.equal(String(without), '{"a":1,"b":2}');
  });

  it('is not made of an event that has no place for the fault', () => {
    const only = Buffer.from('{"__wire_time":1521854100.250000}');
    const faults = parseFaults(
      ['nan:1', 'wrong-type:1', 'missing-key:1', 'non-utf8:1', 'huge:1,size=30', 'nan:1,key=a'],
      '--fault',
      9,
    );
    for (const fault of faults)
      assert.equal(spoilPayload(fault as EventFault, only, new Random(1, 'test')), undefined, fault.text);
  });
});
