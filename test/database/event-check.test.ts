import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventCheck } from '../../src/database/check/event-check.js';
import { FindingList } from '../../src/database/check/finding.js';
import { checkIntegrity } from '../../src/database/check/table-check.js';
import type { EventReader } from '../../src/database/event-reader.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { openRecording } from '../support/open-recording.js';
import { makeNight, nightShapes } from '../support/shaped-night.js';
import { createDatabase, knownEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** All that is found in the events of a file, and how many of them were read from pages. */
function check(path: string, folder: string, reader: EventReader, eventsAStretch = 2048) {
  const recording = openRecording(path, { scratchFolder: folder });
  const events = new EventCheck(recording, reader);
  const found = new FindingList();
  let checked = 0;
  try {
    let lastS = Number.NaN;
    for (let from = recording.rows?.first; from !== undefined; ) {
      const stretch = events.check(from, recording.rows?.last as bigint, eventsAStretch, lastS);
      found.merge(stretch.findings);
      lastS = stretch.lastS;
      checked += stretch.events;
      from = stretch.next;
    }
    return { findings: found.findings, checked, fromPages: events.eventsFromPages };
  } finally {
    events.close();
  }
}

/** Events of a night, of which some have something of odd ones. */
const nights = fc
  .record({
    odd: arbitraryEvents(),
    events: fc.constantFrom(20, 150, 700),
    share: fc.constantFrom(0, 0.01, 0.2),
    picks: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
  })
  .map(({ odd, events, share, picks }) => {
    const pick = () => picks.next().value as number;
    return Array.from({ length: events }, (_, i) => {
      const known = knownEvent(BigInt(i + 1));
      if (odd.length === 0 || pick() >= share) return known;
      return spoilt(known, odd[Math.floor(pick() * odd.length)], Math.floor(pick() * 6), pick);
    });
  });

function spoilt(known: StoredEvent, odd: StoredEvent, kind: number, pick: () => number): StoredEvent {
  const { attributes } = known;
  const at = Math.floor(pick() * attributes.length);
  const [wireTime] = attributes.filter(({ key }) => key === '__wire_time');
  const others = attributes.filter((attribute) => attribute !== wireTime);
  switch (kind) {
    case 0:
      return { ...odd, id: known.id };
    case 1:
      return { ...known, topic: odd.topic };
    case 2:
      return { ...known, dataTime: odd.dataTime };
    case 3:
      return { ...known, attributes: attributes.toSpliced(at, 1) };
    case 4: {
      const moved = String(Number(wireTime.value) + 4000 * pick() - 2000);
      return { ...known, attributes: [...others, { ...wireTime, value: moved }] };
    }
    default:
      return { ...known, attributes: attributes.toSpliced(at, 0, ...odd.attributes) };
  }
}

test('a check finds in pages what it finds by SQLite, whatever is odd', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  let [fromPages, checked] = [0, 0];
  fc.assert(
    fc.property(nights, fc.constantFrom(50, 2048), (events, eventsAStretch) => {
      const path = join(folder, `${made++}.db`);
      writeEvents(path, events);
      const pages = check(path, folder, 'pages', eventsAStretch);
      const sql = check(path, folder, 'sql', eventsAStretch);
      assert.deepEqual(pages.findings, sql.findings);
      assert.equal(pages.checked, events.length);
      assert.deepEqual([sql.checked, sql.fromPages], [events.length, 0]);
      fromPages += pages.fromPages;
      checked += pages.checked;
    }),
    { numRuns: 70 },
  );
  assert.ok(fromPages > checked / 4, `${fromPages} of ${checked} events were read from pages`);
});

test('a check finds in pages what it finds by SQLite, however the tables are laid out', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  fc.assert(
    fc.property(nightShapes, (shape) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      const db = createDatabase(path);
      for (const key of ['__system', '__source', '__key', '__data'])
        db.prepare(`INSERT INTO attribute SELECT event_id, ?, 'x', 'string' FROM event`).run(key);
      // The rows of an event are put next to each other again.
      db.exec(`CREATE TABLE sorted AS SELECT * FROM attribute ORDER BY event_id; DELETE FROM attribute;
        INSERT INTO attribute SELECT * FROM sorted; DROP TABLE sorted`);
      db.close();
      assert.deepEqual(check(path, folder, 'pages').findings, check(path, folder, 'sql').findings);
    }),
    { numRuns: 30 },
  );
});

test('a plain night is checked in pages alone', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  writeEvents(
    path,
    Array.from({ length: 3000 }, (_, i) => knownEvent(BigInt(i + 1))),
  );
  assert.deepEqual(check(path, folder, 'pages'), { findings: [], checked: 3000, fromPages: 3000 });
});

test('one flipped bit anywhere: what is not found in pages is found by the check of SQLite', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  writeEvents(
    path,
    Array.from({ length: 200 }, (_, i) => knownEvent(BigInt(i + 1))),
  );
  const bytes = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(path, damaged);
      const outcome = (reader: EventReader) => {
        try {
          return check(path, folder, reader).findings;
        } catch (error) {
          return String(error);
        }
      };
      const [pages, sql] = [outcome('pages'), outcome('sql')];
      try {
        assert.deepEqual(pages, sql);
      } catch (error) {
        if (checkIntegrity(path, false).length === 0) throw error;
      }
    }),
    { numRuns: 150 },
  );
});
