/**
 * Compares the latency of subscribers beside a stopped one with that beside one that takes all:
 * `node dist/test/reliability/beside-stopped.js [pairs]`, 6 by default. The runs alternate. Prints the change of the geometric
 * means and its noise, as the benchmark's comparison does. Exits with 1 where latency grew by more than the noise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { halfWidth, logDifference } from '../../bench/compare/log-difference.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import { writeEvenNight } from '../support/even-night.js';
import { holding } from '../support/load-results.js';
import { endAll, freePort, PythonSubscriber } from '../support/peer.js';

/** Two figures are compared, at a confidence of 95 % for both. */
const ERROR_SHARE = 0.05 / 2;
const FIGURES = ['p50Us', 'p99Us'] as const;
type Figures = Record<(typeof FIGURES)[number], number>;
const pairs = Number(process.argv[2] ?? 6);

const folder = mkdtempSync(join(tmpdir(), 'tcs-beside-'));
const night = join(folder, 'night.db');
/** In six seconds several times what buffers and queues hold for a stopped subscriber. */
writeEvenNight(night, { events: 3000, ratePerS: 1000, fillBytes: 10_000 });

const all: Record<'without' | 'beside', Figures[]> = { without: [], beside: [] };
for (let pair = 0; pair < pairs; pair++) {
  const order = pair % 2 === 0 ? (['without', 'beside'] as const) : (['beside', 'without'] as const);
  for (const which of order) {
    const figures = await measure(which === 'beside');
    all[which].push(figures);
    console.log(which.padEnd(8), FIGURES.map((name) => `${name} ${figures[name]}`).join('  '));
  }
}
await endAll();
rmSync(folder, { recursive: true });
for (const name of FIGURES) {
  const [without, beside] = [all.without, all.beside].map((some) => some.map((each) => Math.log(each[name])));
  const difference = logDifference(without, beside);
  if (difference === null) throw new Error('Expected three pairs or more');
  const [change, noise] = [difference.logRatio, halfWidth(difference, ERROR_SHARE)];
  const isWorse = change > noise;
  console.log(
    `${name}: ${percent(change)}, noise ±${percent(noise)}: ${isWorse ? 'worse' : 'no difference'}`,
  );
  if (isWorse) process.exitCode = 1;
}
console.log(`Load of the machine at the end: ${loadavg()[0].toFixed(1)}`);

/** The median of four subscribers. */
async function measure(isStopped: boolean): Promise<Figures> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const subscriber = await PythonSubscriber.start(url, { highWaterMark: 100 });
  const { subscribers } = await loadTest({
    ...{ databases: night, url, waitSetupS: 0, waitSubscribers: 1, subscribers: ['4'], drainS: 1 },
    stages: ['500:6s'],
    ...(isStopped ? { onLoadProgress: holding(subscriber, 0, Number.POSITIVE_INFINITY) } : {}),
  });
  subscriber.kill();
  const own = subscribers.flatMap(({ kind, latency }) =>
    kind === 'own' && latency !== null ? [latency] : [],
  );
  const median = (name: keyof Figures) =>
    own.map((each) => each[name]).sort((a, b) => a - b)[own.length >> 1];
  return { p50Us: median('p50Us'), p99Us: median('p99Us') };
}

function percent(log: number): string {
  return `${(100 * Math.expm1(log)).toFixed(1)} %`;
}
