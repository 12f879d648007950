import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { Archive } from '../../src/timeline/archive.js';

/** An event as a replay with `times: 'original'` sends it. */
export interface SentEvent {
  readonly topic: string;
  readonly payload: string;
  /** Recorded wire time in Unix seconds, or what stands for it; NaN: none. */
  readonly dueS: number;
  /** Recorded data time in Unix seconds; NaN: none. */
  readonly dataS: number;
}

/** All events that a replay sends, with their recorded times, in its order, without a socket. Those of its past come first. */
export async function archiveEvents(
  databases: string | readonly string[],
  options: Omit<ReplayOptions, 'databases'> = {},
): Promise<SentEvent[]> {
  const resolved = resolveOptions({ workers: 0, ...options, databases, times: 'original' });
  const pool = new DecoderPool(resolved.workers);
  try {
    const archive = await Archive.open(pool, resolved);
    const { past, timeline } = archive.pass(resolved);
    const events: SentEvent[] = [];
    const add = ({ batch, first, end }: Awaited<typeof past>[number]) => {
      for (let i = first; i < end; i++) {
        const topic = batch.topics[batch.topicIdOf(i)];
        const payload = batch.payloads.toString('utf8', batch.startOf(i), batch.endOf(i));
        events.push({ topic, payload, dueS: batch.dueS[i], dataS: batch.dataS[i] });
      }
    };
    for (const run of await past) add(run);
    for await (const run of timeline) add(run);
    return events;
  } finally {
    await pool.close();
  }
}

/** Values as their types say. */
export const TYPED = { convertNumber: true, convertBool: true } as const;

/** Topic and payload of events, to be compared. */
export function frames(events: readonly SentEvent[]): [topic: string, payload: string][] {
  return events.map(({ topic, payload }) => [topic, payload]);
}
