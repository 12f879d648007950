/** Recordings in several files hold the last event of each topic before them: with it each file is primed as if all were there. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { convert } from '../../src/convert/convert.js';
import type { AttributeInsert } from '../../src/database/attribute-insert.js';
import { GrowingRecording } from '../../src/database/growing-recording.js';
import { loadCompression } from '../../src/formats/mcap/chunk-compression.js';
import { info } from '../../src/inspect/info.js';
import { prepare } from '../../src/prepare.js';
import { McapFile } from '../../src/record/mcap-file.js';
import { MadeFiles } from '../support/made-files.js';
import { alterDatabase } from '../support/other-shapes.js';
import { type PassOptions, type PlayedEvent, playedEvents } from '../support/played-events.js';

const START_S = 1_600_000_000;
const files = new MadeFiles('tcs-state-');

interface Moment {
  readonly topic: string;
  /** Seconds after the one before; undefined: it has no time. */
  readonly stepS: number | undefined;
}

/** Writes events into files as a recorder does that goes on in the next file. Each file gets the state before it. */
function recorded(parts: readonly (readonly Moment[])[]): string[] {
  let n = 0;
  let timeS = START_S;
  let before: { recording: GrowingRecording; lastIds: Map<string, number> } | undefined;
  const paths = parts.map((moments) => {
    const path = files.path('db');
    const recording = new GrowingRecording(path);
    if (before !== undefined) recording.takeState(before.recording, before.lastIds);
    before?.recording.close();
    const lastIds = new Map<string, number>();
    recording.begin();
    for (const { topic, stepS } of moments) {
      timeS += stepS ?? 0;
      const id = recording.addEvent(topic, null);
      const { attributes } = recording;
      attributes.begin(id);
      addNumber(attributes, 'n', String(n++));
      if (stepS !== undefined) addNumber(attributes, '__wire_time', timeS.toFixed(6));
      attributes.end();
      lastIds.set(topic, id);
    }
    recording.commit();
    before = { recording, lastIds };
    return path;
  });
  before?.recording.close();
  return paths;
}

/** As `recorded`, in MCAP files. */
function recordedMcap(parts: readonly (readonly Moment[])[]): string[] {
  let n = 0;
  let timeS = START_S;
  let file: McapFile | undefined;
  const paths = parts.map((moments) => {
    const path = files.path('mcap');
    const before = file;
    file = before?.openNext(path) ?? new McapFile(path, { recorder: 'test' });
    before?.close();
    for (const { topic, stepS } of moments) {
      timeS += stepS ?? 0;
      const time = stepS === undefined ? '' : `,"__wire_time":"${timeS.toFixed(6)}"`;
      const payload = Buffer.from(`{"n":"${n++}"${time}}`);
      file.add(topic, payload, 0, payload.length);
    }
    file.commit();
    return path;
  });
  file?.close();
  return paths;
}

function addNumber(attributes: AttributeInsert, key: string, number: string): void {
  attributes.text(key);
  attributes.text(number);
  attributes.endRow('number');
}

async function pastOf(paths: readonly string[], options: PassOptions): Promise<string[]> {
  return named((await playedEvents(paths, { ...options, prime: true })).past);
}

function named(events: readonly PlayedEvent[]): string[] {
  return events.map(({ topic, payload }) => `${topic} ${payload}`);
}

const moment = fc.record({
  topic: fc.constantFrom('a.b.c', 'a.b.d', 'x.y.z', 'é.ü.ß', 'once.only'),
  stepS: fc.constantFrom(1, 1, 2, 10),
});
const nights = fc.array(fc.array(moment, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 4 });

