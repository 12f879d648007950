import type { Batch } from '../batch/batch.js';

/**
 * Stands in the place of a topic's number, for the topics of a block that have none: whether such a block holds a wanted topic is
 * known only when it is read.
 */
export const UNNUMBERED = 0xffffffff;

/** How much is noted of topics. */
export interface TopicBounds {
  /** Memory for the texts of topics, in bytes: a topic that finds no room has no number. */
  readonly textBytes: number;
  /** Number of counts, of a topic in a block: where there is no room for those of a block, its topics have no numbers. */
  readonly counts: number;
}

/** Room for tens of thousands of topics, and for 10^7 events whose blocks have 400 topics each. */
const BOUNDS: TopicBounds = { textBytes: 4 << 20, counts: 4 << 20 };
/** What a topic takes besides its text, which has two bytes a character where it is not Latin. */
const TOPIC_BYTES = 64;

/** Numbers the topics of a recording, and counts the events of each in each block, in bounded memory. */
export class TopicCounter {
  /** Numbers of the counts at which those of each block begin, and the last ones end. */
  readonly ends = [0];
  private readonly _bounds: TopicBounds;
  private readonly _numbers = new Map<string, number>();
  private _textBytes = 0;
  private readonly _counts: Uint32Array[] = [];

  constructor(bounds: TopicBounds = BOUNDS) {
    this._bounds = bounds;
  }

  /** The topics that have numbers, each at its own. */
  get topics(): string[] {
    return [...this._numbers.keys()];
  }

  /** Adds a block. */
  add(batch: Batch): void {
    const before = this.ends[this.ends.length - 1];
    let counts = this._countsOf(batch);
    if (before + counts.length / 2 > this._bounds.counts) counts = Uint32Array.of(UNNUMBERED, batch.count);
    this._counts.push(counts);
    this.ends.push(before + counts.length / 2);
  }

  /** For each block and topic in it the topic's number and its events. */
  counts(): Uint32Array<ArrayBuffer> {
    const all = new Uint32Array(2 * this.ends[this.ends.length - 1]);
    let at = 0;
    for (const counts of this._counts) {
      all.set(counts, at);
      at += counts.length;
    }
    return all;
  }

  private _countsOf(batch: Batch): Uint32Array {
    const events = new Uint32Array(batch.topics.length);
    for (let i = 0; i < batch.count; i++) events[batch.topicIdOf(i)] += 1;
    const counts = new Map<number, number>();
    for (const [i, topic] of batch.topics.entries()) {
      if (events[i] === 0) continue;
      const number = this._numberOf(topic);
      counts.set(number, (counts.get(number) ?? 0) + events[i]);
    }
    return Uint32Array.from([...counts].flat());
  }

  private _numberOf(topic: string): number {
    const known = this._numbers.get(topic);
    if (known !== undefined) return known;
    const textBytes = this._textBytes + TOPIC_BYTES + 2 * topic.length;
    if (textBytes > this._bounds.textBytes) return UNNUMBERED;
    this._textBytes = textBytes;
    this._numbers.set(topic, this._numbers.size);
    return this._numbers.size - 1;
  }
}
