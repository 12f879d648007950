import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventTable } from '../../src/database/events/event-table.js';
import { PageTopics } from '../../src/database/events/page-topics.js';
import { TopicStates } from '../../src/database/events/topic-states.js';
import { PageTransaction } from '../../src/database/pages/page-transaction.js';
import { attributeHistory } from '../../src/database/places/attribute-history.js';
import { topicCounts } from '../../src/database/places/topic-counts.js';
import { connectTo } from '../../src/database/recording.js';
import { filterOfTopic, topicFilter } from '../../src/selection/topic-filter.js';
import { PLAIN_RULES, withReader } from '../support/decoded-event.js';
import { openRecording } from '../support/open-recording.js';
import {
  asked,
  FIRST_TIME_S,
  makeNight,
  type NightShape,
  nightShapes,
  PLAIN_NIGHT,
} from '../support/shaped-night.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BINS = { fromS: FIRST_TIME_S, toS: FIRST_TIME_S + 100, bins: 30 };
const samples = fc.constantFrom(undefined, 1, 3);

/** Topics, rows and times of all events, and how many were read from pages. */
function topicsOf(path: string, folder: string, withPages: boolean, filter?: readonly string[]) {
  const recording = openRecording(path, { scratchFolder: folder });
  const connection = connectTo(recording);
  const transaction = new PageTransaction(connection, recording.readPath);
  const rules = { ...PLAIN_RULES, filter: filter && topicFilter({ topics: filter }) };
  const pages = withPages ? PageTopics.of(connection, transaction, recording, rules.filter) : undefined;
  let fromPages = 0;
  try {
    if (pages !== undefined) {
      const read = pages.read.bind(pages);
      pages.read = (...range) => {
        const step = read(...range);
        fromPages += step?.topics.length ?? 0;
        return step;
      };
    }
    const table = new EventTable(connection, recording.schema);
    const states = new TopicStates(connection, recording, rules, table, pages);
    const found: unknown[] = [];
    if (recording.rows !== undefined) {
      for (const { topics, rowOf, tableTimesS } of states.steps(recording.rows, true))
        for (const [i, topic] of topics.entries()) found.push([topic, rowOf(i), tableTimesS?.[i]]);
    }
    return { found, fromPages };
  } finally {
    connection.close();
    transaction.close();
  }
}

test('topics and times are those that SQLite reads, whatever the night is like', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  let [fromPages, events] = [0, 0];
  fc.assert(
    fc.property(nightShapes, asked, (shape, { filter }) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      const pages = topicsOf(path, folder, true, filter);
      assert.deepEqual(pages.found, topicsOf(path, folder, false, filter).found);
      fromPages += pages.fromPages;
      events += shape.events;
    }),
    { numRuns: 30 },
  );
  assert.ok(fromPages > events / 4, `${fromPages} of ${events} events were read from pages`);
});

test('a strip has the same numbers, and a history the same values, by pages and by SQLite', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  fc.assert(
    fc.property(nightShapes, asked, samples, (shape, { filter, ranges, rules }, samples) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      const [pages, sql] = (['pages', 'sql'] as const).map((reader) => {
        const wanted = filter && topicFilter({ topics: filter });
        const counts = withReader(path, { ...PLAIN_RULES, reader, filter: wanted }, (batches) => {
          const { recording, table, states } = batches;
          const options = { bins: BINS, ranges, samples };
          return recording.rows && topicCounts(table, states, recording.rows, options, () => {});
        });
        const topic = 'tcs.source1.status';
        const ofTopic = { ...PLAIN_RULES, ...rules, reader, filter: filterOfTopic(topic, undefined) };
        const history = withReader(path, { ...ofTopic, timeSlots: false }, (batches) => {
          const options = { topic, attribute: 'key 3', bins: BINS, ranges, samples };
          return (
            batches.recording.rows && attributeHistory(batches, batches.recording.rows, options, () => {})
          );
        });
        return { counts, history };
      });
      assert.deepEqual(pages, sql);
    }),
    { numRuns: 15 },
  );
});

for (const shape of [
  {},
  { topic: 'parts' },
  { ids: 'any texts', pageBytes: 512 },
  { isVacuumed: true },
] as const)
  test(`the topics of a log are all read from pages: ${JSON.stringify(shape)}`, (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'night.db');
    makeNight(path, { ...PLAIN_NIGHT, ...shape } satisfies NightShape);
    const { found, fromPages } = topicsOf(path, folder, true);
    assert.deepEqual([found.length, fromPages], [PLAIN_NIGHT.events, PLAIN_NIGHT.events]);
  });

test('an event without a usable time counts at the time that it is due, and those beside it at their own', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  const db = createDatabase(path);
  db.exec(`CREATE TABLE event(event_id INTEGER PRIMARY KEY, topic TEXT, data_time REAL);
    CREATE TABLE attribute(event_id INTEGER, key TEXT, value TEXT); CREATE INDEX i ON attribute(event_id);
    INSERT INTO event VALUES (1, 'a.b.c', ${FIRST_TIME_S + 1}), (2, 'a.b.c', NULL), (3, 'a.b.c', ${FIRST_TIME_S + 9});
    INSERT INTO attribute VALUES (1, '__wire_time', '${FIRST_TIME_S + 3}'), (2, '__wire_time', '${FIRST_TIME_S + 5}'),
      (3, '__wire_time', '${FIRST_TIME_S + 9}')`);
  db.close();
  const bins = { fromS: FIRST_TIME_S, toS: FIRST_TIME_S + 10, bins: 10 };
  for (const reader of ['pages', 'sql'] as const)
    withReader(path, { ...PLAIN_RULES, reader }, ({ recording, table, states }) => {
      assert.ok(recording.rows !== undefined);
      const options = { bins, ranges: undefined, samples: undefined };
      const { firstBin, counts } = topicCounts(table, states, recording.rows, options, () => {});
      assert.deepEqual([firstBin, [...counts]], [1, [1, 0, 0, 0, 1, 0, 0, 0, 1]]);
    });
});

test('the values of samples are some of all values', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, events: 700 });
  const topic = 'tcs.source1.status';
  withReader(path, { ...PLAIN_RULES, filter: filterOfTopic(topic, undefined) }, (reader) => {
    const { rows } = reader.recording;
    assert.ok(rows !== undefined);
    const read = (samples: number | undefined) =>
      attributeHistory(
        reader,
        rows,
        { topic, attribute: '__wire_time', bins: BINS, ranges: undefined, samples },
        () => {},
      );
    const [all, some] = [read(undefined), read(3)];
    assert.ok(some.numbers > 0 && some.numbers < all.numbers, `${some.numbers} of ${all.numbers}`);
    for (const [i, least] of some.min.entries()) {
      const at = some.firstBin + i - all.firstBin;
      if (!Number.isNaN(least)) assert.ok(all.min[at] <= least && all.max[at] >= some.max[i]);
    }
  });
});
