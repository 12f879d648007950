import { effect, signal } from '@preact/signals';
import type { StripPart } from '../../protocol.js';
import { readLines } from '../connection/read-lines.js';
import { RefusedError } from '../connection/session.js';
import { later } from './later.js';
import { topicList } from './night.js';
import { type Span, shown } from './window.js';

/** The activity within a window. */
export interface Strip extends Span {
  readonly bins: number;
  /** Events of each topic by bin. */
  readonly counts: ReadonlyMap<number, readonly number[]>;
  readonly total: readonly number[];
  readonly gaps: readonly Span[];
  readonly damage: NonNullable<StripPart['damage']>;
  /** 0…1 */
  readonly done: number;
  /** Why it is not whole; undefined: it is, or is being read. */
  readonly fault: string | undefined;
}

export const strip = signal<Strip | undefined>(undefined);
/** How many bins there are room for. */
export const binsWanted = signal(0);
/** The topics whose rows are in sight. */
export const stripIds = signal<readonly number[]>([]);

/** With more topics, only those in sight are asked for. */
const MOST_TOPICS = 400;
const PAUSE_MS = 120;

let abort = new AbortController();

export function followStrip(): void {
  const read = later(() => void readStrip(), PAUSE_MS);
  let asked = '';
  effect(() => {
    const { topics } = topicList.value;
    const span = shown.value;
    if (span === undefined || binsWanted.value === 0) return;
    const ids = topics.length > MOST_TOPICS ? stripIds.value : [];
    // Counts of topics that became known meanwhile have not been asked for.
    const wanted = `${topics.length} ${span.fromS} ${span.toS} ${binsWanted.value} ${ids}`;
    if (wanted === asked) return;
    asked = wanted;
    read();
  });
}

async function readStrip(): Promise<void> {
  abort.abort();
  abort = new AbortController();
  const { signal } = abort;
  const { fromS, toS } = shown.peek() as Span;
  const bins = binsWanted.peek();
  const isPart = topicList.peek().topics.length > MOST_TOPICS;
  const topics = isPart ? `&topics=${stripIds.peek().slice(0, MOST_TOPICS).join(',')}` : '';
  try {
    await readLines<StripPart>(
      `/api/strip?from=${fromS}&to=${toS}&bins=${bins}${topics}`,
      (part) => {
        if (!signal.aborted) strip.value = joined(strip.peek(), part);
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const old = strip.peek();
    if (old !== undefined) strip.value = { ...old, fault: error.message };
  }
}

/** What is known of the window after another part. */
function joined(old: Strip | undefined, part: StripPart): Strip {
  const isSame = old?.fromS === part.fromS && old.toS === part.toS && old.bins === part.bins;
  const counts = new Map(isSame ? old.counts : []);
  for (const [id, row] of Object.entries(part.counts)) counts.set(Number(id), row);
  const { fromS, toS, bins, done } = part;
  const total = part.total ?? totalOf(counts, bins);
  const gaps = part.gaps ?? (isSame ? old.gaps : []);
  return {
    fromS,
    toS,
    bins,
    done,
    counts,
    total,
    gaps,
    damage: part.damage ?? old?.damage ?? [],
    fault: undefined,
  };
}

function totalOf(counts: ReadonlyMap<number, readonly number[]>, bins: number): number[] {
  const total = new Array<number>(bins).fill(0);
  for (const row of counts.values()) for (let i = 0; i < bins; i++) total[i] += row[i] ?? 0;
  return total;
}
