import type { TopicCounts } from '../../database/places/topic-counts.js';

/** Topics whose counts are kept one by one; those of others are only part of the total. */
const MOST_TOPICS = 1000;

/** Events by topic and time, as far as they are known. */
export class StripCounts {
  /** Events of all topics together, by bin. */
  readonly total: Float64Array;
  /** Goes up with each part that is added. */
  version = 0;
  /** Whether there were more topics than are kept. */
  isCut = false;
  /** Events of each topic, by topic: also of those that are not kept by time. */
  readonly events = new Map<string, number>();
  private readonly _bins: number;
  private readonly _wanted: ReadonlySet<string> | undefined;
  private readonly _ofTopics = new Map<string, { readonly counts: Float64Array; version: number }>();
  private readonly _estimates = new Map<number, TopicCounts>();

  /** @param wanted topics that are kept; undefined: all, up to some thousand */
  constructor(bins: number, wanted: ReadonlySet<string> | undefined) {
    this._bins = bins;
    this._wanted = wanted;
    this.total = new Float64Array(bins);
  }

  get sizeBytes(): number {
    return 8 * this._bins * (1 + this._ofTopics.size) + 64 * this.events.size;
  }

  /** Adds an estimate of a part. @param number of the part */
  estimate(number: number, counts: TopicCounts): void {
    this._estimates.set(number, counts);
    this._add(counts, 1);
  }

  /** Adds the exact counts of a part, which replace its estimate. */
  add(number: number, counts: TopicCounts): void {
    const estimate = this._estimates.get(number);
    this._estimates.delete(number);
    if (estimate !== undefined) this._add(estimate, -1);
    this._add(counts, 1);
  }

  has(topic: string): boolean {
    return this._ofTopics.has(topic);
  }

  /** Topics that are kept and have changed since a version: those with most events first. */
  changedSince(version: number): string[] {
    return [...this._ofTopics]
      .filter(([, { version: own }]) => own > version)
      .map(([topic]) => topic)
      .sort((a, b) => (this.events.get(b) ?? 0) - (this.events.get(a) ?? 0));
  }

  /** The counts of a topic that is kept, by bin; the owner keeps them. */
  of(topic: string): Float64Array {
    return this._ofTopics.get(topic)?.counts ?? new Float64Array(this._bins);
  }

  private _add({ topics, firstBin, counts }: TopicCounts, sign: number): void {
    this.version += 1;
    if (topics.length === 0) return;
    const length = counts.length / topics.length;
    for (const [i, topic] of topics.entries()) {
      const kept = this._keptOf(topic);
      if (kept !== undefined) kept.version = this.version;
      let sum = 0;
      for (let at = 0; at < length; at++) {
        const events = sign * counts[i * length + at];
        this.total[firstBin + at] += events;
        if (kept !== undefined) kept.counts[firstBin + at] += events;
        sum += events;
      }
      this.events.set(topic, (this.events.get(topic) ?? 0) + sum);
    }
  }

  private _keptOf(topic: string) {
    let kept = this._ofTopics.get(topic);
    if (kept !== undefined || this._wanted?.has(topic) === false) return kept;
    if (this._ofTopics.size >= MOST_TOPICS) {
      this.isCut = true;
      return undefined;
    }
    kept = { counts: new Float64Array(this._bins), version: this.version };
    this._ofTopics.set(topic, kept);
    return kept;
  }
}
