import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { longFlag } from '../../src/cli/flags/flag.js';
import { LOAD_FLAGS, LOAD_RESULT_FLAGS } from '../../src/cli/flags/load-flags.js';
import { readScenario } from '../../src/cli/scenario/read-scenario.js';
import { scenarioKeys } from '../../src/cli/scenario/scenario-key.js';
import { parseSubscriberSpecs } from '../../src/loadtest/subscriber/subscriber-spec.js';
import { character } from '../support/arbitrary-event.js';
import { scenarioSchemaText } from '../support/scenario-schema-text.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const FLAGS = [...LOAD_FLAGS, ...LOAD_RESULT_FLAGS];
const SCHEMA = new URL('../../../docs/scenarios/scenario.schema.json', import.meta.url);

function written(context: TestContext, text: string): string {
  const path = join(temporaryFolder(context), 'spike.yaml');
  writeFileSync(path, text);
  return path;
}

/** Reads a scenario that is wrong: the message without the folder. */
async function problem(context: TestContext, text: string): Promise<string> {
  const path = written(context, text);
  try {
    await readScenario(path, FLAGS);
  } catch (error) {
    assert.equal((error as { code: string }).code, 'BAD_OPTION');
    return (error as Error).message.replaceAll(path, 'spike.yaml');
  }
  assert.fail(`it was read: ${text}`);
}

describe('a scenario', () => {
  it('gives options as their flags do', async (context) => {
    const path = written(
      context,
      [
        'databases: night.db',
        'title: GUI in the morning # a comment',
        'stage: [1k:30s, 20k:5s]',
        'subscriber:',
        '  - 4',
        '  - { count: 2, name: gui, topics: ["tracker.*", dome.state], service: exp:200us, hwm: 10 }',
        "fail-if: 'gui: p99>20ms'",
        'sentinel: false',
        'seed: 7',
        'wait-timeout: 2m',
        'night: 2026-11-28',
        'silence: no',
        'html: /tmp/report.html',
        'ledger: out/sent.ledger',
      ].join('\n'),
    );
    const { values, nameOf } = await readScenario(path, FLAGS);
    const folder = path.slice(0, -'/spike.yaml'.length);
    assert.deepEqual(values, {
      ...{ databases: [join(folder, 'night.db')], title: 'GUI in the morning', stages: ['1k:30s', '20k:5s'] },
      subscribers: ['4', '2,name=gui,topics=tracker.*|dome.state,service=exp:200us,hwm=10'],
      ...{ failIf: ['gui: p99>20ms'], sentinel: false, seed: '7', waitTimeoutS: 120, night: '2026-11-28' },
      ...{ silence: ['no'], html: '/tmp/report.html', ledger: join(folder, 'out/sent.ledger') },
    });
    assert.equal(nameOf('failIf'), `fail-if (${path}:7:1)`);
    assert.deepEqual(parseSubscriberSpecs(values.subscribers as string[])[1].topics, [
      'tracker.*',
      'dome.state',
    ]);
  });

  it('may be empty, and takes anchors', async (context) => {
    assert.deepEqual((await readScenario(written(context, ''), FLAGS)).values, {});
    const { values } = await readScenario(written(context, 'title: &name GUI\nnight: *name'), FLAGS);
    assert.deepEqual(values, { title: 'GUI', night: 'GUI' });
  });

  it('says where it is wrong, and what was expected', async (context) => {
    for (const [text, expected] of [
      ['stages: 1k:30s', 'spike.yaml:1:1: Expected an option of loadtest, got stages; did you mean stage?'],
      [
        'seed: 1\n--fail-if: lost>0',
        'spike.yaml:2:1: Expected an option of loadtest, got --fail-if; did you mean fail-if?',
      ],
      ['seed: [1, 2]', 'spike.yaml:1:1: Expected seed to be a text or a number'],
      ['sentinel: maybe', 'spike.yaml:1:1: Expected sentinel to be true or false'],
      ['stage:\n  - 1k:30s\n  - true', 'spike.yaml:3:5: Expected stage.1 to be a text or a number'],
      [
        'subscriber:\n  - { count: 1, nam: gui }',
        'spike.yaml:2:17: Expected a part of subscriber.0, got nam',
      ],
      [
        'subscriber: { count: many }',
        'spike.yaml:1:15: Expected subscriber.count to be a whole number of subscribers',
      ],
      ['- stage', 'spike.yaml:1:1: Expected a scenario of keys and values, such as stage: 1k:30s'],
      [
        'wait-timeout: long',
        'Expected wait-timeout (spike.yaml:1:1) to be a time above 0 such as 90, 90s, 10m or 2h, got "long"',
      ],
    ]) {
      const found = await problem(context, text);
      assert.equal(found, expected);
    }
    assert.match(await problem(context, 'topics: *'), /^spike\.yaml:1:\d+: Expected YAML: /);
    assert.match(await problem(context, 'seed: 1\nseed: 2'), /^spike\.yaml:2:1: Expected YAML: .*unique/);
    assert.match(await problem(context, 'seed: 1\n  night: 2'), /^spike\.yaml:1:7: Expected YAML: /);
  });

  it('tells of several problems at once', async (context) => {
    const found = await problem(context, 'seed: []\nnight: {}\nquiet: true');
    assert.equal(
      found,
      [
        'spike.yaml:1:1: Expected seed to be a text or a number',
        'spike.yaml:2:1: Expected night to be a text or a number',
        'spike.yaml:3:1: Expected an option of loadtest, got quiet',
      ].join('; '),
    );
  });

  it('is refused where aliases would fill the memory, or it is too large', async (context) => {
    const lines = ['title: &a [x, x, x, x, x, x, x, x, x, x]'];
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const [i, name] of names.entries())
      if (i > 0)
        lines.push(
          `k${i}: &${name} [${Array(10)
            .fill(`*${names[i - 1]}`)
            .join(', ')}]`,
        );
    assert.match(await problem(context, lines.join('\n')), /alias/i);
    assert.match(await problem(context, `# ${'x'.repeat(1 << 20)}`), /at most 1,048,576 characters/);
  });

  it('is refused where it cannot be read', async () => {
    await assert.rejects(readScenario('/no/such.yaml', FLAGS), { code: 'NO_SUCH_FILE' });
  });

  it('keeps any text that YAML can write', async (context) => {
    const path = written(context, '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: character, minLength: 1 }), { minLength: 1 }),
        async (topics) => {
          writeFileSync(path, stringify({ silence: topics }));
          assert.deepEqual((await readScenario(path, FLAGS)).values, { silence: topics });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('has a key for each option of the command', () => {
    const names = scenarioKeys(FLAGS).map(({ name }) => name);
    assert.equal(new Set(names).size, FLAGS.length);
    for (const [i, flag] of FLAGS.entries()) assert.equal(longFlag(flag).replace(/^--(no-)?/, ''), names[i]);
  });

  it('has a schema for editors, which is up to date', () => {
    assert.equal(
      readFileSync(SCHEMA, 'utf8'),
      scenarioSchemaText(),
      'run node dist/test/support/write-scenario-schema.js after a build',
    );
  });
});
