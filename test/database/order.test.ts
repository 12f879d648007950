import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { mergeOrder, sortPart } from '../../src/database/order/order.js';
import { type OrderedRows, OrderFile } from '../../src/database/order/order-file.js';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { decodedEvents, PLAIN_RULES, readBatches, withReader } from '../support/decoded-event.js';
import { pythonDouble } from '../support/exact-number.js';
import { plainEvent, type Stored, type StoredEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type ByTime = Exclude<SortBy, 'none'>;
const ORDERS: readonly ByTime[] = ['__data_time', '__wire_time'];

interface Times {
  readonly table: Stored;
  readonly data: Stored | undefined;
  readonly wire: Stored | undefined;
}

/** Few times, so that they are often equal, as numbers and as text, and some that are none. */
const time = fc.constantFrom<Stored[]>(
  5n,
  5.5,
  '5',
  ' 5.50 ',
  '-1',
  7n,
  '1e1',
  1_521_854_100.25,
  2n ** 62n,
  null,
  'soon',
  '',
  Buffer.from('6'),
  Infinity,
);
const eventTimes: fc.Arbitrary<Times[]> = fc.array(
  fc.record({
    table: time,
    data: fc.option(time, { nil: undefined }),
    wire: fc.option(time, { nil: undefined }),
  }),
  { maxLength: 40 },
);

function eventsWith(times: readonly Times[], idOf = (i: number) => BigInt(i + 1)): StoredEvent[] {
  return times.map(({ table, data, wire }, i) => ({
    id: idOf(i),
    topic: 'a.b.c',
    dataTime: table,
    attributes: [
      ...(wire === undefined ? [] : [{ key: '__wire_time', value: wire, dataType: 'number' }]),
      ...(data === undefined ? [] : [{ key: '__data_time', value: data, dataType: 'number' }]),
    ],
  }));
}

/** The order of a recording, sorted in so many ranges and merged. */
async function orderOf(path: string, sortBy: ByTime, ranges = 1): Promise<OrderedRows> {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-test-order-'));
  try {
    const runs = withReader(path, PLAIN_RULES, ({ table, recording: { rows } }) => {
      if (rows === undefined) return [];
      const step = (rows.last - rows.first) / BigInt(ranges) + 1n;
      return Array.from({ length: ranges }, (_, i) => {
        const first = rows.first + BigInt(i) * step;
        const last = first + step - 1n;
        const range = { first, last: last < rows.last ? last : rows.last };
        return sortPart(table, sortBy, range, range.first, join(folder, `run-${i}-`), () => {}).paths;
      }).flat();
    });
    const order = join(folder, 'order');
    mergeOrder(runs, order, () => {});
    assert.deepEqual(readdirSync(folder), ['order']);
    const file = await OrderFile.open(order);
    assert.ok(file !== undefined);
    try {
      return await file.read(0, file.count);
    } finally {
      await file.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The row ids of a recording by time. */
async function sorted(path: string, sortBy: ByTime, ranges?: number): Promise<bigint[]> {
  const { rows } = await orderOf(path, sortBy, ranges);
  return [...rows];
}

function usable(value: Stored | undefined): number | undefined {
  const number = typeof value === 'string' ? pythonDouble(value) : Number(value ?? Number.NaN);
  return Number.isFinite(number) && !(value instanceof Uint8Array) ? number : undefined;
}

/** What an event is sorted by: the time asked for, else the other one, else nothing, which comes first. */
function keyOf({ table, data, wire }: Times, sortBy: ByTime): number {
  const tried = sortBy === '__data_time' ? [table, data, wire] : [wire, data, table];
  return tried.map(usable).find((each) => each !== undefined) ?? Number.NEGATIVE_INFINITY;
}

for (const sortBy of ORDERS) {
  test(`sorts by ${sortBy} as a stable sort does, untimed events first, whatever ranges are merged`, async (context) => {
    const folder = temporaryFolder(context);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(eventTimes, fc.integer({ min: 1, max: 5 }), async (times, ranges) => {
        const path = join(folder, `${run++}.db`);
        writeEvents(path, eventsWith(times));
        const keys = times.map((each) => keyOf(each, sortBy));
        const places = keys
          .map((_, i) => i)
          .sort((a, b) => (keys[a] === keys[b] ? a - b : keys[a] < keys[b] ? -1 : 1));
        assert.deepEqual(
          await sorted(path, sortBy, ranges),
          places.map((i) => BigInt(i + 1)),
        );
      }),
      { numRuns: 30 },
    );
  });
}

function write(context: TestContext, events: StoredEvent[], index = true): string {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, events, { index });
  return path;
}

test('lets the other time stand in for one that is missing or unusable', async (context) => {
  const path = write(
    context,
    eventsWith([
      { table: 30n, data: undefined, wire: 1n },
      { table: null, data: 20n, wire: 2n },
      { table: 'soon', data: 'late', wire: 10n },
      { table: null, data: undefined, wire: undefined },
      { table: 25n, data: 40n, wire: 'never' },
    ]),
  );
  assert.deepEqual(await sorted(path, '__data_time'), [4n, 3n, 2n, 5n, 1n]);
  assert.deepEqual(await sorted(path, '__wire_time'), [4n, 1n, 2n, 3n, 5n]);
});

test('takes the last of a time that occurs twice', async (context) => {
  const [event] = eventsWith([{ table: null, data: undefined, wire: 9n }]);
  const twice = {
    ...event,
    id: 2n,
    attributes: [...event.attributes, { key: '__wire_time', value: '3', dataType: 'number' }],
  };
  for (const index of [true, false])
    assert.deepEqual(await sorted(write(context, [event, twice], index), '__wire_time'), [2n, 1n]);
});

test('sorts the due times that the events are sent by', async (context) => {
  const events = Array.from({ length: 300 }, (_, i) => ({
    ...plainEvent(BigInt(i + 1)),
    attributes: [{ key: '__wire_time', value: String((i * 7919) % 101), dataType: 'number' }],
  }));
  const path = write(context, events);
  const { rows: list, dueS: known } = await orderOf(path, '__wire_time');
  withReader(path, PLAIN_RULES, (reader) => {
    const dueS = readBatches(reader, { list })
      .flatMap(decodedEvents)
      .map((event) => event.dueS);
    assert.deepEqual(dueS, [...known]);
    assert.deepEqual(
      dueS,
      dueS.toSorted((a, b) => a - b),
    );
  });
});

test('sorts more events than it reads at a time, up to the largest row id', async (context) => {
  // Twice what is read at a time, exactly, so that nothing says that there is no more.
  const count = 8192;
  const idOf = (i: number) => (i === count - 1 ? 2n ** 63n - 1n : BigInt(i) - 4000n);
  const events = eventsWith(
    Array.from({ length: count }, (_, i) => ({ table: null, data: undefined, wire: BigInt(i % 3) })),
    idOf,
  );
  const path = write(context, events);
  const expected = [0, 1, 2].flatMap((rest) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => i % 3 === rest),
  );
  assert.deepEqual(await sorted(path, '__wire_time'), expected.map(idOf));
});

test('has no order for no events', async (context) => {
  assert.deepEqual(await sorted(write(context, []), '__data_time'), []);
});
