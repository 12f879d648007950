import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { addWarnings, noWarnings } from '../src/decode/warnings.js';
import { arbitraryEvents, rules } from './arbitrary-event.js';
import { batchesOf, decodedEvents, PLAIN_RULES } from './decoded-event.js';
import { assertDecoded, modelOf } from './event-model.js';
import { writeEvents } from './stored-event.js';
import { temporaryFolder } from './temporary-folder.js';

for (const withBlobs of [false, true]) {
  test(`encodes any event as the rules say, ${withBlobs ? 'with' : 'without'} BLOBs`, (context) => {
    const folder = temporaryFolder(context);
    let run = 0;
    fc.assert(
      fc.property(arbitraryEvents({ withBlobs }), rules, (events, asked) => {
        const path = join(folder, `${run++}.db`);
        writeEvents(path, events);
        const batches = batchesOf(path, { ...PLAIN_RULES, ...asked });
        const decoded = batches.flatMap(decodedEvents);
        const [expected, found] = [noWarnings(), noWarnings()];
        const models = events.map((event) => modelOf(event, asked, expected));
        assert.equal(decoded.length, models.length);
        for (const [i, model] of models.entries()) assertDecoded(decoded[i], model);
        for (const { warnings } of batches) addWarnings(found, warnings);
        assert.deepEqual(found, expected);
      }),
      { numRuns: 200 },
    );
  });
}
