import { SLACK_S } from '../batch/strays.js';
import type { Look, Seen } from '../database/places/silence.js';
import type { PreparedFile } from '../prepare/prepared-file.js';
import { RangeCursor, type Silence, type TimeRange } from '../selection/time-ranges.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import { PreparedEvents } from './prepared-events.js';
import { PreparedSelection, type Span } from './prepared-selection.js';
import { seenSilence } from './seen-silence.js';
import { pastUntil, startOf } from './source.js';

/** In a log no event stands further behind one that is due later: see `TablePlaces`. */
const WINDOW_EVENTS = 1024;
/** Blocks that are sampled where events of any time may stand anywhere. */
const MOST_SAMPLES = 64;

/**
 * The order of play of a prepared file. It finds what the order of its database finds, without the database: see `PlayOrder`.
 * All of its methods throw a FileFault where the file turns out to be damaged.
 */
export class PreparedOrder {
  private readonly _file: PreparedFile;
  private readonly _filter: TopicFilter | undefined;
  private readonly _events: PreparedEvents;
  private _ranges: readonly TimeRange[] | undefined;
  private _spans: readonly Span[];

  constructor(file: PreparedFile, filter: TopicFilter | undefined) {
    this._file = file;
    this._filter = filter;
    this._events = new PreparedEvents(file);
    this._spans = this._events.count === 0 ? [] : [this._all];
  }

  get mayPlay(): boolean {
    return this._spans.length > 0;
  }

  get firstKeyS(): number {
    return this._file.facts.firstKeyS;
  }

  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._spans = await this._spansOf(ranges);
    this._ranges = ranges;
  }

  /** What is played. @param filter default: that of the order */
  selection(filter = this._filter): PreparedSelection {
    return new PreparedSelection(this._file, { ranges: this._ranges, filter, spans: this._spans });
  }

  /** The event from which on is played what is due at a time or later; where there is none, the number of all. */
  async placeOf(timeS: number): Promise<number> {
    if (timeS <= startOf(this)) return 0;
    if (this._isSorted) return this._events.firstReached(timeS);
    const first = await this._events.firstReached(pastUntil(timeS, this._ranges));
    return this._placeFrom(first, timeS);
  }

  /** As `SeekableSource.countsBetween`; exact, but where events of any time may stand anywhere. */
  async countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    const { arrangement } = this._file.facts;
    if (arrangement === 'small' || arrangement === 'mixed') return this._countsOfBlocks(cutsS);
    const counts = new Float64Array(cutsS.length - 1);
    let before = await this._events.firstReached(cutsS[0]);
    for (const i of counts.keys()) {
      const at = Math.max(before, await this._events.firstReached(cutsS[i + 1]));
      counts[i] = at - before;
      before = at;
    }
    return counts;
  }

  async nextSilence(fromS: number, minS: number, signal: AbortSignal | undefined): Promise<Silence> {
    const { arrangement } = this._file.facts;
    const isAscending = arrangement === 'log' || this._isSorted;
    const spans = this._isSorted ? [this._all] : this._spans;
    const [span] = spans;
    if (span === undefined) return { fromS, toS: Number.POSITIVE_INFINITY };
    return seenSilence({
      ranges: spans.map(({ from, end }) => ({ first: BigInt(from), last: BigInt(end - 1) })),
      first: isAscending ? await this._firstAt(fromS) : span.from,
      see: (look) => this._see(look),
      ...{ fromS, minS, isAscending, signal },
    });
  }

  private get _isSorted(): boolean {
    return this._file.facts.arrangement === 'sorted';
  }

  private get _all(): Span {
    return { from: 0, end: this._events.count };
  }

  private async _firstAt(timeS: number): Promise<number> {
    return this._isSorted && timeS <= startOf(this) ? 0 : this._events.firstReached(timeS);
  }

  /** The events that can be played, as `rowsOfRanges` finds them. */
  private async _spansOf(ranges: readonly TimeRange[]): Promise<readonly Span[]> {
    if (this._events.count === 0) return [];
    const { arrangement } = this._file.facts;
    if (arrangement === 'sorted') return [this._all];
    if (ranges.length === 0) return [];
    if (arrangement !== 'log') return [this._all];
    const spans: { from: number; end: number }[] = [];
    for (const { startS, endS } of ranges) {
      const from = await this._events.firstReached(startS - SLACK_S);
      const end = await this._events.firstReached(endS + SLACK_S);
      const before = spans.at(-1);
      if (from >= end) continue;
      // No block has events of two spans, so that each is read once.
      const isNear =
        before !== undefined && this._events.blockOf(from) <= this._events.blockOf(before.end - 1);
      if (before === undefined || !isNear) spans.push({ from, end });
      else before.end = Math.max(before.end, end);
    }
    return spans;
  }

  /**
   * The place of a time at an event or behind it: behind the last event that is played and due before the time, though it
   * stands behind one that is due later.
   */
  private async _placeFrom(first: number, timeS: number): Promise<number> {
    const { events, count } = this._file.index;
    const selection = this.selection();
    const fateOf = selection.fates();
    const end = this._file.facts.arrangement === 'log' ? first + WINDOW_EVENTS : this._events.count;
    let place = first;
    for (let block = this._events.blockOf(first); block < count && events[block] < end; block++) {
      if (selection.isOutside(block) || (await selection.wantedIn(block)) === 0) continue;
      const from = Math.max(first, events[block]);
      const { keyS } = await this._events.times(from, events[block + 1]);
      const batch = await this._events.batch(block);
      for (const [i, dueS] of keyS.entries()) {
        const event = from + i;
        if (event >= end) return place;
        const topic = batch.topics[batch.topicIdOf(event - events[block])];
        if (fateOf(dueS, topic) !== 'kept') continue;
        if (dueS >= timeS) return place;
        place = event + 1;
      }
    }
    return place;
  }

  private async _see({ first, count, isBack, last }: Look): Promise<Seen> {
    const from = isBack ? Math.max(0, Number(first) - count) : Number(first);
    const end = isBack ? Number(first) : Math.min(from + count, Number(last) + 1);
    const { dueS, keyS } = await this._seen(from, end);
    const selected = this._ranges && new RangeCursor(this._ranges);
    const { firstTimeS } = this._file.facts.recording;
    const isClamped = !this._isSorted;
    const timesS = keyS.map((timeS, i) => {
      if (selected?.isWithin(dueS[i]) === false || !Number.isFinite(timeS)) return Number.NaN;
      return isClamped && timeS < firstTimeS ? firstTimeS : timeS;
    });
    return { timesS, end: keyS.length === 0 ? undefined : BigInt(from + keyS.length - 1) };
  }

  /** The times of events; the search for silences judges strays itself. */
  private async _seen(from: number, end: number): Promise<{ dueS: number[]; keyS: number[] }> {
    const times = await this._events.times(from, end);
    return this._isSorted ? times : { dueS: times.dueS, keyS: times.dueS };
  }

  private async _countsOfBlocks(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    const { index } = this._file;
    const counts = new Float64Array(cutsS.length - 1);
    const step = Math.max(1, index.count / MOST_SAMPLES);
    let seen = 0;
    for (let at = 0; at < index.count; at += step) {
      const block = Math.floor(at);
      const { dueS } = await this._events.times(index.events[block], index.events[block + 1]);
      seen += dueS.length;
      for (const timeS of dueS) {
        const cut = cutsS.findIndex((cutS) => timeS < cutS);
        if (cut > 0) counts[cut - 1] += 1;
      }
    }
    return seen === 0 ? counts : counts.map((count) => (count * this._events.count) / seen);
  }
}
