import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  subscribedPrefixes,
  type TopicChoice,
  topicFilter,
  topicTest,
} from '../../src/selection/topic-filter.js';
import { eventsOf, PLAIN_RULES } from '../support/decoded-event.js';
import { createDatabase, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TOPICS = [
  'tracker.drive.position',
  'tracker.drive.x',
  'lrs2.hardware.status',
  'TRACKER.drive.x',
  'a.[x].b',
  'a.*.b',
  '',
  'guider.🔭.c',
  'line\nbreak',
];

function sent(path: string, choice: TopicChoice): string[] {
  return eventsOf(path, { ...PLAIN_RULES, filter: topicFilter(choice) }).map(({ topic }) => topic);
}

/** Whether a name or pattern stands for a topic, sign by sign. */
function standsFor([sign, ...further]: string[], [first, ...others]: string[]): boolean {
  if (sign === undefined) return first === undefined;
  if (sign === '*') {
    return (
      standsFor(further, first === undefined ? [] : [first, ...others]) ||
      (first !== undefined && standsFor([sign, ...further], others))
    );
  }
  return first !== undefined && (sign === '?' || sign === first) && standsFor(further, others);
}

const name = fc.constantFrom(
  ...TOPICS,
  'tracker.*',
  '*.x',
  '?racker.*',
  '*[x]*',
  '*.?.?',
  '*\n*',
  '*',
  'no.such',
);
const names = fc.option(fc.array(name, { maxLength: 3 }), { nil: undefined });
const regex = fc.option(
  fc.constantFrom(
    '^tracker\\.',
    'x$',
    'drive|status',
    '(?:)',
    '^.{8}\\..\\.',
    '^guider\\..\\.c$',
    'no such',
    '\\p{Lu}',
  ),
  { nil: undefined },
);

test('sends what topics, exclusions and a regular expression together ask for', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(
    path,
    TOPICS.map((topic, i) => plainEvent(BigInt(i + 1), topic)),
  );
  fc.assert(
    fc.property(names, names, names, regex, (topics, exclude, addressed, regex) => {
      const isOneOf = (all: readonly string[] = [], topic: string) =>
        all.some((pattern) => standsFor([...pattern], [...topic]));
      const isAll = (topics ?? []).length === 0 && regex === undefined;
      const expected = TOPICS.filter((topic) => {
        const isWanted =
          isOneOf(topics, topic) || (regex !== undefined && new RegExp(regex, 'u').test(topic));
        const hasAddress = (addressed ?? []).length === 0 || isOneOf(addressed, topic);
        return (isAll || isWanted) && hasAddress && !isOneOf(exclude, topic);
      });
      const choice = { topics, exclude, regex, ...(addressed && { addressed }) };
      assert.deepEqual(sent(path, choice), expected);
      assert.deepEqual(TOPICS.filter(topicTest(topicFilter(choice))), expected);
    }),
    { numRuns: 200 },
  );
});

test('wants no topic that a subscriber to its prefixes does not get', () => {
  fc.assert(
    fc.property(names, names, names, regex, (topics, exclude, addressed, regex) => {
      const filter = topicFilter({ topics, exclude, regex, ...(addressed && { addressed }) });
      const prefixes = subscribedPrefixes(filter);
      for (const topic of TOPICS.filter(topicTest(filter)))
        assert.ok(
          prefixes.some((prefix) => topic.startsWith(prefix)),
          topic,
        );
    }),
  );
  const only = topicFilter({ topics: ['gc1', 'lrs2.*'], exclude: ['lrs2.a'], addressed: ['*'] });
  assert.deepEqual(subscribedPrefixes(only), ['gc1', 'lrs2.']);
  assert.deepEqual(subscribedPrefixes(topicFilter({ addressed: ['a.*', 'b'] })), ['b', 'a.']);
  assert.deepEqual(subscribedPrefixes(topicFilter({ topics: ['a'], regex: 'b' })), ['']);
});

test('matches topics that are made of attributes, and those of a database in UTF-16', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = createDatabase(path);
  db.pragma("encoding = 'UTF-16le'");
  db.exec(`
    CREATE TABLE event (event_id INTEGER PRIMARY KEY);
    CREATE TABLE attribute (event_id INTEGER, key TEXT, value TEXT);
    CREATE INDEX i ON attribute (event_id);
    INSERT INTO event VALUES (1), (2), (3);
    INSERT INTO attribute VALUES (1, '__system', 'a'), (1, '__source', '🔭'), (1, '__key', 'c'),
      (2, '__system', 'a'), (2, '__source', 'b'), (2, '__key', 'c');
  `);
  db.close();
  assert.deepEqual(sent(path, { regex: '^a\\..\\.c$' }), ['a.🔭.c', 'a.b.c']);
  assert.deepEqual(sent(path, { regex: '^a', exclude: ['a.b.*'] }), ['a.🔭.c']);
  assert.deepEqual(sent(path, { exclude: ['a.*'] }), ['..']);
});

test('says what is wrong with a regular expression', () => {
  assert.equal(topicFilter({}), undefined);
  assert.throws(() => topicFilter({ regex: 'a(' }), {
    code: 'BAD_OPTION',
    message: 'Expected topicsRegex to be a regular expression, got "a(": Unterminated group',
  });
  assert.throws(() => topicFilter({ regex: '\\-' }), { code: 'BAD_OPTION', message: /: Invalid escape$/ });
});
