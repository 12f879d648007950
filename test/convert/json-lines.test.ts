import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { convert } from '../../src/convert/convert.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { archiveEvents, frames, TYPED } from '../support/archive-events.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';

describe('JSON lines', () => {
  let folder: string;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-lines-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('hold what a replay sends with the recorded times, byte for byte, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryEvents({ maxLength: 60 }),
        fc.boolean(),
        fc.boolean(),
        async (events, typed, gzip) => {
          const path = join(folder, `${files++}.db`);
          writeEvents(path, events);
          const output = join(folder, `${files++}.jsonl${gzip ? '.gz' : ''}`);
          const outcome = await convert({ databases: path, output, typed, workers: 0 });
          const sent = await archiveEvents(path, typed ? TYPED : {});
          assert.equal(outcome.events, sent.length);
          assert.deepEqual(lines(output), frames(sent));
          const written = readFileSync(output);
          assert.equal(outcome.sizeBytes, written.length);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('hold several recordings, merged, selected, sorted and primed as a replay does', async () => {
    const paths = [0, 1, 2].map((night) => {
      const path = join(folder, `${files++}.db`);
      const topics = ['tracker.drive.x', 'tracker.drive.y', 'pas.guide.z'];
      const events = Array.from({ length: 300 }, (_, i) => ({
        ...plainEvent(BigInt(night + 3 * i), topics[(i + night) % 3], { i: String(i), night: String(night) }),
        id: BigInt(i + 1),
      }));
      writeEvents(path, events);
      return path;
    });
    for (const options of [
      {},
      { start: '+60s', end: '+200s', prime: true },
      { topics: 'tracker.*', exclude: '*.y' },
      { sortBy: '__wire_time' as const, limit: 77 },
    ]) {
      const output = join(folder, `${files++}.jsonl`);
      const { events, topics, primed } = await convert({ databases: paths, output, ...options, workers: 1 });
      const sent = await archiveEvents(paths, { ...TYPED, ...options });
      const wanted = frames(sent).slice(0, options.limit);
      assert.deepEqual(lines(output), wanted);
      assert.equal(events, wanted.length);
      assert.equal(primed, options.prime === true ? 3 : 0);
      assert.deepEqual(
        topics.map(({ topic, events }) => [topic, events]),
        [...new Set(wanted.map(([topic]) => topic))].map((topic) => [
          topic,
          wanted.filter((event) => event[0] === topic).length,
        ]),
      );
    }
  });
});

/** Topic and payload of each line: the payload as it stands there. */
function lines(path: string): [topic: string, payload: string][] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { topic } = JSON.parse(line) as { topic: string };
      const head = `{"topic":${JSON.stringify(topic)},"event":`;
      assert.ok(line.startsWith(head) && line.endsWith('}'));
      return [topic, line.slice(head.length, -1)];
    });
}
