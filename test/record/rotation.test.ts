import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseRotation, Rotation } from '../../src/record/rotation.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ZONE = 'America/Chicago';
const rotationOf = (path: string, ...rules: string[]) => {
  const parsed = parseRotation('rotate', rules, ZONE);
  assert.ok(parsed);
  return new Rotation(path, parsed);
};
const ms = (iso: string) => Date.parse(iso);

describe('the rotation of a recording', () => {
  it('takes nights, times and sizes', () => {
    assert.equal(parseRotation('rotate', [], ZONE), undefined);
    assert.deepEqual(parseRotation('rotate', 'night', ZONE), {
      sizeBytes: undefined,
      everyS: undefined,
      nightsOf: ZONE,
    });
    assert.deepEqual(parseRotation('rotate', ['1h30m', '2GiB'], ZONE), {
      sizeBytes: 2 ** 31,
      everyS: 5400,
      nightsOf: undefined,
    });
    for (const wrong of ['', '90', '1.5', 'nights', '0s', '-1h', '0MB', '1h night'])
      assert.throws(
        () => parseRotation('--rotate', wrong, ZONE),
        /^TcsReplayError: Expected --rotate to be night, a time/,
      );
  });

  it('is due at noon of the zone, also where the clock is put forward or back', () => {
    for (const [begun, noon] of [
      ['2026-11-29T18:00:00Z', '2026-11-30T18:00:00Z'],
      ['2026-11-29T17:59:59Z', '2026-11-29T18:00:00Z'],
      ['2026-03-07T18:00:00Z', '2026-03-08T17:00:00Z'],
      ['2026-10-31T17:00:00Z', '2026-11-01T18:00:00Z'],
    ]) {
      const rotation = rotationOf('tcs.db', 'night');
      rotation.begin(ms(begun));
      assert.deepEqual([rotation.isDueAt(ms(noon) - 1), rotation.isDueAt(ms(noon))], [false, true]);
    }
  });

  it('is due when a file is old or large enough, whichever is first', () => {
    const rotation = rotationOf('tcs.db', '10m', '1MB');
    rotation.begin(1000);
    assert.deepEqual([rotation.isDueAt(600_999), rotation.isDueAt(601_000)], [false, true]);
    assert.deepEqual([rotation.isFull(999_999), rotation.isFull(1_000_000)], [false, true]);
  });

  it('names files for the evening of their night, or by numbers, and takes no name that is taken', (t) => {
    const folder = temporaryFolder(t);
    const nightly = rotationOf(join(folder, 'tcs.db'), 'night');
    const morning = ms('2026-11-30T10:00:00Z');
    assert.equal(nightly.pathAt(morning), join(folder, 'tcs-2026-11-29.db'));
    writeFileSync(join(folder, 'tcs-2026-11-29.db-wal'), '');
    assert.equal(nightly.pathAt(morning), join(folder, 'tcs-2026-11-29-2.db'));
    const numbered = rotationOf(join(folder, 'a.b'), '1h');
    assert.equal(numbered.pathAt(0), join(folder, 'a-0001.b'));
    writeFileSync(join(folder, 'a-0001.b'), '');
    assert.equal(numbered.pathAt(0), join(folder, 'a-0002.b'));
    assert.equal(rotationOf(join(folder, 'plain'), '1h').pathAt(0), join(folder, 'plain-0001'));
  });
});
