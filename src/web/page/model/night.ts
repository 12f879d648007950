import { computed, signal } from '@preact/signals';
import { plain } from '../../../shared/plain-text.js';
import type { Overview, TopicList } from '../../protocol.js';
import { link } from '../connection/link.js';
import { getJson, type Refusal, RefusedError } from '../connection/session.js';

/** What is played; undefined: not known yet. */
export const overview = signal<Overview | undefined>(undefined);
export const topicList = signal<TopicList>({ topics: [], isWhole: false, version: -1 });
/** Why there is nothing to see; undefined: there is. */
export const refusal = signal<Refusal | undefined>(undefined);

/** What is played, in a few words: the first source, and how many others. Empty: not known yet. */
export const nightName = computed(() => {
  const [first, ...others] = overview.value?.sources ?? [];
  if (first === undefined) return plays.value === 'mock' ? 'mock events' : '';
  return others.length === 0 ? plain(first.name) : `${plain(first.name)} and ${others.length} more`;
});

/** The id of each topic. */
export const idOf = computed(
  () => new Map(topicList.value.topics.map(({ name }, id) => [name, id] as const)),
);

/** First and last recorded time; undefined: not known. */
export const extent = computed(() => {
  const { firstS = null, lastS = null } = overview.value ?? {};
  return firstS === null || lastS === null ? undefined : { firstS, lastS };
});

/** What is played: only recordings have a past, and other times to go to. */
export const plays = computed(() => overview.value?.plays ?? 'recordings');

let isAsking = false;

/** Reads what is played, and its topics. */
export async function readNight(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  try {
    overview.value = await getJson<Overview>('/api/overview');
    topicList.value = await getJson<TopicList>('/api/topics');
    refusal.value = undefined;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    // What was seen stays in sight where only the connection is lost.
    if (error.refusal.why !== 'gone' || overview.value === undefined) refusal.value = error.refusal;
  } finally {
    isAsking = false;
  }
}

/** What is played can become known while it is played: databases open, a recording grows. */
export function followNight(): void {
  let askedMs = Number.NEGATIVE_INFINITY;
  let known: { readonly firstS: number | null; readonly lastS: number | null } | undefined;
  link.on('state', ({ status, topicsVersion }) => {
    known ??= status;
    const hasOtherTimes = status.firstS !== known.firstS || status.lastS !== known.lastS;
    const isOld = topicsVersion !== topicList.value.version || hasOtherTimes;
    if (!isOld || performance.now() - askedMs < LEAST_PAUSE_MS) return;
    askedMs = performance.now();
    known = status;
    void readNight();
  });
}

/** A recording that grows changes with each state. */
const LEAST_PAUSE_MS = 2000;