describe('what a recording holds of the time before it', () => {
  before(loadCompression);
  after(() => files.remove());

  it('primes it as the files before it would', async () => {
    await fc.assert(
      fc.asyncProperty(
        nights,
        fc.nat(2),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (parts, cut, share, isDatabase) => {
          const paths = isDatabase ? recorded(parts) : recordedMcap(parts);
          const from = 1 + (cut % (parts.length - 1));
          const rest = paths.slice(from);
          const [first, last] = await extentOf(rest);
          const options = [
            { seekS: first + share * (last - first) },
            { start: first + share * (last - first) },
            { start: first + share * (last - first), topics: ['a.*', 'once.*'] },
            { start: first, sortBy: '__wire_time' as const },
          ];
          for (const each of options) assert.deepEqual(await pastOf(rest, each), await pastOf(paths, each));
          // From its first event on, without saying when that is.
          assert.deepEqual(await pastOf(rest, {}), await pastOf(paths, { start: first }));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is not sent where the events themselves are played', async () => {
    const part = (topics: readonly string[]) => topics.map((topic) => ({ topic, stepS: 1 }));
    const paths = recorded([part(['a', 'b', 'c']), part(['b', 'a']), part(['c', 'b'])]);
    const all = await playedEvents(paths, { prime: true });
    assert.deepEqual(all.past, []);
    assert.equal(all.events.length, 7);
    const two = await playedEvents(paths.slice(1), { prime: true });
    const at = (topic: string, n: number) =>
      `${topic} {"n":"${n}","__wire_time":"${(START_S + n + 1).toFixed(6)}"}`;
    assert.deepEqual(named(two.past), [at('a', 0), at('b', 1), at('c', 2)]);
    assert.equal(two.events.length, 4);
    // The last file alone has what was in the first.
    assert.deepEqual(await pastOf(paths.slice(2), {}), [at('c', 2), at('b', 3), at('a', 4)]);
    // Before the second file has begun, its state counts only where it is earlier.
    assert.deepEqual(await pastOf([paths[0], paths[2]], { start: START_S + 2.5 }), [at('a', 0), at('b', 1)]);
    assert.deepEqual(named((await playedEvents(paths.slice(1))).past), []);
  });

  it('has events without a time, and events that came out of order', async () => {
    const paths = recorded([
      [{ topic: 'untimed', stepS: undefined }, ...['a', 'b'].map((topic) => ({ topic, stepS: 5 }))],
      [
        { topic: 'c', stepS: -3 },
        { topic: 'a', stepS: 4 },
      ],
    ]);
    assert.deepEqual(
      (await pastOf([paths[1]], {})).map((text) => text.split(' ')[0]),
      ['untimed', 'a', 'b'],
    );
    assert.deepEqual(await pastOf(paths, {}), []);
  });

  it('is told by info, begins what is converted, and is there with a prepared file', async () => {
    const parts = [['a', 'b'], ['b']].map((topics) => topics.map((topic) => ({ topic, stepS: 1 })));
    for (const paths of [recorded(parts), recordedMcap(parts)]) {
      for (const quick of [true, false]) {
        const { files: found } = await info({ databases: paths, quick });
        // An MCAP is not looked into for a quick answer.
        const isKnown = !quick || !('format' in found[0]);
        assert.deepEqual(
          found.map(({ stateTopics }) => stateTopics),
          isKnown ? [0, 2] : [undefined, undefined],
        );
      }
      const output = files.path('jsonl');
      const { primed, events } = await convert({ databases: paths[1], output, prime: true });
      assert.deepEqual([primed, events], [2, 3]);
      const past = await pastOf([paths[1]], { times: 'replay' });
      const cacheFolder = files.path('cache');
      await prepare({ databases: paths[1], cacheFolder });
      const { past: prepared, notices } = await playedEvents([paths[1]], {
        prime: true,
        times: 'replay',
        cacheFolder,
        verbose: true,
      });
      assert.match(notices.join(), /its prepared file is played/);
      assert.deepEqual(named(prepared), past);
    }
  });

  it('is read from an MCAP that was cut off, and not where it is damaged', async () => {
    const [, path] = recordedMcap([[{ topic: 'a', stepS: 1 }], [{ topic: 'b', stepS: 1 }]]);
    const bytes = readFileSync(path);
    const cut = files.path('mcap');
    writeFileSync(cut, bytes.subarray(0, -30));
    assert.equal((await pastOf([cut], {})).length, 1);
    const damaged = files.path('mcap');
    const at = bytes.indexOf('{"topic":"a"');
    writeFileSync(damaged, bytes.fill('z', at + 11, at + 12));
    const { past, events } = await playedEvents([damaged], { prime: true });
    assert.deepEqual([past.length, events.length], [0, 1]);
  });

  it('is left alone where it is of another form, and where it is what is played', async () => {
    const [, path] = recorded([[{ topic: 'a', stepS: 1 }], [{ topic: 'b', stepS: 1 }]]);
    const schema = ['event.table=state_event', 'attribute.table=state_attribute'];
    const played = await playedEvents([path], { schema, prime: true });
    assert.deepEqual([played.past.length, played.events.length], [0, 1]);
    alterDatabase(path, 'ALTER TABLE state_attribute RENAME COLUMN value TO reading');
    const without = await playedEvents([path], { prime: true });
    assert.deepEqual([without.past.length, without.events.length], [0, 1]);
  });
});

async function extentOf(paths: readonly string[]): Promise<[firstS: number, lastS: number]> {
  const { events } = await playedEvents(paths);
  const timesS = events.map(({ dueS }) => dueS);
  return [Math.min(...timesS), Math.max(...timesS)];
}
