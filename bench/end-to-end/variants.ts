import { type Night, seededNight } from '../night.js';
import { withoutIndex, withTextIds } from '../night-copy.js';
import { WITH_A_PAGE } from '../page-visitor.js';
import { ranksOf } from '../ranks.js';
import type { Facts, Level } from '../result.js';
import { atLevel, type Settings } from '../settings.js';

/** A way to run tcs-replay on a night. */
export interface Variant {
  readonly id: string;
  readonly parameters: Facts;
  readonly night: Night;
  /** Arguments in addition to those of every trial. */
  readonly args: readonly string[];
  /** Whether the night, or its prepared file, is read from the disk. */
  readonly isCold: boolean;
  /** Whether the night is prepared before. Default false. */
  readonly isPrepared?: boolean;
  /** Whether its page is open meanwhile. Default false. */
  readonly hasPage?: boolean;
  /** File of the expected order; undefined: table order. */
  readonly ranksPath?: string;
}

export interface Nights {
  /** The night of most cases. */
  readonly base: Night;
  /** Nights of other sizes, smallest first. */
  readonly others: readonly Night[];
  /** The base night with texts for ids; null if no case needs it. */
  readonly textIds: Night | null;
  /** The base night without an index, and a file of its order by time; null if no case needs them. */
  readonly unindexed: Night | null;
  readonly ranksPath: string | null;
}

const ATTRIBUTES = 16;
/** Seconds in which a page is opened and reads the past, before the first event is sent. */
const PAGE_SETUP_S = 3;

/** Makes the nights of a level, or finds them in the cache. */
export async function nightsOf(settings: Settings): Promise<Nights> {
  const { level } = settings;
  const options = { ...settings, attributes: ATTRIBUTES };
  const events = settings.events ?? atLevel(level, { quick: 40_000, default: 200_000, full: 200_000 });
  const base = await seededNight({ ...options, events });
  const sizes = atLevel<readonly number[]>(level, { quick: [], default: [0.1], full: [0.01, 0.1, 5] });
  const others: Night[] = [];
  for (const size of sizes) {
    others.push(await seededNight({ ...options, events: Math.max(2, Math.round(size * events)) }));
    settings.signal.throwIfAborted();
  }
  const isFull = level === 'full';
  return {
    ...{ base, others },
    textIds: level === 'quick' ? null : await withTextIds(base, { ...options, events }),
    unindexed: isFull ? await withoutIndex(base, { ...options, events }) : null,
    ranksPath: isFull ? ranksOf(base, '__wire_time', settings.onMake) : null,
  };
}

/** The variants of a level. */
export function variantsOf(level: Level, { base, others, textIds, unindexed, ranksPath }: Nights): Variant[] {
  const { events } = base;
  const cold = { night: base, isCold: true };
  const plain: Variant = { ...cold, id: 'ours', parameters: { events }, args: [] };
  const workers = atLevel<readonly number[]>(level, {
    quick: [1],
    default: [0, 1, 2, 4],
    full: [0, 1, 2, 4],
  });
  const byWorkers = workers.map(
    (count): Variant => ({
      ...{ ...cold, id: `${count} worker${count === 1 ? '' : 's'}`, parameters: { workers: count, events } },
      args: ['--workers', String(count)],
    }),
  );
  if (level === 'quick') return [plain, ...byWorkers];
  const byReadAhead = ['1MiB', '64MiB'].map(
    (readAhead): Variant => ({
      ...{ ...cold, id: `read-ahead ${readAhead}`, parameters: { readAhead, events } },
      args: ['--read-ahead', readAhead],
    }),
  );
  const byBatch = [128, 1024, 8192].map(
    (batchEvents): Variant => ({
      ...{ ...cold, id: `batches of ${batchEvents}`, parameters: { batchEvents, events } },
      args: ['--batch-events', String(batchEvents)],
    }),
  );
  const bySize = others.map(
    (night): Variant => ({
      ...{ night, isCold: true, id: `${night.events.toLocaleString('en-US')} events`, args: [] },
      parameters: { events: night.events },
    }),
  );
  const fromMemory: Variant = {
    ...{ ...plain, id: 'from memory', parameters: { events, pageCache: 'warm' }, isCold: false },
  };
  const prepared: Variant = {
    ...{ ...plain, id: 'prepared', parameters: { events, prepared: true }, isPrepared: true },
  };
  const withPage: Variant = {
    ...{ ...fromMemory, id: 'with a page', parameters: { events, pageCache: 'warm', page: true } },
    ...{ args: [...WITH_A_PAGE, '--wait-setup', String(PAGE_SETUP_S)], hasPage: true },
  };
  const more: Variant[] = [];
  if (textIds !== null) {
    const parameters = { events, ids: 'text' };
    more.push(
      { ...plain, id: 'text ids', parameters, night: textIds },
      {
        ...prepared,
        id: 'prepared, text ids',
        parameters: { ...parameters, prepared: true },
        night: textIds,
      },
    );
  }
  if (unindexed !== null)
    more.push({ ...plain, id: 'no index', parameters: { events, index: false }, night: unindexed });
  if (ranksPath !== null) {
    const args = ['--sort-by', '__wire_time'];
    more.push({
      ...plain,
      id: 'by __wire_time',
      parameters: { events, order: '__wire_time' },
      args,
      ranksPath,
    });
  }
  const largest = others.at(-1);
  if (level === 'full' && largest !== undefined) {
    const id = `prepared, ${largest.events.toLocaleString('en-US')} events`;
    more.push({ ...prepared, id, parameters: { events: largest.events, prepared: true }, night: largest });
  }
  return [
    plain,
    fromMemory,
    withPage,
    prepared,
    ...byWorkers,
    ...byReadAhead,
    ...byBatch,
    ...bySize,
    ...more,
  ];
}
