import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { RepeatedNight } from '../../src/loadtest/repeated-night.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { Archive } from '../../src/timeline/archive.js';
import { writeEvenNight } from '../support/even-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 200;
const RATE_PER_S = 100;

/** A night, and what takes its place while it is open. */
async function opened(context: TestContext) {
  const folder = temporaryFolder(context);
  const [path, other] = ['night.db', 'other.db'].map((name) => join(folder, name));
  writeEvenNight(path, { events: EVENTS, ratePerS: RATE_PER_S, fillBytes: 10 });
  writeEvenNight(other, { events: EVENTS / 2, ratePerS: RATE_PER_S, fillBytes: 10 });
  const pool = new DecoderPool(0, { cacheFolder: join(folder, 'cache') });
  context.after(() => pool.close());
  const archive = await Archive.open(
    pool,
    resolveOptions({ databases: path }, (name) => name),
  );
  return { archive, replace: () => renameSync(other, path) };
}

/** The numbers of the first events that are played, with the telescope's prefix. */
async function numbersOf(night: RepeatedNight, count: number): Promise<string[]> {
  const numbers: string[] = [];
  const { timeline } = night.pass({ prime: false });
  for await (const { batch, first, end } of timeline) {
    for (let i = first; i < end; i++) {
      const text = Buffer.from(batch.payloads.subarray(batch.startOf(i), batch.endOf(i))).toString();
      numbers.push(/"number": ?"0*(\d+)"/.exec(text)?.[1] ?? text);
    }
    if (numbers.length >= count) break;
  }
  return numbers.slice(0, count);
}

/** Numbers of events from 1, again and again. */
function repeated(events: number, times: number): string[] {
  return Array.from({ length: events * times }, (_, i) => String((i % events) + 1));
}

describe('a night that is played again and again', () => {
  for (const [what, mostBytes] of [
    ['from memory', undefined],
    ['where it does not fit into memory', 0],
  ] as const) {
    it(`has each event once in each repetition, ${what}`, async (context) => {
      const { archive } = await opened(context);
      const night = await RepeatedNight.of(archive, 1, mostBytes);
      assert.deepEqual(await numbersOf(night, 3 * EVENTS), repeated(EVENTS, 3));
      assert.deepEqual(archive.changes, []);
    });

    it(`tells that its recording has changed while it was read, of a window, too, ${what}`, async (context) => {
      const { archive, replace } = await opened(context);
      const window = await archive.within({ startS: archive.firstTimeS, endS: archive.firstTimeS + 1 });
      const isRead = mostBytes !== undefined;
      // Into memory, it is read at once.
      if (!isRead) replace();
      const night = await RepeatedNight.of(window, 1, mostBytes);
      if (isRead) replace();
      await numbersOf(night, RATE_PER_S);
      assert.deepEqual(
        archive.changes.map(({ kind }) => kind),
        ['changed'],
      );
    });
  }
});
