/** Number of events that are remembered: 12 bytes each. */
const DEFAULT_REMEMBERED = 1 << 20;
const LARGEST_TOPICS = 100_000;
/** The number of all topics beyond these. */
const OTHER = LARGEST_TOPICS;

/**
 * The events that were sent last, by their wire times, which ascend strictly. An event's place is the number of events sent
 * before it.
 */
export class SentLog {
  protected readonly _wireUs: Float64Array;
  private readonly _topicIds: Uint32Array;
  protected readonly _remembered: number;
  private readonly _topics: string[] = [];
  private readonly _idsByName = new Map<string, number>();
  /** A batch has one buffer for all events of a topic. */
  private readonly _idsByBytes = new WeakMap<Uint8Array, number>();
  private _count = 0;

  /** @param remembered number of events: a power of two */
  constructor(remembered = DEFAULT_REMEMBERED) {
    this._remembered = remembered;
    this._wireUs = new Float64Array(remembered);
    this._topicIds = new Uint32Array(remembered);
  }

  /** Number of events sent. */
  get count(): number {
    return this._count;
  }

  /** The place of the first event that is remembered. */
  get firstPlace(): number {
    return Math.max(0, this._count - this._remembered);
  }

  /** The topics so far. Those beyond 100,000 are not told apart, and have no name. */
  get topics(): readonly string[] {
    return this._topics;
  }

  /** @param wireUs of the event, in microseconds since 1970, above that of the event before */
  add(wireUs: number, topic: Uint8Array): void {
    const at = this._count & (this._remembered - 1);
    this._wireUs[at] = wireUs;
    this._topicIds[at] = this._idOf(topic);
    this._count += 1;
  }

  /** The number of events sent up to a wire time, that event included; undefined: it is no longer remembered. */
  countUpTo(wireUs: number): number | undefined {
    return this.countIn(this._wireUs, wireUs);
  }

  /** Whether wire times ascend: who has received one has received, or lost, all events that were sent before it, and none after it. */
  get isOrdered(): boolean {
    return true;
  }

  /** The number of events sent up to a time, in microseconds since 1970; undefined: it is no longer remembered. */
  countSentUpTo(unixUs: number): number | undefined {
    return this.countUpTo(unixUs);
  }

  /** The place of an event, by its wire time; undefined: it is no longer remembered. */
  placeOf(wireUs: number): number | undefined {
    const upTo = this.countUpTo(wireUs);
    return upTo === undefined ? undefined : Math.max(0, upTo - 1);
  }

  /** The topic of the event at a place that is remembered, as a number: an index in `topics`, or beyond them. */
  topicIdAt(place: number): number {
    return this._topicIds[place & (this._remembered - 1)];
  }

  /** The number of events up to a time of theirs. @param timesUs of the events, by place, ascending */
  protected countIn(timesUs: Float64Array, upToUs: number): number | undefined {
    let [low, high] = [this.firstPlace, this._count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (timesUs[middle & (this._remembered - 1)] <= upToUs) low = middle + 1;
      else high = middle;
    }
    return low === this.firstPlace && low > 0 ? undefined : low;
  }

  private _idOf(bytes: Uint8Array): number {
    const known = this._idsByBytes.get(bytes);
    if (known !== undefined) return known;
    const topic = Buffer.from(bytes).toString();
    let id = this._idsByName.get(topic);
    if (id === undefined) {
      if (this._topics.length >= LARGEST_TOPICS) return OTHER;
      id = this._topics.length;
      this._topics.push(topic);
      this._idsByName.set(topic, id);
    }
    this._idsByBytes.set(bytes, id);
    return id;
  }
}
