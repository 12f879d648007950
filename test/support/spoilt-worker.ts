import { performance } from 'node:perf_hooks';
import { valueSymbol } from 'piscina';
import { Batch } from '../../src/batch/batch.js';
import type { ReadResult } from '../../src/database/events/batch-reader.js';
import run from '../../src/threads/worker.js';
import { SLOWED_BY, SPOIL, type Spoil } from './spoil.js';

const ASCII_ONE = 0x31;

const spoil = process.env[SPOIL] as Spoil | undefined;
let reads = 0;

/** The entry of a decoding thread that is slow, or gets something wrong in its second batch. */
export default function runSpoilt(call: Parameters<typeof run>[0]): unknown {
  if (call.kind !== 'read') return run(call);
  reads += 1;
  if (spoil === 'slow') return slowed(() => run(call));
  if (reads !== 2) return run(call);
  return spoil === 'event' ? run(withoutLast(call)) : withWrongByte(run(call));
}

function slowed<T>(action: () => T): T {
  const startedMs = performance.now();
  const result = action();
  const endMs = startedMs + SLOWED_BY * (performance.now() - startedMs);
  while (performance.now() < endMs);
  return result;
}

function withoutLast({ kind, task }: Parameters<typeof run>[0]): Parameters<typeof run>[0] {
  const { rows, ...rest } = task as { rows: { first: bigint; last: bigint } };
  return { kind, task: { ...rest, rows: { ...rows, last: rows.last - 1n } } as typeof task };
}

/** Changes a digit: it stays JSON, of the same size. */
function withWrongByte(ending: unknown): unknown {
  const { result } = (ending as { [valueSymbol]: { result: ReadResult } })[valueSymbol];
  const { payloads } = new Batch(result.buffer);
  payloads[payloads.lastIndexOf(ASCII_ONE)] += 1;
  return ending;
}
