import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Finding } from '../../src/database/check/finding.js';
import { endAll, runCli } from '../support/peer.js';
import { KNOWN_ATTRIBUTES, knownEvent, writeEvents } from '../support/stored-event.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-check-command-'));
const TIME = { key: '__wire_time', value: '1521854100.5', dataType: 'number' };
let made = 0;
const newPath = () => join(folder, `${made++}.db`);

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

describe('tcs-replay check', () => {
  const run = (...args: string[]) => runCli(['check', '--workers', '0', ...args]);

  it('exits with 0 where nothing was found, and says so in a line for each file', async () => {
    const paths = [newPath(), newPath()];
    for (const path of paths) writeEvents(path, [knownEvent(1n)]);
    const { code, stdout, stderr } = await run(...paths);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, paths.map((path) => `${path}: sound: nothing was found, 1 event\n`).join(''));
  });

  it('exits with 3 where anything was found, with a section and a verdict for each file', async () => {
    const [odd, plain] = [newPath(), newPath()];
    writeEvents(odd, [
      {
        ...knownEvent(1n),
        attributes: [...KNOWN_ATTRIBUTES, TIME, { key: 'x', value: '<none>', dataType: 'number' }],
      },
    ]);
    writeEvents(plain, [knownEvent(1n)]);
    const { code, stdout, stderr } = await run(odd, plain);
    assert.deepEqual([code, stderr], [3, '']);
    assert.match(stdout, /^ {2}oddity {2}values that do not fit their type: 1$/m);
    assert.match(stdout, /^ +1 {2}tracker\.drive\.position {2}x {4}"<none>"$/m);
    assert.match(stdout, /^ {4}first: row 1 x = "<none>"$/m);
    const [first, second] = stdout.trimEnd().split('\n').slice(-2);
    assert.equal(first, `${odd}: can all be read, but is odd, 1 kind of finding`);
    assert.equal(second, `${plain}: sound: nothing was found, 1 event`);
  });

  it('exits with 1 where a file could not be checked, and still checks the others', async () => {
    const path = newPath();
    writeEvents(path, [knownEvent(1n)]);
    const { code, stdout } = await run(join(folder, 'missing.db'), path);
    assert.equal(code, 1);
    assert.match(stdout, /missing\.db: could not be checked: No such file/);
    assert.match(stdout, /: sound/);
  });

  it('is one JSON document on request', async () => {
    const path = newPath();
    writeEvents(path, [{ ...knownEvent(9n), attributes: [] }]);
    const { code, stdout } = await run(path, '--json', '--quick');
    assert.equal(code, 3);
    const [{ verdict, events, findings }] = JSON.parse(stdout);
    assert.deepEqual([verdict, events], ['odd', 1]);
    assert.deepEqual(
      findings.map(({ kind, count, places }: Finding) => [kind, count, places[0].row]),
      [
        ['missingTime', 1, 9],
        ['noAttributes', 1, 9],
      ],
    );
  });
});
