import { performance } from 'node:perf_hooks';
import { Batch } from '../../src/batch/batch.js';
import type { ReadResult } from '../../src/database/events/event-rows.js';
import { serveTasks } from '../../src/threads/serve-tasks.js';
import type { Ending, Kind, TaskCall } from '../../src/threads/tasks.js';
import { SLOWED_BY, SPOIL, type Spoil } from './spoil.js';

const ASCII_ONE = 0x31;

const spoil = process.env[SPOIL] as Spoil | undefined;
let reads = 0;

/** The entry of a decoding thread that is slow, or gets something wrong in its second batch. */
export default serveTasks((call, perform) => {
  if (call.kind !== 'read') return perform(call);
  reads += 1;
  if (spoil === 'slow') return slowed(() => perform(call));
  if (reads !== 2) return perform(call);
  return spoil === 'event' ? perform(withoutLast(call)) : withWrongByte(perform(call));
});

function slowed<T>(action: () => T): T {
  const startedMs = performance.now();
  const result = action();
  const endMs = startedMs + SLOWED_BY * (performance.now() - startedMs);
  while (performance.now() < endMs);
  return result;
}

function withoutLast({ kind, task }: TaskCall<Kind>): TaskCall<Kind> {
  const { rows, ...rest } = task as { rows: { first: bigint; last: bigint } };
  return { kind, task: { ...rest, rows: { ...rows, last: rows.last - 1n } } as typeof task };
}

/** Changes a digit: it stays JSON, of the same size. */
function withWrongByte(ending: Ending<Kind>): Ending<Kind> {
  const { result } = ending as { result: ReadResult };
  const { payloads } = new Batch(result.buffer);
  payloads[payloads.lastIndexOf(ASCII_ONE)] += 1;
  return ending;
}
