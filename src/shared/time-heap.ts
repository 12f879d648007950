/** A priority queue of items by time, earliest first: a binary heap. */
export class TimeHeap<T> {
  private readonly _times: number[] = [];
  private readonly _items: T[] = [];

  /** The time of the earliest item; Infinity when the heap is empty. */
  get earliest(): number {
    return this._times.length === 0 ? Number.POSITIVE_INFINITY : this._times[0]!;
  }

  /** The earliest item. The heap must not be empty. */
  peek(): T {
    return this._items[0] as T;
  }

  push(time: number, item: T): void {
    let index = this._times.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this._times[parent]! <= time) break;
      this._put(index, this._times[parent]!, this._items[parent] as T);
      index = parent;
    }
    this._put(index, time, item);
  }

  /** Removes the earliest item and returns it. The heap must not be empty. */
  pop(): T {
    const earliest = this._items[0] as T;
    const time = this._times.pop()!;
    const item = this._items.pop() as T;
    if (this._times.length > 0) this._sink(time, item);
    return earliest;
  }

  /** Gives the earliest item a new time. The heap must not be empty. */
  reschedule(time: number): void {
    this._sink(time, this._items[0] as T);
  }

  /** Inserts an item from the root down. What was at the root is overwritten. */
  private _sink(time: number, item: T): void {
    const count = this._times.length;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= count) break;
      if (child + 1 < count && this._times[child + 1]! < this._times[child]!) child += 1;
      if (this._times[child]! >= time) break;
      this._put(index, this._times[child]!, this._items[child] as T);
      index = child;
    }
    this._put(index, time, item);
  }

  private _put(index: number, time: number, item: T): void {
    this._times[index] = time;
    this._items[index] = item;
  }
}
