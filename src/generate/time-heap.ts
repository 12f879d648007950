/** A binary heap: holds items by time and gives the earliest one first. */
export class TimeHeap<T> {
  private readonly _times: number[] = [];
  private readonly _items: T[] = [];

  /** The time of the earliest item; Infinity when there is none. */
  get earliest(): number {
    return this._times.length === 0 ? Number.POSITIVE_INFINITY : this._times[0]!;
  }

  /** The earliest item. Only for a heap that holds one. */
  peek(): T {
    return this._items[0] as T;
  }

  push(time: number, item: T): void {
    let place = this._times.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this._times[parent]! <= time) break;
      this._put(place, this._times[parent]!, this._items[parent] as T);
      place = parent;
    }
    this._put(place, time, item);
  }

  /** Takes the earliest item out. Only for a heap that holds one. */
  pop(): T {
    const earliest = this._items[0] as T;
    const time = this._times.pop()!;
    const item = this._items.pop() as T;
    if (this._times.length > 0) this._sink(time, item);
    return earliest;
  }

  /** Gives the earliest item a new time. */
  reschedule(time: number): void {
    this._sink(time, this._items[0] as T);
  }

  /** Puts an item in at the root, whose own place is free, and lets it sink to where it belongs. */
  private _sink(time: number, item: T): void {
    const count = this._times.length;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && this._times[child + 1]! < this._times[child]!) child += 1;
      if (this._times[child]! >= time) break;
      this._put(place, this._times[child]!, this._items[child] as T);
      place = child;
    }
    this._put(place, time, item);
  }

  private _put(place: number, time: number, item: T): void {
    this._times[place] = time;
    this._items[place] = item;
  }
}
