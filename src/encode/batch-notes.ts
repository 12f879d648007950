import { type Oddity, oddityOf, type Warnings } from '../batch/warnings.js';
import { Interner } from './interner.js';
import { Topic } from './topic.js';

/** More distinct topics than a real night has. Beyond it they are forgotten, to bound memory. */
const MOST_TOPICS = 1 << 16;

/** What encoders note of events besides their payloads. */
export interface EventNotes {
  /** How often topics were forgotten: a `Topic` is valid until then. */
  readonly timesForgotten: number;
  /** The oddities of the events so far. */
  readonly oddities: readonly Oddity[];
  /** The topic with the content `source[start..end)` of a JSON string. */
  topicOf(source: Uint8Array, start: number, end: number): Topic;
  /** The number by which an event's topic is known to those who add the event. */
  indexOf(topic: Topic): number;
  /** Notes an oddity of an event. @param index of the event among those that were added */
  note(index: number, kind: keyof Warnings): void;
  /** Forgets the oddities of events that are left out, or encoded again. @param kept number of oddities before these events */
  forgetOddities(kept: number): void;
}

/**
 * What is noted of the events of a batch besides their payloads: their topics, and what is odd about them. The encoders that
 * fill a batch share it.
 */
export class BatchNotes implements EventNotes {
  timesForgotten = 0;
  private _topics = newTopics();
  private _names: string[] = [];
  private _oddities: Oddity[] = [];
  /** Number of the current batch: a topic has an index in each. */
  private _batch = 0;

  /** The oddities of the events since `take`. */
  get oddities(): readonly Oddity[] {
    return this._oddities;
  }

  topicOf(source: Uint8Array, start: number, end: number): Topic {
    return this._topics.intern(source, start, end);
  }

  /** Index of a topic among the topics of the batch. */
  indexOf(topic: Topic): number {
    if (topic.batch !== this._batch) {
      topic.batch = this._batch;
      topic.indexInBatch = this._names.push(topic.name) - 1;
    }
    return topic.indexInBatch;
  }

  note(index: number, kind: keyof Warnings): void {
    this._oddities.push(oddityOf(index, kind));
  }

  forgetOddities(kept: number): void {
    this._oddities.length = kept;
  }

  /** Returns the topics and oddities of the events since the last call, for packing their batch. */
  take(): { topics: string[]; oddities: Oddity[] } {
    const taken = { topics: this._names, oddities: this._oddities };
    this._names = [];
    this._oddities = [];
    this._batch += 1;
    if (this._topics.size > MOST_TOPICS) {
      this._topics = newTopics();
      this.timesForgotten += 1;
    }
    return taken;
  }
}

function newTopics(): Interner<Topic> {
  return new Interner((bytes, id) => new Topic(bytes, id));
}
