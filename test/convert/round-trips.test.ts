import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConvertOptions } from '../../src/convert/convert.js';
import { convert } from '../../src/convert/convert.js';
import type { ValueKind } from '../../src/payload/payload-scanner.js';
import { arbitraryEvents, character } from '../support/arbitrary-event.js';
import { type Member, payload } from '../support/arbitrary-payload.js';
import { TYPED } from '../support/archive-events.js';
import { membersOf } from '../support/decoded-event.js';
import { exactValue } from '../support/exact-number.js';
import { MadeFiles } from '../support/made-files.js';
import { type OddEvent, writeOddNight, writeWildTimesNight } from '../support/odd-night.js';
import { Parity } from '../support/parity.js';
import { endAll, freePort, runCli, skipWithoutPython } from '../support/peer.js';
import { type PassOptions, playedEvents } from '../support/played-events.js';
import { type StoredAttribute, type StoredEvent, writeEvents } from '../support/stored-event.js';

import { writeJsonLines, writeMcap } from '../support/written-file.js';

/** All forms one after the other. */
const ALL = ['mcap', 'jsonl', 'db', 'jsonl.gz', 'mcap'];
/** Each once alone, and all of them. */
const WAYS = [['jsonl'], ['mcap'], ['db'], ALL];
/** Odd events of which other files cannot hold when they are due: `docs/convert.md` says so. */
const TIME_LOST = /BLOB of digits|of the event table|^both times unusable/;

const files = new MadeFiles('tcs-trips-');
after(() => files.remove());

/** What a replay sends of an event: its payload as it was recorded, and where its times go in a replay at a pace. */
interface Sent {
  readonly topic: string;
  readonly recorded: string;
  readonly slotted: string;
  readonly dueS: number;
}

async function sentOf(path: string, options: PassOptions): Promise<Sent[]> {
  const { events } = await playedEvents([path], { ...options, times: 'original' });
  const { events: slotted } = await playedEvents([path], { ...options, times: 'replay' });
  assert.equal(slotted.length, events.length);
  return events.map(({ topic, payload, dueS }, i) => ({
    topic,
    recorded: payload.toString(),
    slotted: slotted[i].payload.toString(),
    dueS,
  }));
}

/** As `deepEqual`, event by event, so that a message is short. */
function assertAlike<T>(found: readonly T[], expected: readonly T[]): void {
  for (const [i, each] of expected.entries()) assert.deepEqual(found[i], each, `event ${i}`);
  assert.equal(found.length, expected.length);
}

/** Converts a recording to one form after the other. @returns the last file */
async function through(
  forms: readonly string[],
  path: string,
  options: Partial<ConvertOptions>,
): Promise<string> {
  let last = path;
  for (const form of forms) {
    const output = files.path(form);
    const { leftOut, damage } = await convert({ databases: last, output, workers: 0, ...options });
    assert.deepEqual([leftOut, damage.stretches], [0, 0]);
    last = output;
  }
  return last;
}

describe('a night that went through other files, and became a database again', () => {
  for (const way of WAYS) {
    // Whether texts have types makes no difference to the way of an MCAP; JSON lines show it.
    for (const typed of way.includes('mcap') ? [true] : [true, false]) {
      const name = `${way.join(', ')}, ${typed ? 'typed' : 'as texts'}`;
      const options = typed ? TYPED : {};

      it(`is sent as before, byte for byte and in the same time: ${name}`, async () => {
        await fc.assert(
          // Each conversion starts a thread, which takes far longer than its events.
          fc.asyncProperty(arbitraryEvents({ maxLength: 60 }), async (given) => {
            const path = files.path('db');
            writeEvents(path, given.map(withTimesThatFilesHold));
            const copy = await through([...way, 'db'], path, { typed });
            assertAlike(await sentOf(copy, options), await sentOf(path, options));
          }),
          { numRuns: 1 },
        );
      });

      // What one form loses, all of them lose; a copy in a database is the same, with types and without.
      if (way === ALL || (typed && way.includes('db'))) continue;
      for (const [night, write] of [
        ['every odd event', writeOddNight],
        ['times far from any clock', writeWildTimesNight],
      ] as const) {
        it(`is sent as before: ${night}, ${name}`, async () => {
          const path = files.path('db');
          const events = write(path);
          const copy = await through([...way, 'db'], path, { typed });
          assertOdd(await sentOf(copy, options), await sentOf(path, options), events);
        });
      }
    }
  }
});

/** In a line there are no line breaks, and no white space around a payload. */
function asInLine(payload: string): string {
  return payload.replaceAll(/[\r\n]/g, ' ').trim();
}

function assertOdd(found: readonly Sent[], expected: readonly Sent[], events: readonly OddEvent[]): void {
  assertAlike(
    found.map(({ topic, recorded }) => ({ topic, recorded })),
    expected.map(({ topic, recorded }) => ({ topic, recorded })),
  );
  const isHeld = (_: unknown, i: number) => !TIME_LOST.test(events[i].what);
  assertAlike(found.filter(isHeld), expected.filter(isHeld));
}

/** A time in a BLOB, and one of the event table that no attribute has, are lost. */
function withTimesThatFilesHold(event: StoredEvent): StoredEvent {
  const isTimeInBlob = ({ key, value }: StoredAttribute) =>
    value instanceof Uint8Array && (key === '__wire_time' || key === '__data_time');
  return {
    ...event,
    dataTime: event.attributes.length === 0 ? event.dataTime : null,
    attributes: event.attributes.filter((attribute) => !isTimeInBlob(attribute)),
  };
}

