import { BatchBuilder } from '../batch/batch.js';
import { type Fate, partOfBatch } from '../batch/part-of-batch.js';
import type { PreparedFile, TopicCounts } from '../prepare/prepared-file.js';
import { lastUpTo } from '../prepare/prepared-index.js';
import { UNNUMBERED } from '../prepare/topic-counter.js';
import { RangeCursor, type TimeRange } from '../selection/time-ranges.js';
import { type TopicFilter, topicTest } from '../selection/topic-filter.js';
import type { Piece, ReadPart } from './read-ahead.js';

/** Events from one number up to another, which does not count. */
export interface Span {
  readonly from: number;
  readonly end: number;
}

/** Events of one block that are read as one batch. */
export interface PreparedPart extends Span {
  /** Undefined: there are none, and only the skipped ones are counted. */
  readonly block: number | undefined;
  /** Events before the block that were skipped, and in a block that need not be read. */
  readonly skipped: number;
  /** Whether the block is read as it is. */
  readonly isAll: boolean;
}

export interface SelectionOptions {
  /** Sorted and disjoint; undefined: all times are played. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** Undefined: all topics are. */
  readonly filter: TopicFilter | undefined;
  /** Events that can be played, sorted and disjoint: events of other topics count as skipped there. */
  readonly spans: readonly Span[];
  /** Reads a block as the buffer of a batch, which is the caller's. @throws FileFault */
  readonly take: (block: number) => Promise<ArrayBuffer>;
}

/** What of a prepared file is played: the blocks, and in each the events. */
export class PreparedSelection {
  private readonly _file: PreparedFile;
  private readonly _options: SelectionOptions;
  private readonly _isSorted: boolean;
  /** By the number of the topic. Undefined: all are wanted. */
  private readonly _wanted: readonly boolean[] | undefined;
  private readonly _isWanted: (topic: string) => boolean;
  private _builder: BatchBuilder | undefined;

  constructor(file: PreparedFile, options: SelectionOptions) {
    const { topics, arrangement } = file.facts;
    this._file = file;
    this._options = options;
    this._isSorted = arrangement === 'sorted';
    this._isWanted = topicTest(options.filter);
    this._wanted = options.filter === undefined ? undefined : topics.map(this._isWanted);
  }

  /** What is read from an event on. @throws FileFault */
  async *pieces(start: number): AsyncGenerator<Piece<PreparedPart>> {
    const { index } = this._file;
    const counts = this._wanted === undefined ? undefined : await this._file.topicCounts();
    const spans = spansFrom(this._options.spans, start);
    const all = countOf(this._options.spans);
    let left = countOf(spans);
    let skipped = 0;
    for (const span of spans) {
      for (
        let block = lastUpTo(index.events, span.from);
        block < index.count && index.events[block] < span.end;
        block++
      ) {
        const from = Math.max(span.from, index.events[block]);
        const end = Math.min(span.end, index.events[block + 1]);
        left -= end - from;
        const counted = this._unread(block, { from, end }, counts);
        if (counted !== undefined) {
          skipped += counted;
          continue;
        }
        const isAll = skipped === 0 && this._isAll(block, { from, end }, counts);
        yield { part: { block, from, end, skipped, isAll }, shareAtEnd: (all - left) / all };
        skipped = 0;
      }
    }
    const none = { block: undefined, from: 0, end: 0, isAll: false };
    if (skipped > 0) yield { part: { ...none, skipped }, shareAtEnd: 1 };
  }

  /** Share of what can be played that stands before an event: 0 to 1; 1: nothing is left. */
  shareBefore(event: number): number {
    const { spans } = this._options;
    const left = countOf(spansFrom(spans, event));
    return left === 0 ? 1 : 1 - left / countOf(spans);
  }

