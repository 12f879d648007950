import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { generate, type ReplayOptions, replay } from '../../src/index.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { freePort } from '../support/peer.js';

const EVENTS = 300;
const folder = mkdtempSync(join(tmpdir(), 'tcs-callbacks-'));
const night = join(folder, 'night.db');

const FAILING = {
  throws: () => {
    throw new Error('of the host');
  },
  rejects: () => Promise.reject(new Error('of the host')),
};

describe('callbacks that fail', () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => warnings.push(warning);

  before(() => {
    writeTopicsNight(night, { events: EVENTS });
    process.on('warning', keep);
  });
  after(() => {
    process.off('warning', keep);
    rmSync(folder, { recursive: true });
  });

  /** Plays with callbacks that fail. @returns the warnings of the process meanwhile */
  async function playWith(callbacks: Partial<ReplayOptions>): Promise<string[]> {
    // Node tells a warning in a later turn.
    await turn();
    warnings.length = 0;
    const { endedBy, sent } = await replay({
      databases: night,
      url: `tcp://127.0.0.1:${await freePort()}`,
      waitSetupS: 0,
      // A second in all: progress is reported several times.
      speedup: 10,
      sortBy: '__wire_time',
      cacheFolder: mkdtempSync(join(folder, 'cache-')),
      verbose: true,
      ...callbacks,
    });
    assert.deepEqual([endedBy, sent], ['end', EVENTS]);
    await turn();
    return warnings.filter((each) => codeOf(each) === 'CALLBACK_FAILED').map(({ message }) => message);
  }

  for (const [what, failing] of Object.entries(FAILING)) {
    it(`a replay whose callback ${what} plays to its end, and warns once of each`, async () => {
      const told = await playWith({ onProgress: failing, onPreparation: failing, onNotice: failing });
      assert.deepEqual(
        told.sort(),
        ['onNotice', 'onPreparation', 'onProgress'].map(
          (name) => `The callback ${name} failed: of the host. What called it goes on.`,
        ),
      );
    });

    it(`a night is generated although its callback ${what}`, async () => {
      const { events } = await generate({
        path: join(folder, `${what}.db`),
        events: 1000,
        onProgress: failing,
      });
      assert.equal(events, 1000);
    });
  }
});

function codeOf(warning: Error): unknown {
  return (warning as NodeJS.ErrnoException).code;
}
