import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { character } from '../../support/arbitrary-event.js';
import { playedEvents } from '../../support/played-events.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { type FileEvent, fileEvents, writeJsonLines } from '../../support/written-file.js';

const LINE = '{"topic":"a.b.c","event":{"n":1}}';

describe('JSON lines', () => {
  it('give their events, byte for byte', async (context) => {
    const folder = temporaryFolder(context);
    const event = fc.record({
      topic: fc.string({ unit: character }),
      payload: fc
        .dictionary(fc.string({ unit: character }), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), fc.boolean(), async (events, isPacked) => {
        const path = join(folder, `night.jsonl${isPacked ? '.gz' : ''}`);
        writeJsonLines(path, events);
        assert.deepEqual(await fileEvents(path), events.map(wellFormed));
      }),
      { numRuns: 20 },
    );
  });

  it('keep the text of numbers', async (context) => {
    const path = join(temporaryFolder(context), 'numbers.jsonl');
    const payload = '{"a":123456789012345678901234567890,"b":1.10,"c":1E5,"d":-0.0,"e":NaN}';
    writeJsonLines(path, [{ topic: 'a.b.c', payload }]);
    const [event] = await fileEvents(path);
    assert.equal(event.payload, payload);
  });

  it('of any form are read: other members, another order, white space, returns, empty lines, no last end', async (context) => {
    const path = join(temporaryFolder(context), 'odd.jsonl');
    const lines = [
      '\ufeff{"event": {"n": 1}, "topic": "a.b.c"}\r',
      '',
      '  ',
      '{"topic":"a.b.c","event":{"n":2},"received":3}',
      '{ "topic" : "\\u0061.b.c" , "event" : { } }',
    ];
    writeFileSync(path, lines.join('\n'));
    const { events, damage } = await playedEvents([path]);
    assert.deepEqual(
      events.map(({ topic, payload }) => [topic, payload.toString()]),
      [
        ['a.b.c', '{"n": 1}'],
        ['a.b.c', '{"n":2}'],
        ['a.b.c', '{ }'],
      ],
    );
    assert.deepEqual(damage, []);
  });

  it('that cannot be read are told by their numbers', async (context) => {
    const path = join(temporaryFolder(context), 'bad.jsonl');
    const bad = [
      '{"topic":',
      '7',
      '{"topic":"a","event":[]}',
      '{"topic":1,"event":{}}',
      '{"topic":"a","event":{"b":}}',
    ];
    writeFileSync(path, [LINE, ...bad, LINE, bad[0], LINE].join('\n'));
    const { events, damage } = await playedEvents([path]);
    assert.equal(events.length, 3);
    assert.deepEqual(
      damage.map(({ table, firstRow, lastRow, lostEvents, reason }) => [
        table,
        firstRow,
        lastRow,
        lostEvents,
        reason,
      ]),
      [
        ['lines', 2n, 6n, 5, 'unreadable event'],
        ['lines', 8n, 8n, 1, 'unreadable event'],
      ],
    );
  });

  it('in a compressed file that is cut off are read up to there', async (context) => {
    const path = join(temporaryFolder(context), 'cut.jsonl.gz');
    const events: FileEvent[] = Array.from({ length: 2000 }, (_, i) => ({
      topic: 'a.b.c',
      payload: `{"n":${i},"noise":"${(i * 7919) % 1009}${(i * 104_729) % 10_007}"}`,
    }));
    writeJsonLines(path, events);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length / 2)));
    const { events: played, damage } = await playedEvents([path]);
    assert(played.length > events.length / 4 && played.length < events.length);
    assert.deepEqual(
      played.map(({ payload }) => payload.toString()),
      events.slice(0, played.length).map(({ payload }) => payload),
    );
    assert(
      damage.some(
        ({ lostEvents, where }) => lostEvents === undefined && where?.startsWith('the end') === true,
      ),
    );
  });

  it('in several compressed members are one file', async (context) => {
    const path = join(temporaryFolder(context), 'night.jsonl.gz');
    writeFileSync(path, Buffer.concat([gzipSync(`${LINE}\n`), gzipSync(`${LINE}\n`)]));
    assert.equal((await fileEvents(path)).length, 2);
  });
});

/** As UTF-8 holds it: without halves of characters. */
function wellFormed({ topic, payload }: FileEvent): FileEvent {
  return { topic: Buffer.from(topic).toString(), payload: Buffer.from(payload).toString() };
}
