import { fileURLToPath } from 'node:url';
import type { EventReader } from '../../src/database/event-reader.js';
import { RunningProgram } from '../../test/support/peer.js';
import type { Night } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import type { ProgramCache } from '../program-cache.js';
import { requireSuccess } from '../require-success.js';
import type { Measured } from '../scenario.js';
import type { Decoded, Taken } from './program.js';
import type { SqliteTaken } from './sqlite-program.js';

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
const SQLITE_PROGRAM = fileURLToPath(new URL('./sqlite-program.js', import.meta.url));
const TIMEOUT_MS = 120_000;

/** One trial of this scenario. */
export interface DecodePlan {
  readonly night: Night;
  /** The same night with an index. */
  readonly indexed: Night;
  /**
   * Number of events that warm up. The clock starts at the end of the batch that contains the last of them.
   */
  readonly warmUpEvents: number;
  readonly isConverted: boolean;
  readonly reader: EventReader;
  /** The expected digest of topics and payloads. */
  readonly expected: string;
  readonly programCache: ProgramCache;
  /** File that runs as the decoding thread. Default: the one of a replay. */
  readonly worker?: string;
}

/** Decodes a night with one worker, in a process of its own. @throws Error if the process fails */
export async function decodeOnce(plan: DecodePlan): Promise<Measured> {
  const { night, indexed, warmUpEvents, isConverted, reader, expected, programCache, worker } = plan;
  const args = ['--night', night.path, '--indexed', indexed.path, '--warm-up', String(warmUpEvents)];
  args.push('--reader', reader);
  if (isConverted) args.push('--convert');
  if (worker !== undefined) args.push('--worker', worker);
  const decoded = await run<Decoded>(PROGRAM, args, night, programCache.env);
  const reasons: string[] = [];
  const { allEvents, digest } = decoded;
  if (allEvents !== night.events) reasons.push(`decoded ${allEvents} of ${night.events} events`);
  if (digest !== expected) {
    reasons.push(
      `topics and payloads are not those of the rows of ${night.path}: expected SHA-256 ${expected}, found ${digest}`,
    );
  }
  return { reasons, figures: { ...figuresOf(decoded), toSqlite: decoded.toSqlite } };
}

/** Makes SQLite alone read the same rows, in a process of its own. @throws Error if the process fails */
export async function readOnce({ night, warmUpEvents }: DecodePlan): Promise<Measured> {
  const { path, events, attributes } = night;
  const args = ['--night', path, '--events', String(events), '--warm-up', String(warmUpEvents)];
  const taken = await run<SqliteTaken>(SQLITE_PROGRAM, args, night, {});
  const rows = taken.events * attributes;
  const reasons = taken.rows === rows ? [] : [`looked at ${taken.rows} of ${rows} rows`];
  return { reasons, figures: { ...figuresOf(taken), bytesPerS: null, toSqlite: null } };
}

async function run<T>(
  program: string,
  args: readonly string[],
  night: Night,
  env: Readonly<Record<string, string>>,
): Promise<T> {
  loadIntoPageCache(night.path);
  const options = { timeoutMs: TIMEOUT_MS, env };
  const outcome = await new RunningProgram(process.execPath, [program, ...args], options).outcome;
  requireSuccess('the program that decodes', outcome);
  return JSON.parse(outcome.stdout) as T;
}

function figuresOf({ events, bytes, seconds, cpuS }: Taken): Measured['figures'] {
  const perS = (amount: number) => (seconds > 0 ? amount / seconds : null);
  return {
    eventsPerS: perS(events),
    cpuUs: events > 0 ? (1e6 * cpuS) / events : null,
    bytesPerS: perS(bytes),
  };
}
