import './own-cache.js';
import type { Damage } from '../../src/batch/damage.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { Archive } from '../../src/timeline/archive.js';
import type { Run } from '../../src/timeline/timeline.js';

export interface PlayedEvent {
  readonly topic: string;
  readonly payload: Buffer;
  readonly dueS: number;
  readonly keyS: number;
}

/** What a pass over recordings gives. */
export interface PlayedEvents {
  readonly events: PlayedEvent[];
  readonly past: PlayedEvent[];
  readonly damage: Damage[];
  readonly notices: string[];
}

/** Options of a pass: those of a replay, and the time that is sought, in Unix seconds. */
export type PassOptions = Omit<ReplayOptions, 'databases'> & {
  seekS?: number;
  /** How often all is played; from the second time on from the beginning, and without a past. Default 1. */
  passes?: number;
};

/** Plays recordings in threads, with the times that they hold. */
export async function playedEvents(
  databases: readonly string[],
  { seekS, passes = 1, ...options }: PassOptions = {},
): Promise<PlayedEvents> {
  const resolved = resolveOptions({ databases, times: 'original', workers: 0, ...options });
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const pool = new DecoderPool(resolved.workers, { ...resolved, onNotice });
  try {
    const archive = await Archive.open(pool, resolved, { onNotice });
    const prime = resolved.prime;
    const pass = seekS === undefined ? archive.pass({ prime }) : await archive.seek(seekS, { prime });
    const past = (await pass.past).flatMap(eventsOf);
    const damage: Damage[] = archive.recordings.flatMap((recording) => recording.damage);
    const events: PlayedEvent[] = [];
    for (let i = 0; i < passes; i++) {
      const { timeline } = i === 0 ? pass : archive.pass({ prime: false });
      for await (const run of timeline) {
        if (run.first === 0) damage.push(...run.batch.damage);
        events.push(...eventsOf(run));
      }
    }
    return { events, past, damage, notices };
  } finally {
    await pool.close();
  }
}

function eventsOf({ batch, first, end }: Run): PlayedEvent[] {
  return Array.from({ length: end - first }, (_, i) => ({
    topic: batch.topics[batch.topicIdOf(first + i)],
    payload: Buffer.from(batch.payloads.subarray(batch.startOf(first + i), batch.endOf(first + i))),
    dueS: batch.dueS[first + i],
    keyS: batch.keyS[first + i],
  }));
}
