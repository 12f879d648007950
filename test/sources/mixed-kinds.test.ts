import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generate } from '../../src/generate/generate.js';
import { type PassOptions, playedEvents } from '../support/played-events.js';
import { fileEvents, writeJsonLines, writeMcap } from '../support/written-file.js';

const NIGHTS = 24;
const EVENTS = 400;
const FIRST_S = 1_600_000_000;
const STEP_S = 1800;

/** The same nights, as databases alone and as files of all kinds. */
interface Nights {
  readonly databases: string[];
  readonly mixed: string[];
}

describe('recordings of several kinds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-test-'));
  let nights: Nights;

  before(async () => {
    nights = await writeNights(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const cases: [string, PassOptions][] = [
    ['merged', {}],
    ['with slots for times', { times: 'replay' }],
    ['in MessagePack', { times: 'replay', format: 'msgpack' }],
    ['of some topics', { topics: ['*.hardware.*', 'tcs.*'] }],
    ['of a time', { start: '+2h', end: '+5h30m' }],
    ['of a time, primed', { start: '+3h', prime: true }],
    ['sought', { seekS: FIRST_S + 3.3 * 3600 }],
    ['sought and primed', { seekS: FIRST_S + 6.1 * 3600, prime: true }],
    ['by data time', { sortBy: '__data_time' }],
    ['by wire time, sought and primed', { sortBy: '__wire_time', seekS: FIRST_S + 4 * 3600, prime: true }],
  ];
  for (const [name, options] of cases) {
    it(`play as the same nights in databases do: ${name}`, async () => {
      const expected = await playedEvents(nights.databases, options);
      const found = await playedEvents(nights.mixed, options);
      assert(expected.events.length > 0);
      assert.deepEqual({ ...found, notices: [] }, { ...expected, notices: [] });
    });
  }

  it('are read by threads as by the main thread', async () => {
    const expected = await playedEvents(nights.mixed);
    assert.deepEqual(await playedEvents(nights.mixed, { workers: 2 }), expected);
  });
});

async function writeNights(folder: string): Promise<Nights> {
  const databases: string[] = [];
  const mixed: string[] = [];
  for (let i = 0; i < NIGHTS; i++) {
    const database = join(folder, `night${i}.db`);
    const startUnixS = FIRST_S + i * STEP_S;
    await generate({ path: database, events: EVENTS, durationS: 3600, topics: 12, seed: i + 1, startUnixS });
    databases.push(database);
    mixed.push(await inKind(folder, database, i));
  }
  return { databases, mixed };
}

async function inKind(folder: string, database: string, i: number): Promise<string> {
  const events = await fileEvents(database);
  const path = (ending: string) => join(folder, `night${i}.${ending}`);
  switch (i % 6) {
    case 0:
      return database;
    case 1:
      writeJsonLines(path('jsonl'), events);
      return path('jsonl');
    case 2:
      writeJsonLines(path('jsonl.gz'), events);
      return path('jsonl.gz');
    case 3:
      await writeMcap(path('mcap'), events, { chunkBytes: 20_000, isCompressed: true });
      return path('mcap');
    case 4:
      await writeMcap(path('mcap'), events, {
        chunkBytes: 20_000,
        useSummary: false,
        useMessageIndex: false,
      });
      return path('mcap');
    default:
      await writeMcap(path('mcap'), events, { useChunks: false });
      return path('mcap');
  }
}
