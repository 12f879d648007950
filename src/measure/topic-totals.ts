import { OTHER_TOPICS } from './topic-lateness.js';

/** Most topics with a number of their own: Prometheus keeps a series for each. */
const MOST_TOPICS = 1000;
/** A longer topic counts with the other ones. */
const LONGEST_TOPIC = 256;

/** The number of events of a topic. */
export interface TopicTotal {
  readonly topic: string;
  /** The name that it is sent as; absent where no topic is renamed. */
  readonly sentAs?: string;
  readonly events: number;
}

/** Numbers of events by topic. After the first 1000 topics, further ones are counted together, as `(other topics)`. */
export class TopicTotals {
  private readonly _events = new Map<string, number>();

  /** @param events below 0: so many were counted that are to be left out */
  add(topic: string, events: number): void {
    const known = this._events.get(topic);
    if (known !== undefined) this._events.set(topic, known + events);
    else if (this._events.size < MOST_TOPICS && topic.length <= LONGEST_TOPIC)
      this._events.set(topic, events);
    else this._events.set(OTHER_TOPICS, (this._events.get(OTHER_TOPICS) ?? 0) + events);
  }

  /** In the order in which the topics came first. */
  get entries(): readonly (readonly [topic: string, events: number])[] {
    return [...this._events];
  }
}
