import { Batch } from '../batch/batch.js';
import type { PreparedFile } from '../prepare/prepared-file.js';
import { lastUpTo } from '../prepare/prepared-index.js';

/** Batches that a search keeps: it looks ahead, back, and at one place again. */
const MOST_KEPT = 4;

/** The times of successive events, in Unix seconds. */
export interface EventTimes {
  readonly dueS: number[];
  /** Times by which events are merged; NaN for a stray. */
  readonly keyS: number[];
}

/** Finds events of a prepared file by number, from 0 on, and by time. */
export class PreparedEvents {
  /** Number of all events. */
  readonly count: number;
  private readonly _file: PreparedFile;
  private readonly _kept = new Map<number, Promise<Batch>>();

  constructor(file: PreparedFile) {
    this._file = file;
    this.count = file.events;
  }

  /** The block that an event is in. */
  blockOf(event: number): number {
    return lastUpTo(this._file.index.events, event);
  }

  /** The first event with which a time is reached; where there is none, the number of all. @throws FileFault */
  async firstReached(timeS: number): Promise<number> {
    const { reachedS, events, count } = this._file.index;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reachedS[middle + 1] >= timeS) high = middle;
      else low = middle + 1;
    }
    for (let block = low; block < count; block++) {
      const { keyS } = await this.times(events[block], events[block + 1]);
      const at = keyS.findIndex((key) => key >= timeS);
      if (at !== -1) return events[block] + at;
    }
    return this.count;
  }

  /** The times of the events from one up to another, which does not count. @throws FileFault */
  async times(from: number, end: number): Promise<EventTimes> {
    const { events, strays } = this._file.index;
    const times: EventTimes = { dueS: [], keyS: [] };
    for (let event = from; event < Math.min(end, this.count); ) {
      const block = this.blockOf(event);
      const { dueS, keyS } = await this.batch(block);
      const [first, last] = [event - events[block], Math.min(end, events[block + 1]) - events[block]];
      times.dueS.push(...dueS.subarray(first, last));
      times.keyS.push(...keyS.subarray(first, last));
      event = events[block + 1];
    }
    for (let i = lastUpTo(strays, from - 1) + 1; i < strays.length && strays[i] < end; i++)
      times.keyS[strays[i] - from] = Number.NaN;
    return times;
  }

  /** A block as a batch, which is not to be sent. @throws FileFault */
  batch(block: number): Promise<Batch> {
    const kept = this._kept.get(block) ?? this._file.block(block).then((buffer) => new Batch(buffer));
    this._kept.delete(block);
    this._kept.set(block, kept);
    for (const [oldest] of this._kept) {
      if (this._kept.size <= MOST_KEPT) break;
      this._kept.delete(oldest);
    }
    return kept;
  }
}
