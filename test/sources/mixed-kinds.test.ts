import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { convert } from '../../src/convert/convert.js';
import { generate } from '../../src/generate/generate.js';
import { alterDatabase, putViews, writeJsonEvents } from '../support/other-shapes.js';
import { type PassOptions, playedEvents } from '../support/played-events.js';
import { fileEvents, type McapChoices, writeJsonLines, writeMcap } from '../support/written-file.js';

const NIGHTS = 100;
/** Each kind twice: enough where the number of files does not matter. */
const FEW_NIGHTS = 16;
const EVENTS = 60;
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

  const cases: [name: string, options: PassOptions, nights: number][] = [
    [
      'sought at the end and primed, then merged from the beginning',
      { seekS: FIRST_S + 49.2 * 3600, prime: true, passes: 2 },
      NIGHTS,
    ],
    ['looped', { passes: 2 }, FEW_NIGHTS],
    [
      'by wire time, sought and primed',
      { sortBy: '__wire_time', seekS: FIRST_S + 5 * 3600, prime: true },
      FEW_NIGHTS,
    ],
    ['with slots for times', { times: 'replay' }, FEW_NIGHTS],
    ['in MessagePack', { times: 'replay', format: 'msgpack' }, FEW_NIGHTS],
    ['of some topics', { topics: ['*.hardware.*', 'tcs.*'] }, FEW_NIGHTS],
    ['of a time', { start: '+2h', end: '+5h30m' }, FEW_NIGHTS],
    ['of a time, primed', { start: '+3h', prime: true }, FEW_NIGHTS],
    ['sought', { seekS: FIRST_S + 3.3 * 3600 }, FEW_NIGHTS],
    ['sought and primed', { seekS: FIRST_S + 6.1 * 3600, prime: true }, FEW_NIGHTS],
  ];
  for (const [name, options, count] of cases) {
    it(`play as the same nights in databases do: ${name}, ${count} nights`, async () => {
      const expected = await playedEvents(nights.databases.slice(0, count), options);
      const found = await playedEvents(nights.mixed.slice(0, count), options);
      assert(expected.events.length > 0);
      assert.deepEqual({ ...found, notices: [] }, { ...expected, notices: [] });
    });
  }

  it('are read by threads as by the main thread', async () => {
    const mixed = nights.mixed.slice(0, FEW_NIGHTS);
    const expected = await playedEvents(mixed);
    assert.deepEqual(
      { ...(await playedEvents(mixed, { workers: 2 })), notices: [] },
      { ...expected, notices: [] },
    );
  });
});

async function writeNights(folder: string): Promise<Nights> {
  const databases: string[] = [];
  const mixed: string[] = [];
  const kinds = Object.entries(KINDS);
  for (let i = 0; i < NIGHTS; i++) {
    const database = join(folder, `night${i}.db`);
    const startUnixS = FIRST_S + i * STEP_S;
    await generate({ path: database, events: EVENTS, durationS: 3600, topics: 12, seed: i + 1, startUnixS });
    // Zeros at the end of a time are lost where it is converted from another unit.
    alterDatabase(
      database,
      "UPDATE attribute SET value = value || '1' WHERE key IN ('__wire_time', '__data_time')",
    );
    databases.push(database);
    const [name, write] = kinds[i % kinds.length];
    const path = join(folder, `night${i} as ${name}`);
    await write(database, path);
    mixed.push(path);
  }
  return { databases, mixed };
}

type WriteKind = (database: string, path: string) => Promise<void> | void;

/** A copy of a database that was changed. */
function altered(sql: string): WriteKind {
  return (database, path) => {
    copyFileSync(database, path);
    alterDatabase(path, sql);
  };
}

function asMcap(choices: McapChoices): WriteKind {
  return async (database, path) => {
    await writeMcap(path, await fileEvents(database), { chunkBytes: 20_000, ...choices });
  };
}

const asJsonLines: WriteKind = async (database, path) => writeJsonLines(path, await fileEvents(database));

/** Each kind of file, by the ending of its name: what writes a night in it. */
const KINDS: Readonly<Record<string, WriteKind>> = {
  'it.db': copyFileSync,
  'lines.jsonl': asJsonLines,
  'packed.jsonl.gz': asJsonLines,
  'zstd.mcap': asMcap({ compression: 'zstd' }),
  'lz4.mcap': asMcap({ compression: 'lz4' }),
  'without-summary.mcap': asMcap({ useSummary: false, useMessageIndex: false, compression: 'lz4' }),
  'without-chunks.mcap': asMcap({ useChunks: false }),
  'without-indexes.mcap': asMcap({ useMessageIndex: false }),
  'foreign.mcap': asMcap({
    library: 'another program',
    timesNs: () => ({ logTime: 5n, publishTime: 7n }),
    compression: 'zstd',
  }),
  'converted.mcap': async (database, output) => {
    await convert({ databases: database, output, typed: false });
  },
  'converted.db': async (database, output) => {
    await convert({ databases: database, output });
  },
  'unindexed.db': altered('DROP INDEX attribute_event_id'),
  'renamed.db': altered(`
    ALTER TABLE event RENAME COLUMN event_id TO id;
    ALTER TABLE event RENAME COLUMN topic TO name;
    ALTER TABLE event RENAME TO Events;
    ALTER TABLE attribute RENAME COLUMN key TO name;
    ALTER TABLE attribute RENAME COLUMN value TO val;
    ALTER TABLE attribute RENAME COLUMN data_type TO type;
    ALTER TABLE attribute RENAME TO Attributes;
  `),
  'views.db': (database, path) => {
    copyFileSync(database, path);
    putViews(path);
  },
  'milliseconds.db': altered(`
    UPDATE event SET data_time = NULL;
    UPDATE attribute SET value = substr(value, 1, 10) || substr(value, 12, 3) || '.' || substr(value, 15)
      WHERE key IN ('__wire_time', '__data_time');
  `),
  'json-column.db': async (database, path) => {
    const { events } = await playedEvents([database]);
    writeJsonEvents(
      path,
      events.map(({ topic, payload, dueS }) => ({ topic, time: dueS, json: payload.toString() })),
    );
  },
};
