import type { EventList } from '../ledger/event-list.js';
import { FOREIGN } from './foreign.js';

const EMPTY = -1;

/**
 * Finds events of the same topic and content, and hands them out in their order. A hash table with open addressing: 20 to 28
 * bytes an event.
 */
export class EqualEvents {
  private readonly _events: EventList;
  /** The first event of each content, by the content's digest. */
  private readonly _slots: Int32Array;
  /** By the first event of a content: the event that is handed out next, and the last one. */
  private readonly _heads: Int32Array;
  private readonly _tails: Int32Array;
  /** By event: the next one of the same content. */
  private readonly _next: Int32Array;

  constructor(events: EventList) {
    const { count } = events;
    this._events = events;
    this._slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2))).fill(EMPTY);
    this._heads = new Int32Array(count);
    this._tails = new Int32Array(count);
    this._next = new Int32Array(count).fill(EMPTY);
    for (let i = 0; i < count; i++) this._add(i);
  }

  /**
   * The next event that is equal to event `j` of another list. The last one is handed out again and again: what comes beyond it is
   * a copy.
   *
   * @returns `FOREIGN` where none is equal
   */
  take(list: EventList, j: number): number {
    const first = this._slots[this._slotOf(list, j)];
    if (first === EMPTY) return FOREIGN;
    const taken = this._heads[first];
    const next = this._next[taken];
    if (next !== EMPTY) this._heads[first] = next;
    return taken;
  }

  private _add(i: number): void {
    const slot = this._slotOf(this._events, i);
    const first = this._slots[slot];
    if (first === EMPTY) {
      this._slots[slot] = i;
      this._heads[i] = i;
      this._tails[i] = i;
    } else {
      this._next[this._tails[first]] = i;
      this._tails[first] = i;
    }
  }

  private _slotOf(list: EventList, j: number): number {
    const mask = this._slots.length - 1;
    let slot = list.lowOf(j) & mask;
    while (this._slots[slot] !== EMPTY && !this._events.isEqual(this._slots[slot], list, j))
      slot = (slot + 1) & mask;
    return slot;
  }
}
