import type { TopicWatch } from '../measure/topic-watch.js';
import type { TopicList } from './protocol.js';

/** With more topics, a strip is made of those that are asked for. */
const MANY_TOPICS = 800;

/** The topics of the page. A topic keeps its id: later ones come at the end. */
export class TopicDirectory {
  private readonly _watch: () => TopicWatch;
  /** Numbers of events that the databases have, by id; undefined: not known. */
  private readonly _events: (number | undefined)[] = [];
  /** Numbers of events that are played of each source, by its name; empty: not known. */
  private _eventsOfSources: ReadonlyMap<string, number> = new Map();
  private _isWhole = false;
  private _changes = 0;

  constructor(watch: () => TopicWatch) {
    this._watch = watch;
  }

  /** Goes up when a topic, or its number of events, becomes known. */
  get version(): number {
    return this._watch().topics.length + this._changes;
  }

  /** Adds topics that the databases have. */
  add(topics: Iterable<string>): void {
    const watch = this._watch();
    for (const topic of topics) watch.topicOf(topic);
  }

  /** Notes how many events all topics, and all sources, have: from then on, all topics are known. */
  setEvents(events: ReadonlyMap<string, number>, ofSources: ReadonlyMap<string, number>): void {
    const watch = this._watch();
    for (const [topic, count] of events) {
      const known = watch.topicOf(topic);
      if (known !== undefined) this._events[known.id] = count;
    }
    this._eventsOfSources = ofSources;
    this._isWhole = true;
    this._changes += 1;
  }

  /** The number of events that are played of a source; undefined: not known yet. */
  eventsOfSource(name: string): number | undefined {
    return this._eventsOfSources.get(name);
  }

  /** Number of topics that are known. */
  get size(): number {
    return this._watch().topics.length;
  }

  /** Whether there may be so many topics that not all are kept one by one. */
  get mayBeMany(): boolean {
    return this._watch().topics.length > MANY_TOPICS;
  }

  /** The id of a topic that is known. */
  idOf(topic: string): number | undefined {
    return this._watch().topicOf(topic)?.id;
  }

  /** The topic with an id; undefined: there is none. */
  nameOf(id: number): string | undefined {
    return this._watch().topics[id]?.topic;
  }

  get list(): TopicList {
    const { version } = this;
    return {
      topics: this._watch().topics.map(({ id, topic }) => ({
        name: topic,
        events: this._events[id] ?? (this._isWhole ? 0 : null),
      })),
      isWhole: this._isWhole,
      version,
    };
  }
}
