/**
 * Shows that a load test's memory is flat in time: `node dist/test/reliability/load-test-memory.js [seconds] [subscribers] [rate]`,
 * by default 60 s at 2,000 events a second for the sentinel and four subscribers. Prints the memory of the main process, at most
 * sixty times, and how much it grew in the second half. Exits with 1 where that is more than 10 MB.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEvenNight } from '../support/even-night.js';
import { startCli } from '../support/peer.js';

const MOST_GROWTH_MB = 10;
/** Figures that are printed. */
const MOST_SHOWN = 60;
const [durationS = 60, subscribers = 4, ratePerS = 2000] = process.argv.slice(2).map(Number);

const folder = mkdtempSync(join(tmpdir(), 'tcs-memory-'));
const night = join(folder, 'night.db');
writeEvenNight(night, { events: 10_000, ratePerS: 1000, fillBytes: 300 });
const program = startCli(
  [
    ...['loadtest', night, '-u', 'tcp://127.0.0.1:*', '--wait-setup', '0', '--quiet'],
    ...['--subscriber', String(subscribers), '--stage', `${ratePerS}:${durationS}s`],
  ],
  { timeoutMs: 2000 * durationS + 60_000 },
);
const seenMb: number[] = [];
const looking = setInterval(() => {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8')) ?? [];
  if (kib !== undefined) seenMb.push(Math.round(Number(kib) / 1000));
}, 1000);
await program.outcome.finally(() => clearInterval(looking));
rmSync(folder, { recursive: true });

/** Within the load: the start and the end take some seconds. */
const half = seenMb.slice(Math.floor(seenMb.length / 2), durationS);
const [first, last] = [half.slice(0, 5), half.slice(-5)].map((some) => Math.max(...some));
const everyS = Math.ceil(seenMb.length / MOST_SHOWN);
console.log(`MB each ${everyS} s:`, seenMb.filter((_, i) => i % everyS === 0).join(' '));
console.log(`Second half: from ${first} MB to ${last} MB`);
process.exitCode = last - first > MOST_GROWTH_MB ? 1 : 0;