  /** Reads a part as a batch, whose buffer the caller owns. @throws FileFault */
  async read(part: PreparedPart): Promise<ReadPart<PreparedPart>> {
    const { block, from, end, skipped } = part;
    this._builder ??= new BatchBuilder();
    if (block === undefined) {
      this._builder.skipped = skipped;
      const { format } = this._file.facts;
      return { buffer: this._builder.pack({ topics: [], oddities: [], format }), rest: undefined };
    }
    const buffer = await this._options.take(block);
    if (part.isAll) return { buffer, rest: undefined };
    const first = this._file.index.events[block];
    const fateOf = this.fates();
    const played = partOfBatch(this._builder, buffer, skipped, (i, batch) =>
      first + i < from || first + i >= end
        ? 'left out'
        : fateOf(batch.dueS[i], batch.topics[batch.topicIdOf(i)]),
    );
    return { buffer: played, rest: undefined };
  }

  /** A test of what becomes of events, which is fast where their due times ascend. */
  fates(): (dueS: number, topic: string) => Fate {
    const { ranges, filter } = this._options;
    const within = ranges && new RangeCursor(ranges);
    const isWanted = filter === undefined ? () => true : this._isWanted;
    if (this._isSorted) {
      return (dueS, topic) =>
        within?.isWithin(dueS) === false ? 'left out' : isWanted(topic) ? 'kept' : 'skipped';
    }
    // In the order of a table, the topic is looked at first: the times of other topics are not known.
    return (dueS, topic) =>
      !isWanted(topic) ? 'skipped' : within?.isWithin(dueS) === false ? 'left out' : 'kept';
  }

  /** Whether no event of a block is played, as far as its times tell. */
  isOutside(block: number): boolean {
    const { leastDueS, mostDueS } = this._file.index;
    const { ranges } = this._options;
    return ranges?.every(({ startS, endS }) => mostDueS[block] < startS || leastDueS[block] >= endS) ?? false;
  }

  /** Number of events of a block whose topics are wanted; undefined: only the block itself tells. */
  async wantedIn(block: number): Promise<number | undefined> {
    const counts = this._wanted === undefined ? undefined : await this._file.topicCounts();
    return this._wantedIn(block, counts);
  }

  private _wantedIn(block: number, counts: TopicCounts | undefined): number | undefined {
    const { topics, events } = this._file.index;
    if (this._wanted === undefined || counts === undefined) return events[block + 1] - events[block];
    let wanted = 0;
    for (let i = topics[block]; i < topics[block + 1]; i++) {
      if (counts[2 * i] === UNNUMBERED) return undefined;
      if (this._wanted[counts[2 * i]]) wanted += counts[2 * i + 1];
    }
    return wanted;
  }

  /** The number of events that count as skipped, where a block need not be read; undefined where it must be. */
  private _unread(block: number, { from, end }: Span, counts: TopicCounts | undefined): number | undefined {
    const wanted = this._wantedIn(block, counts);
    const { events } = this._file.index;
    if (this.isOutside(block)) {
      if (this._isSorted || this._wanted === undefined) return 0;
      if (wanted === 0) return end - from;
      const isWhole = end - from === events[block + 1] - events[block];
      return isWhole && wanted !== undefined ? end - from - wanted : undefined;
    }
    if (wanted !== 0) return undefined;
    return !this._isSorted || this._isWithin(block) ? end - from : undefined;
  }

  private _isAll(block: number, { from, end }: Span, counts: TopicCounts | undefined): boolean {
    const { events } = this._file.index;
    const count = events[block + 1] - events[block];
    return end - from === count && this._wantedIn(block, counts) === count && this._isWithin(block);
  }

  /** Whether the due times of all events of a block are selected. */
  private _isWithin(block: number): boolean {
    const { leastDueS, mostDueS } = this._file.index;
    const { ranges } = this._options;
    if (ranges === undefined) return true;
    const [least, most] = [leastDueS[block], mostDueS[block]];
    return Number.isFinite(least) && ranges.some(({ startS, endS }) => startS <= least && most < endS);
  }
}

function spansFrom(spans: readonly Span[], start: number): Span[] {
  return spans
    .filter(({ end }) => end > start)
    .map(({ from, end }) => ({ from: Math.max(from, start), end }));
}

function countOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, end }) => sum + end - from, 0);
}
