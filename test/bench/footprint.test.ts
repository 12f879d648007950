import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Sample } from '../../bench/footprint/loop-task.js';
import { memoryFigures } from '../../bench/footprint/memory-figures.js';
import { footprintScenario } from '../../bench/footprint/scenario.js';
import type { Measured } from '../../bench/scenario.js';
import { ownBenchCache, skipWithoutReceiver } from '../support/bench-cache.js';

/** So long that growth and holds show behind the warm-up. */
const SECONDS = 2;
const EVENTS = 5000;
const PACED = '2000 events/s';
/** In many loops. */
const LOOPED = SECONDS * 50_000;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('footprint');

async function measure(id: string, seconds = SECONDS, highWaterMark?: number): Promise<Measured> {
  const { cases } = await footprintScenario.prepare({
    ...{ level: 'quick', events: EVENTS, seconds, highWaterMark },
    wants: () => true,
    signal: new AbortController().signal,
    onMake: () => {},
    onStep: () => {},
  });
  const found = cases.find((each) => each.id === id);
  assert(found !== undefined, id);
  return found.measure();
}

/** With a module that every program of Node loads before its own, and does so in its main thread. */
async function measureWith(does: string): Promise<Measured> {
  const module = join(folder, 'disturbance.mjs');
  writeFileSync(
    module,
    `import { isMainThread } from 'node:worker_threads';
     if (isMainThread) { ${does} }`,
  );
  process.env.NODE_OPTIONS = `--import=${module}`;
  try {
    return await measure(PACED);
  } finally {
    delete process.env.NODE_OPTIONS;
  }
}

function figure({ figures }: Measured, name: string): number {
  const value = figures[name];
  assert(typeof value === 'number', name);
  return value;
}

describe('the benchmark of the footprint', { skip: skipWithoutReceiver() }, () => {
  it('shows a program that leaks, beside one of many loops that does not, in which every event arrives', async () => {
    const leaking = await measureWith(`
      const kept = [];
      setInterval(() => kept.push(Buffer.alloc(4e5, 1)), 10).unref();`);
    const growth = figure(leaking, 'rssGrowthBytesPerS');
    assert(growth > 1e7, `${growth}`);
    const whole = await measure('many loops');
    assert.deepEqual(whole.reasons, []);
    assert.deepEqual(whole.counts, {
      ...{ expected: LOOPED, received: LOOPED, lost: 0, outOfOrder: 0, isContentRight: true },
    });
    assert(growth > figure(whole, 'rssGrowthBytesPerS'));
  });

  it('shows a program that holds its event loop', async () => {
    const held = await measureWith(`
      const hold = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      setInterval(hold, 700).unref();`);
    assert(figure(held, 'loopDelayMaxUs') > 250_000);
  });

  it('calls a trial invalid in which events are lost', async () => {
    const { reasons, counts } = await measure('flat out', SECONDS / 2, 1);
    assert(counts && counts.received < counts.expected && counts.lost === counts.expected - counts.received);
    assert.match(reasons.join('\n'), /received \d+ of 100000 events/);
  });
});

it('looks for growth in the second half alone', () => {
  const samples = Array.from({ length: 20 }, (_, i): Sample => {
    const rssBytes = i < 10 ? 1000 * i : 10_000 + i;
    const rest = { heapUsedBytes: i, externalBytes: 0, arrayBuffersBytes: 0, p99DelayUs: null };
    return { atS: i, sent: i, rssBytes, ...rest };
  });
  const { rssGrowthBytesPerS, heapUsedBytes, largestHeapUsedBytes } = memoryFigures(samples);
  assert.deepEqual([rssGrowthBytesPerS, heapUsedBytes, largestHeapUsedBytes], [1, 9.5, 19]);
});
