/** Events in the order in which they were sent, or received: time, topic and digest of each, in 28 bytes of memory. */
export class EventList {
  readonly topics: string[] = [];
  private readonly _ids = new Map<string, number>();
  private _count = 0;
  private _wireUs = new Float64Array(1024);
  private _topicIds = new Uint32Array(1024);
  private _digests = new Int32Array(2048);
  private _receivedS = new Float64Array(1024);

  get count(): number {
    return this._count;
  }

  /** The number of a topic, which is new if the list does not have it. */
  topicId(topic: string): number {
    const known = this._ids.get(topic);
    if (known !== undefined) return known;
    const id = this.topics.length;
    this._ids.set(topic, id);
    this.topics.push(topic);
    return id;
  }

  /**
   * @param wireUs microseconds since 1970; NaN: the event has no wire time
   * @param topicId as `topicId` gives it
   * @param low, high the two halves of the payload's digest
   * @param receivedS when it was received, in Unix seconds; NaN: not known
   */
  add(wireUs: number, topicId: number, low: number, high: number, receivedS = Number.NaN): void {
    const i = this._count;
    if (i === this._wireUs.length) this._grow();
    this._wireUs[i] = wireUs;
    this._topicIds[i] = topicId;
    this._digests[2 * i] = low;
    this._digests[2 * i + 1] = high;
    this._receivedS[i] = receivedS;
    this._count += 1;
  }

  /** A list of the events whose topics are wanted. */
  selected(isWanted: (topicId: number) => boolean): EventList {
    const list = new EventList();
    for (const topic of this.topics) list.topicId(topic);
    for (let i = 0; i < this._count; i++) {
      const topicId = this._topicIds[i];
      if (!isWanted(topicId)) continue;
      const [low, high] = [this._digests[2 * i], this._digests[2 * i + 1]];
      list.add(this._wireUs[i], topicId, low, high, this._receivedS[i]);
    }
    return list;
  }

  /** The wire time of event `i`, in microseconds since 1970; NaN: it has none. */
  wireUsOf(i: number): number {
    return this._wireUs[i];
  }

  /** When event `i` was received, in Unix seconds; NaN: not known. */
  receivedSOf(i: number): number {
    return this._receivedS[i];
  }

  topicOf(i: number): string {
    return this.topics[this._topicIds[i]];
  }

  /** Whether event `i` has the topic and the content of event `j` of another list. */
  isEqual(i: number, other: EventList, j: number): boolean {
    return (
      this._digests[2 * i] === other._digests[2 * j] &&
      this._digests[2 * i + 1] === other._digests[2 * j + 1] &&
      this.topicOf(i) === other.topicOf(j)
    );
  }

  /** The lower half of the digest of event `i`. */
  lowOf(i: number): number {
    return this._digests[2 * i];
  }

  private _grow(): void {
    const wireUs = new Float64Array(2 * this._wireUs.length);
    wireUs.set(this._wireUs);
    this._wireUs = wireUs;
    const topicIds = new Uint32Array(2 * this._topicIds.length);
    topicIds.set(this._topicIds);
    this._topicIds = topicIds;
    const digests = new Int32Array(2 * this._digests.length);
    digests.set(this._digests);
    this._digests = digests;
    const receivedS = new Float64Array(2 * this._receivedS.length);
    receivedS.set(this._receivedS);
    this._receivedS = receivedS;
  }
}
