import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/generate/random.js';
import { stateOfFolder } from '../support/folder-state.js';
import { freePort, runCli } from '../support/peer.js';
import { assertClean } from './assert-clean.js';
import { makeNight } from './night.js';
import type { ReliabilityPromise } from './reliability-promise.js';

const DAMAGES_A_NIGHT = 4;

/** Damages databases, and runs commands on them. */
export const DAMAGES: ReliabilityPromise = {
  name: 'damages',
  says: 'A damaged database ends in a sentence and an exit code; what can be read of it is played.',
  method:
    'Cut, zeroed, swapped pages and flipped bits; play, info and check; no more events come than there were.',
  async trial(random, folder) {
    const { path, events } = await makeNight(random, folder, 1000);
    const whole = readFileSync(path);
    const nights = join(folder, 'nights');
    mkdirSync(nights);
    const damaged = join(nights, 'night.db');
    const url = `tcp://127.0.0.1:${await freePort()}`;
    let commands = 0;
    for (let i = 0; i < DAMAGES_A_NIGHT; i++) {
      const { bytes, what } = damage(random, whole);
      writeFileSync(damaged, bytes);
      const before = stateOfFolder(nights);
      for (const args of [
        [damaged, '-u', url, '--wait-setup', '0', '-s', 'max', '--json'],
        ['info', '--json', damaged],
        ['check', damaged],
      ]) {
        const outcome = await runCli(args);
        const where = `${what}: ${args.join(' ')}`;
        assertClean(outcome, [0, 1, 3], where);
        assert.deepEqual(stateOfFolder(nights), before, where);
        if (args[0] === damaged && outcome.code !== 1)
          assert.ok(JSON.parse(outcome.stdout).sent <= events.length, where);
        commands += 1;
      }
    }
    return { damages: DAMAGES_A_NIGHT, commands };
  },
};

function damage(random: Random, whole: Buffer): { bytes: Buffer; what: string } {
  const pageBytes = whole.readUInt16BE(16);
  const pages = whole.length / pageBytes;
  const bytes = Buffer.from(whole);
  const at = pageBytes * random.below(pages);
  switch (random.below(4)) {
    case 0: {
      const length = 100 + random.below(whole.length - 100);
      return { bytes: bytes.subarray(0, length), what: `cut at ${length}` };
    }
    case 1:
      return { bytes: bytes.fill(0, at, at + pageBytes), what: `page at ${at} zeroed` };
    case 2: {
      const from = pageBytes * random.below(pages);
      whole.copy(bytes, at, from, from + pageBytes);
      return { bytes, what: `page at ${from} copied to ${at}` };
    }
    default: {
      const bits = Array.from({ length: 1 + random.below(30) }, () => random.below(8 * bytes.length));
      for (const bit of bits) bytes[bit >> 3] ^= 1 << (bit & 7);
      return { bytes, what: `bits ${bits} flipped` };
    }
  }
}
