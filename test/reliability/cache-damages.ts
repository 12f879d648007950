import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/generate/random.js';
import { dropIndexes, makeNight, type Night } from './night.js';
import { played } from './played.js';
import type { ReliabilityPromise } from './reliability-promise.js';

/** Damages what the cache keeps, and plays from it. */
export const CACHE_DAMAGES: ReliabilityPromise = {
  name: 'cache-damages',
  says: 'A damaged entry of the cache is made again; it never changes what is played.',
  method:
    'Random bytes of the kept index, order and notes are changed, of the same size; all events are compared.',
  async trial(random, folder) {
    const night = await makeNight(random, folder, 1000);
    dropIndexes(night.path);
    const cache = join(folder, 'cache');
    const args = [
      ...['--cache', cache, '--sort-by', '__wire_time'],
      ...(random.chance(0.5) ? ['--start', '+30s', '--prime'] : []),
    ];
    const sound = await textsOf(night, folder, args);
    assert.ok(sound.length > 0);
    const damages = 3;
    for (let i = 0; i < damages; i++) {
      damageEntry(random, cache);
      assert.deepEqual(await textsOf(night, folder, args), sound);
    }
    return { damages };
  },
};

async function textsOf({ path }: Night, folder: string, args: readonly string[]): Promise<string[]> {
  const received = await played(path, folder, args);
  return received.map(({ topic, payloadText }) => `${topic} ${payloadText}`);
}

function damageEntry(random: Random, cache: string): void {
  const files = readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .map((name) => join(cache, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  const path = random.pick(files);
  const bytes = readFileSync(path);
  const length = 1 + random.below(Math.min(64, bytes.length));
  const at = random.below(bytes.length - length + 1);
  for (let i = at; i < at + length; i++) bytes[i] = random.below(256);
  writeFileSync(path, bytes);
}
