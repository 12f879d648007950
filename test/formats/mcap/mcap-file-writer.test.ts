import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { loadCompression } from '../../../src/formats/mcap/chunk-compression.js';
import { McapFileWriter } from '../../../src/formats/mcap/mcap-file-writer.js';
import { mcapFaults } from '../../support/mcap-doctor.js';
import { recordedMcap } from '../../support/recorded-mcap.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const metadata = { name: 'tcs-replay', metadata: new Map([['version', '1.2.3']]) };
const attachment = {
  ...{ name: 'state.jsonl', mediaType: 'application/jsonl', logTime: 1n, createTime: 2n },
  data: Buffer.from('{"topic":"a","event":{}}\n'),
};

interface Added {
  readonly kind: 'add';
  readonly topic: string;
  readonly timeNs: bigint;
  readonly sizeBytes: number;
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record<Added>({
      kind: fc.constant('add'),
      topic: fc.constantFrom('a', 'b', 'c.d', 'é', ''),
      timeNs: fc.bigInt(0n, 2n ** 63n),
      sizeBytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(600_000)),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom({ kind: 'commit' } as const, { kind: 'rollback' } as const) },
);

describe('an MCAP that is written', () => {
  before(loadCompression);

  it('has at any time what was committed, and in the end is valid', async (t) => {
    const folder = temporaryFolder(t);
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, hasAttachment) => {
        const path = join(folder, `${files++}.mcap`);
        const file = new McapFileWriter(path, {
          ...{ library: 'tcs-replay 1.2.3', metadata },
          attachment: hasAttachment ? attachment : undefined,
        });
        let [committed, added]: [Added[], Added[]] = [[], []];
        const assertFound = async () => {
          const { messages } = await recordedMcap(path);
          const brief = messages.map(({ topic, payload, logTime }) => [topic, payload.length, logTime]);
          assert.deepEqual(
            brief,
            committed.map(({ topic, sizeBytes, timeNs }) => [topic, sizeBytes, timeNs]),
          );
          assert.equal(file.messageCount, committed.length);
        };
        for (const each of steps)
          if (each.kind === 'add') {
            const { topic, timeNs, sizeBytes } = each;
            const data = Buffer.alloc(sizeBytes, 'x');
            file.add(topic, { logTime: timeNs, publishTime: timeNs, data }, () => ({ type: 'object' }));
            added.push(each);
          } else {
            if (each.kind === 'commit') committed = [...committed, ...added];
            file[each.kind]();
            added = [];
            assert.equal(readFileSync(path).length, file.sizeBytes);
            await assertFound();
          }
        file.close();
        assert.deepEqual(await mcapFaults(readFileSync(path)), []);
        await assertFound();
        assert.equal(readFileSync(path).length, file.sizeBytes);
      }),
      { numRuns: 15 },
    );
    assert.equal(readdirSync(folder).length, files, 'nothing is left beside them');
  });
});
