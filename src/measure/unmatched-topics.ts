import type { Batch } from '../batch/batch.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import { topicMatcher } from '../selection/topic-pattern.js';

/** Notes which of the topics that were asked for events have had. Costs nothing once all were seen. */
export class UnmatchedTopics {
  private readonly _matchers: Map<string, (topic: string) => boolean>;
  private readonly _known = new Set<string>();

  constructor(filter: TopicFilter | undefined) {
    const { names = [], globs = [], addressedNames = [], addressedGlobs = [] } = filter ?? {};
    const all = [...names, ...globs, ...addressedNames, ...addressedGlobs];
    this._matchers = new Map(all.map((asked) => [asked, topicMatcher([asked])]));
  }

  /** Notes the topics of a batch. Its topics are those of events that are sent. */
  see({ topics }: Pick<Batch, 'topics'>): void {
    if (this._matchers.size === 0) return;
    for (const topic of topics) {
      if (this._known.has(topic)) continue;
      if (this._known.size < MOST_KNOWN) this._known.add(topic);
      for (const [asked, matches] of this._matchers) if (matches(topic)) this._matchers.delete(asked);
    }
  }

  /** Names and patterns that no event so far has had, as the user gave them. */
  get unmatched(): string[] {
    return [...this._matchers.keys()];
  }
}

/** A night has some hundred topics; a broken database may have one for each event. */
const MOST_KNOWN = 10_000;
