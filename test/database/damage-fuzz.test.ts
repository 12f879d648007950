import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Damage, DamageReason } from '../../src/batch/damage.js';
import { BatchReader } from '../../src/database/events/batch-reader.js';
import { mergeOrder, sortPart } from '../../src/database/order/order.js';
import { OrderFile } from '../../src/database/order/order-file.js';
import type { Rows } from '../../src/database/rows.js';
import { TcsReplayError } from '../../src/shared/errors.js';
import { makeNight, type Night, type NightEvent, type NightShape } from '../support/damaged-night.js';
import { decodedEvents, PLAIN_RULES, readBatches } from '../support/decoded-event.js';
import { openRecording } from '../support/open-recording.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Of as many events as it takes for trees of some depth: salvage goes through what is lost row by row. */
const SHAPES: NightShape[] = [
  { name: 'plain', pageSize: 1024, events: 160 },
  { name: 'sparse ids', pageSize: 512, events: 160, rowStep: 100_003n },
  { name: 'no index', pageSize: 512, events: 160, index: false },
  { name: 'text ids', pageSize: 512, events: 120, textIds: true },
  { name: 'long values', pageSize: 1024, events: 120, longValue: 1500 },
  { name: 'text ids without index', pageSize: 512, events: 120, textIds: true, index: false },
];
const SEEDS_A_SHAPE = 24;
/** Far beyond what any of them takes: a hang, not a slow machine. */
const LONGEST_MS = 60_000;

type Random = (below: number) => number;

/** What was done to a file. */
interface Corruption {
  readonly what: string;
  readonly bytes: Buffer;
  /** The pages whose contents are gone, where nothing else is changed: then all that is sent is as it was. */
  readonly gonePages: ReadonlySet<number> | undefined;
}

const CORRUPTIONS: ((night: Night, random: Random) => Corruption)[] = [
  ({ bytes, pageSize }, random) => {
    const length =
      random(4) === 0 ? pageSize * (1 + random(bytes.length / pageSize)) : 100 + random(bytes.length - 100);
    const pages = bytes.length / pageSize;
    const gone = Array.from({ length: pages }, (_, i) => i + 1).filter((page) => page * pageSize > length);
    return { what: `cut at ${length}`, bytes: bytes.subarray(0, length), gonePages: new Set(gone) };
  },
  (night, random) => {
    const pages = Array.from(
      { length: 1 + random(4) },
      () => 1 + random(night.bytes.length / night.pageSize),
    );
    const bytes = Buffer.from(night.bytes);
    for (const page of pages) bytes.fill(0, (page - 1) * night.pageSize, page * night.pageSize);
    return { what: `pages ${pages} zeroed`, bytes, gonePages: new Set(pages) };
  },
  (night, random) => {
    const bytes = Buffer.from(night.bytes);
    const bits = Array.from({ length: 1 + random(20) }, () => random(bytes.length * 8));
    for (const bit of bits) bytes[bit >> 3] ^= 1 << (bit & 7);
    return { what: `bits ${bits} flipped`, bytes, gonePages: undefined };
  },
  (night, random) => {
    // Where the structure is: the beginnings of pages.
    const bytes = Buffer.from(night.bytes);
    const page = 1 + random(bytes.length / night.pageSize);
    const at = (page - 1) * night.pageSize + random(40);
    for (let i = 0; i < 1 + random(8); i++) bytes[at + i] = random(256);
    return { what: `noise at ${at}`, bytes, gonePages: undefined };
  },
  (night, random) => {
    const [a, b] = [
      1 + random(night.bytes.length / night.pageSize),
      1 + random(night.bytes.length / night.pageSize),
    ];
    const bytes = Buffer.from(night.bytes);
    const page = (number: number) =>
      night.bytes.subarray((number - 1) * night.pageSize, number * night.pageSize);
    page(a).copy(bytes, (b - 1) * night.pageSize);
    page(b).copy(bytes, (a - 1) * night.pageSize);
    return { what: `pages ${a} and ${b} swapped`, bytes, gonePages: undefined };
  },
  (night, random) => {
    const [from, to] = [
      1 + random(night.bytes.length / night.pageSize),
      1 + random(night.bytes.length / night.pageSize),
    ];
    const bytes = Buffer.from(night.bytes);
    night.bytes.copy(bytes, (to - 1) * night.pageSize, (from - 1) * night.pageSize, from * night.pageSize);
    return { what: `page ${from} copied over ${to}`, bytes, gonePages: undefined };
  },
  (night, random) => {
    const bytes = Buffer.from(night.bytes);
    const at = random(100);
    for (let i = 0; i < 1 + random(4) && at + i < 100; i++) bytes[at + i] = random(256);
    return { what: `noise in the header at ${at}`, bytes, gonePages: undefined };
  },
  (night, random) => {
    const bytes = Buffer.from(night.bytes);
    const size = [1, 512, 1024, 4096, 32768, 777, 0][random(7)];
    bytes.writeUInt16BE(size, 16);
    return { what: `page size ${size}`, bytes, gonePages: undefined };
  },
];