describe('files of events that went through others', () => {
  const topic = fc.oneof(fc.constantFrom('a.b.c', '', 'схема.星', '"\\\n\0'), fc.string({ unit: character }));
  const events = fc.array(fc.record({ topic, payload: payload.map(({ json }) => json) }), { maxLength: 60 });

  for (const [first, way] of [
    ['mcap', ['jsonl', 'mcap']],
    ['mcap', ['jsonl.gz', 'mcap', 'jsonl']],
    ['jsonl', ['mcap', 'jsonl']],
    ['jsonl.gz', ['mcap', 'jsonl.gz']],
  ] as const) {
    it(`have the same payloads, byte for byte: ${[first, ...way].join(', ')}`, async () => {
      await fc.assert(
        fc.asyncProperty(events, async (given) => {
          const path = files.path(first);
          const lines = given.map((event) => ({
            ...event,
            payload: asInLine(event.payload),
          }));
          if (first === 'mcap') await writeMcap(path, given, { compression: 'zstd' });
          else writeJsonLines(path, lines);
          const before = await sentOf(path, {});
          const sent = await sentOf(await through(way, path, {}), {});
          const spaced = (all: readonly Sent[]) =>
            all.map(({ recorded, slotted, ...rest }) => ({
              ...rest,
              recorded: asInLine(recorded),
              slotted: asInLine(slotted),
            }));
          assertAlike(spaced(sent), spaced(before));
          assert.equal(before.length, given.length);
        }),
        { numRuns: 2 },
      );
    });
  }

  it('have the same values where they were a database in between, but for what JSON or SQLite cannot hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 60 }), async (given) => {
        const path = files.path('jsonl');
        const line = (json: string) => json.replaceAll(/[\r\n]/g, ' ');
        writeJsonLines(
          path,
          given.map(({ json }) => ({ topic: 'a.b.c', payload: line(json) })),
        );
        const found = await sentOf(await through(['db', 'jsonl'], path, {}), {});
        assertAlike(
          found.map(({ recorded }) => valuesOf(recorded)),
          given.map(({ members }) => expectedValues(members)),
        );
      }),
      { numRuns: 3 },
    );
  });

  it('have the times that only their messages had: a foreign MCAP', async () => {
    const given = Array.from({ length: 50 }, (_, i) => ({ topic: `t.k.${i % 3}`, payload: `{"i":${i}}` }));
    const path = files.path('mcap');
    const timesNs = (_: unknown, i: number) => ({
      logTime: 1_700_000_000_123_456_789n + 1_000_000_001n * BigInt(i),
      publishTime: 1_600_000_000_000_000_000n + BigInt(i),
    });
    await writeMcap(path, given, { library: 'another program', timesNs });
    const before = await sentOf(path, {});
    assert.match(
      before[1].recorded,
      /"__data_time":1600000000\.000000001,"__wire_time":1700000001\.12345679\}$/,
    );
    assertAlike(await sentOf(await through(ALL, path, {}), TYPED), before);
  });
});

type Value = readonly [kind: string, value: unknown];

/** The members of a payload, by the form of their values. */
function valuesOf(json: string): [key: string, ...Value][] {
  return membersOf(json).map(({ key, written }) => {
    const value: unknown = JSON.parse(written);
    return [key, typeof value, typeof value === 'number' ? exactValue(written) : value];
  });
}

/** Of a key that occurs twice the last value counts, in the place of the first; a NUL ends a key, as SQLite's JSON has it. */
function expectedValues(members: readonly Member[]): [key: string, ...Value][] {
  const last = new Map(
    members.map(([key, kind, text]) => [wellFormed(key).split('\0')[0], valueAs(kind, text)]),
  );
  return [...last].map(([key, value]) => [key, ...value]);
}

function valueAs(kind: ValueKind, text: string): Value {
  if (kind === 'null') return ['object', null];
  if (kind === 'boolean') return ['boolean', text === 'true'];
  if (kind === 'number' && Number.isFinite(Number(text))) return ['number', exactValue(text)];
  return ['string', wellFormed(text)];
}

/** With U+FFFD in place of half a surrogate pair. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

describe('to programs in Python', { skip: skipWithoutPython() }, () => {
  const parity = skipWithoutPython() === false ? new Parity() : undefined;
  after(async () => {
    parity?.end();
    await endAll();
  });

  // Copies in databases are played above.
  for (const form of ['mcap', 'jsonl.gz'])
    it(`an odd night is the same from ${form} as from the model of the reference, which plays the database`, async () => {
      const night = files.path('db');
      const events = writeOddNight(night);
      const copy = await through([form], night, {});
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const model = [night, '--times', 'original', '--flat-out', '--convert-number', '--convert-bool'];
      const records = [files.path('jsonl'), files.path('jsonl')] as const;
      const comparison = await parity?.compare({ url, model, records, rewritten: false }, async () => {
        const played = [copy, '--times', 'original', '-s', 'max', '--convert-number', '--convert-bool'];
        const waits = ['--hwm', '0', '--wait-setup', '0', '--wait-subscribers', '1'];
        const { code, stderr } = await runCli([...played, '--quiet', ...waits, '-u', url]);
        assert.equal(code, 0, stderr);
      });
      assert.deepEqual(comparison?.messages, [events.length, events.length]);
      assert.ok(comparison?.equal, JSON.stringify(comparison));
    });
});
