/** A binary heap: holds items by time and gives the earliest one first. */
export class TimeHeap<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  /** The time of the earliest item; Infinity when there is none. */
  get earliest(): number {
    return this.#times.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  /** The earliest item. Only for a heap that holds one. */
  peek(): T {
    return this.#items[0] as T;
  }

  push(time: number, item: T): void {
    let place = this.#times.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#put(place, this.#times[parent]!, this.#items[parent] as T);
      place = parent;
    }
    this.#put(place, time, item);
  }

  /** Takes the earliest item out. Only for a heap that holds one. */
  pop(): T {
    const earliest = this.#items[0] as T;
    const time = this.#times.pop()!;
    const item = this.#items.pop() as T;
    if (this.#times.length > 0) this.#sink(time, item);
    return earliest;
  }

  /** Gives the earliest item a new time. */
  reschedule(time: number): void {
    this.#sink(time, this.#items[0] as T);
  }

  /** Puts an item in at the root, whose own place is free, and lets it sink to where it belongs. */
  #sink(time: number, item: T): void {
    const count = this.#times.length;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#times[child + 1]! < this.#times[child]!) child += 1;
      if (this.#times[child]! >= time) break;
      this.#put(place, this.#times[child]!, this.#items[child] as T);
      place = child;
    }
    this.#put(place, time, item);
  }

  #put(place: number, time: number, item: T): void {
    this.#times[place] = time;
    this.#items[place] = item;
  }
}