for (const shape of SHAPES) {
  test(`plays what can be read of a damaged night: ${shape.name}`, async (context) => {
    const root = temporaryFolder(context);
    const night = makeNight(root, shape);
    const folder = join(root, 'nights');
    mkdirSync(folder);
    const path = join(folder, 'night.db');
    for (let seed = 1; seed <= SEEDS_A_SHAPE; seed++) {
      const random = randomOf(seed);
      const corruption = CORRUPTIONS[seed % CORRUPTIONS.length](night, random);
      const isSorted = random(3) === 0;
      const what = `seed ${seed}, ${corruption.what}${isSorted ? ', sorted' : ''}`;
      writeFileSync(path, corruption.bytes);
      const checksum = sha256(path);
      const beganMs = performance.now();
      const scratch = join(root, 'scratch');
      mkdirSync(scratch);
      let played: Played | undefined;
      try {
        played = await play(path, scratch, isSorted);
      } catch (error) {
        assert.ok(error instanceof TcsReplayError, `${what}: ${(error as Error).stack}`);
        assert.match(error.code, /^(NOT_A_DATABASE|UNKNOWN_SCHEMA|READ_FAILED)$/, `${what}: ${error}`);
        assert.match(error.message, /night\.db/, what);
        assert.ok(corruption.gonePages?.has(1) ?? true, `${what}: ${error}`);
      } finally {
        rmSync(scratch, { recursive: true });
      }
      assert.ok(performance.now() - beganMs < LONGEST_MS, `${what}: took ${performance.now() - beganMs} ms`);
      assert.deepEqual([readdirSync(folder), sha256(path)], [['night.db'], checksum], what);
      if (played !== undefined) check(night, corruption, played, isSorted, what);
    }
  });
}

interface Played {
  readonly payloads: readonly string[];
  readonly damage: readonly Damage[];
}

async function play(path: string, scratchFolder: string, isSorted: boolean): Promise<Played> {
  const recording = openRecording(path, { scratchFolder });
  const reader = new BatchReader(recording, PLAIN_RULES);
  try {
    if (recording.rows === undefined) return { payloads: [], damage: recording.damage };
    const damage: Damage[] = [...recording.damage];
    let rows: Rows = recording.rows;
    if (isSorted) {
      const sorted = sortPart(
        reader.table,
        '__wire_time',
        recording.rows,
        recording.rows.first,
        join(scratchFolder, 'sorted-'),
        () => {},
      );
      damage.push(...sorted.damage);
      rows = { list: await inOrder(sorted.paths, join(scratchFolder, 'order')) };
    }
    const batches = readBatches(reader, rows);
    return {
      payloads: batches.flatMap(decodedEvents).map(({ payload }) => payload.toString()),
      damage: [...damage, ...batches.flatMap((batch) => [...batch.damage])],
    };
  } finally {
    reader.close();
  }
}

async function inOrder(runs: readonly string[], path: string): Promise<BigInt64Array<ArrayBuffer>> {
  mergeOrder(runs, path, () => {});
  const order = await OrderFile.open(path);
  assert.ok(order !== undefined);
  try {
    return (await order.read(0, order.count)).rows;
  } finally {
    await order.close();
  }
}

function check(night: Night, corruption: Corruption, played: Played, isSorted: boolean, what: string): void {
  const { payloads, damage } = played;
  const { gonePages } = corruption;
  for (const payload of payloads) assert.equal(typeof JSON.parse(payload), 'object', what);

  // Whole events come in order, none twice.
  const events = new Map(night.events.map((event) => [event.payload, event]));
  const known = payloads.map((payload) => events.get(payload)).filter((event) => event !== undefined);
  const keyOf = (event: NightEvent) => (isSorted ? BigInt(event.wireTime) : event.row);
  // A flipped bit can turn an event's id into another's, or an entry of the index that leads to its time.
  const areKeysKnown = gonePages !== undefined || (!isSorted && night.shape.textIds !== true);
  for (const [i, event] of areKeysKnown ? known.entries() : []) {
    if (i > 0)
      assert.ok(keyOf(event) > keyOf(known[i - 1]), `${what}: row ${event.row} after ${known[i - 1].row}`);
  }
  if (gonePages === undefined) return;

  // What is sent otherwise than it was is told of; but for values that are zeros now, which cannot be told.
  const isTold = (row: bigint, reason?: DamageReason) =>
    damage.some(
      (stretch) =>
        stretch.table === 'event' &&
        stretch.firstRow <= row &&
        row <= stretch.lastRow &&
        (reason === undefined ? stretch.lostEvents !== 0 : stretch.reason === reason),
    );
  const areOverflowsGone = [...gonePages].some((page) => night.overflowPages.has(page));
  const changed = payloads.filter((payload) => !events.has(payload));
  if (!areOverflowsGone) {
    const doubtful = damage.filter(({ reason }) => reason === 'doubtful event');
    const most = doubtful.reduce((sum, { firstRow, lastRow }) => sum + Number(lastRow - firstRow) + 1, 0);
    assert.ok(changed.length <= most, `${what}: ${changed}`);
  }

  const sent = new Set(known);
  for (const event of night.events) {
    if (sent.has(event)) continue;
    const isIntact = [...event.pages].every((page) => !gonePages.has(page));
    assert.ok(!isIntact, `${what}: row ${event.row} is missing, its pages ${[...event.pages]} are whole`);
    const isLossTold = isTold(event.row) || isTold(event.row, 'doubtful event') || areOverflowsGone;
    assert.ok(isLossTold, `${what}: the loss of row ${event.row} is not told`);
  }
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Mulberry32: small, seeded, the same everywhere. */
function randomOf(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
