/**
 * Reads the same rows as a decoding worker, by the index and with SQLite alone, and does nothing with them.
 * This is the limit for any program that reads them. It prints a `SqliteTaken` as JSON.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Taken } from './program.js';
import { SqliteReader } from './sqlite-reader.js';

/** The figures of reading. `bytes` counts characters of keys and values. */
export interface SqliteTaken extends Taken {
  /** Rows of the attribute table. */
  readonly rows: number;
}

/** As many events as a replay's batch has. */
const EVENTS_A_READ = 1024;

const { values } = parseArgs({
  options: { night: { type: 'string' }, events: { type: 'string' }, 'warm-up': { type: 'string' } },
});

function readNight(night: string, events: number, warmUpEvents: number): SqliteTaken {
  const reader = new SqliteReader(night);
  try {
    const read = (first: number, last: number) => {
      const found = { rows: 0, bytes: 0 };
      for (let from = first; from <= last; from += EVENTS_A_READ) {
        const { rows, bytes } = reader.read(from, Math.min(from + EVENTS_A_READ - 1, last));
        found.rows += rows;
        found.bytes += bytes;
      }
      return found;
    };
    read(1, warmUpEvents);
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const found = read(warmUpEvents + 1, events);
    const seconds = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { events: events - warmUpEvents, ...found, seconds, cpuS: (user + system) / 1e6 };
  } finally {
    reader.close();
  }
}

const taken = readNight(String(values.night), Number(values.events), Number(values['warm-up']));
process.stdout.write(JSON.stringify(taken));
