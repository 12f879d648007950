import { Batch, BatchBuilder, type PayloadFormat } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import type { EventId } from '../database/event-id.js';
import type { ReadResult, TopicRow } from '../database/events/event-rows.js';
import type { Glance } from '../database/events/glance.js';
import type { ReadRules, Recording } from '../database/recording.js';
import type { Rows } from '../database/rows.js';
import { type AnyFound, type AnyRecording, isDatabase } from '../formats/file-recording.js';
import type { SourceFacts } from '../formats/format-facts.js';
import type { Times } from '../pacing/schedule.js';
import type { AscentProof } from '../prepare/ascent-proof.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import type { Arrangement } from '../prepare/prepared-facts.js';
import type { SortedRecording } from '../prepare/recording-order.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import { filterOfTopic } from '../selection/topic-filter.js';
import { ReadPace } from '../threads/read-pace.js';
import { AssumedPass } from './assumed-pass.js';
import type { OrderOptions, OrderPlace, PlayOrder } from './play-order.js';
import { ReadAhead, type ReadBatch } from './read-ahead.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import { RecordedState } from './recorded-state.js';
import { describeRecording, factsOf } from './recording-facts.js';
import { RecordingTail, withoutLast } from './recording-tail.js';
import { eventsOfPiece, type RowPiece } from './row-pieces.js';
import { RowSurvey } from './row-survey.js';
import {
  firstKeyFrom,
  type PlacedBatch,
  type Rest,
  type SeekableSource,
  type SourceChange,
  type SourcePlace,
  type SourceSurvey,
  startOf,
} from './source.js';
import { sourceChangeOf } from './source-change-of.js';
import { piecesOfRows, TableOrder } from './table-order.js';
import { TimeOrder } from './time-order.js';

export interface RecordingSourceOptions extends OrderOptions {
  /** Shared with all sources that are read at the same time. */
  readonly budget: ReadAheadBudget;
  /** Number of threads in the pool. */
  readonly workers: number;
  /** Events that are read and decoded in one task. */
  readonly batchEvents: number;
  /**
   * Whether a database without an index whose ids seem to ascend is played at once, while that is proved; if it turns out to be wrong, events
   * that were sent without some of their attributes are reported as damage. Default false: what is wanted of it waits for the proof.
   */
  readonly mayAssumeAscent?: boolean;
  /** Seconds without an addition after which a followed database has ended. Above 0; default Infinity: it never has. */
  readonly followForS?: number;
}

/** Options of a replay that say how its databases are read. */
export interface ReadOptions
  extends Pick<OrderOptions, 'sortBy'>,
    Pick<ReadRules, 'convertNumber' | 'convertBool' | 'values' | 'format' | 'filter' | 'reader'>,
    Pick<RecordingSourceOptions, 'workers' | 'batchEvents'> {
  readonly times: Times;
}

/** What the options of a replay ask of its databases. */
export function databaseOptions(options: ReadOptions, budget: ReadAheadBudget): RecordingSourceOptions {
  const { sortBy, workers, batchEvents, convertNumber, convertBool, values } = options;
  const { format, times, filter, reader } = options;
  const rules: ReadRules = {
    convertNumber,
    convertBool,
    values,
    format,
    timeSlots: times !== 'original',
    keyTime: sortBy === '__data_time' ? 'data' : 'due',
    ranges: undefined,
    filter,
    reader,
  };
  return { sortBy, rules, budget, workers, batchEvents };
}

/** The events of a SQLite database, or of a file in another format, which the threads read by its rows. */
export class RecordingSource implements SeekableSource<TopicRow> {
  readonly damage: readonly Damage[];
  private readonly _pool: DecoderPool;
  private _recording: AnyRecording;
  private readonly _options: RecordingSourceOptions;
  private _order: PlayOrder;
  private _rules: ReadRules;
  /** Set while it is not known whether ids ascend over the attribute table. */
  private _proof: AscentProof | undefined;
  private _settling: Promise<void> | undefined;
  /** Ranges that the order is still to be told of, since the recording has grown. */
  private _unselected: readonly TimeRange[] | undefined;
  private _selecting: Promise<void> | undefined;
  /** Undefined: the recording is not followed. */
  readonly tail: RecordingTail | undefined;
  /** What was handed over before that was known, until it is known or the events among it that lack attributes have been reported. */
  private _assumed: { endRow: bigint; events: number; shareAtEnd: number } | undefined;

  private constructor(
    pool: DecoderPool,
    recording: AnyRecording,
    sorted: SortedRecording | undefined,
    options: RecordingSourceOptions,
  ) {
    this._pool = pool;
    this._recording = recording;
    this._order =
      sorted === undefined
        ? new TableOrder(pool, recording, options)
        : new TimeOrder(pool, recording, sorted, options);
    this.damage = [...recording.damage, ...(sorted?.damage ?? [])];
    this._options = { ...options, batchEvents: eventsOfPiece(recording, options.batchEvents) };
    this._rules = options.rules;
    if (isDatabase(recording) && recording.followed !== undefined)
      this.tail = new RecordingTail(pool, this, recording, options.followForS);
  }

  /**
   * Finds and prepares a database, or a file in another format.
   *
   * @param pool reads the database, and keeps what is made for that until it is closed
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`
   */
  static async open(
    pool: DecoderPool,
    path: string,
    options: RecordingSourceOptions,
  ): Promise<RecordingSource> {
    return RecordingSource.prepare(pool, await pool.find(path), options);
  }

  /**
   * Prepares a database that is being written, and follows it: see `tail`.
   *
   * @throws TcsReplayError as `open`
   */
  static async follow(
    pool: DecoderPool,
    path: string,
    options: RecordingSourceOptions,
  ): Promise<RecordingSource> {
    const recording = await pool.follow(path, options);
    return new RecordingSource(pool, withoutLast(recording), undefined, options);
  }

  /** As `open`, for a database that was found. */
  static async prepare(
    pool: DecoderPool,
    found: AnyFound,
    options: RecordingSourceOptions,
  ): Promise<RecordingSource> {
    const { sortBy, onPreparation, rules } = options;
    const mayAssumeAscent = options.mayAssumeAscent === true && sortBy === 'none';
    const recording = await pool.prepare(found, { onPreparation, reader: rules.reader, mayAssumeAscent });
    const sorted =
      sortBy === 'none'
        ? undefined
        : await pool.sort(recording, sortBy, { onPreparation, reader: rules.reader });
    const source = new RecordingSource(pool, recording, sorted, options);
    if (isDatabase(recording) && recording.ascending?.isProved === false && !('format' in found))
      source._proof = pool.proofOf(found, recording, options);
    return source;
  }

  async select(ranges: readonly TimeRange[]): Promise<void> {
    await this._settled();
    this._unselected = undefined;
    this._rules = { ...this._options.rules, ranges };
    await this._order.select(ranges);
  }

  get mayPlay(): boolean {
    return this.tail !== undefined || this._order.mayPlay;
  }

  /** Times that are played; undefined: all are. */
  get ranges(): readonly TimeRange[] | undefined {
    return this._rules.ranges;
  }

  /** Takes the recording as it is now, with more rows than it had: see `Growing`. */
  grow(recording: Recording, placeS: number, damage: readonly Damage[]): Rest {
    const { rows: before } = this._recording;
    const { rows } = recording;
    this._recording = recording;
    this._order = new TableOrder(this._pool, recording, this._options);
    this._unselected = this._rules.ranges;
    const first = before === undefined ? rows?.first : before.last + 1n;
    const added = rows === undefined || first === undefined ? [] : [{ first, last: rows.last }];
    return {
      source: this,
      firstKeyS: placeS,
      shareBefore: 0,
      batches: () => {
        const pieces = piecesOfRows(this._pool, recording, this._rules, added, this._options.batchEvents);
        const reports = damage.length === 0 ? [] : [reportOf(damage)];
        return this._reportedBefore(this._readAhead(pieces), async () => reports.shift());
      },
    };
  }

  get recording(): AnyRecording {
    return this._recording;
  }

  get format(): PayloadFormat {
    return this._rules.format;
  }

  get name(): string {
    return this._recording.path;
  }

  get sizeBytes(): number {
    return this._recording.sizeBytes;
  }

  get firstTimeS(): number {
    return this._recording.firstTimeS;
  }

  get firstKeyS(): number {
    return this._order.firstKeyS;
  }

  get lastTimeS(): number {
    return this._recording.lastTimeS;
  }

  batches(): AsyncIterableIterator<PlacedBatch> {
    const pieces = this._order.pieces(this._options.batchEvents);
    return this._proof === undefined ? this._pass(pieces) : this._assumedPass(this._proof, pieces);
  }

  /** As `batches`, from a row on: a row id, or an index in the order of a time. @param filter of topics; default that of the source */
  batchesFrom(row: bigint, filter = this._rules.filter): AsyncIterableIterator<PlacedBatch> {
    const pieces = this._order.piecesFrom(row, this._options.batchEvents);
    return this._readAhead(pieces, { ...this._rules, filter });
  }

  /** All events, with the rows that each batch was read from. The source must have neither a filter nor ranges. */
  readAll(batchEvents: number): AsyncIterableIterator<ReadBatch<Rows>> {
    return this._readAhead(this._order.pieces(batchEvents));
  }

  /** How the events are arranged. */
  async arrangement(): Promise<Arrangement> {
    await this._settled();
    return this._order.arrangement();
  }

  async from(timeS: number): Promise<SourcePlace<TopicRow>> {
    await this._settled();
    const place = await this._order.placeOf(timeS);
    return {
      ...this._restFrom(place, timeS),
      states: () => place.lastOfTopics(),
      placesOf: (states) => this._placesOf(states, place),
      eventsOf: (states) => this._eventsOf(states),
    };
  }

  async stateBefore(untilS: number): Promise<RecordedState | undefined> {
    const { _recording: recording, _rules: rules } = this;
    if (recording.state === undefined) return undefined;
    // What is read of a file that is being written may be another copy by now.
    const state = { ...recording.state, readPath: recording.readPath };
    return new RecordedState(this._pool, state, { source: this, rules, untilS });
  }

  async eventsOfTopic(topic: string, timeS: number): Promise<Rest> {
    await this._settled();
    const rules = { ...this._rules, filter: filterOfTopic(topic, this._rules.filter) };
    return this._restFrom(await this._order.placeOf(timeS), timeS, rules);
  }

  glance(): Promise<Glance> {
    return this._pool.run('glance', this._recording);
  }

  async countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    await this._settled();
    return this._order.countsBetween(cutsS);
  }

  async nextSilence(fromS: number, minS: number, signal?: AbortSignal): Promise<Silence> {
    await this._settled();
    return this._order.nextSilence(fromS, minS, signal);
  }

  /** An MCAP file has the number of its messages. Row ids of a database have gaps, and a line need not be an event. */
  get eventCount(): number | undefined {
    const { _recording: recording } = this;
    if (isDatabase(recording) || recording.format !== 'mcap' || recording.rows === undefined)
      return undefined;
    return Number(recording.rows.last - recording.rows.first + 1n);
  }

  get description(): string {
    return describeRecording(this._recording);
  }

  facts(): Promise<SourceFacts> {
    return factsOf(this._pool, this._recording);
  }

  async survey(): Promise<SourceSurvey> {
    await this._settled();
    return new RowSurvey(this._pool, this._recording, this._rules, this._options.workers);
  }

  change(): Promise<SourceChange | undefined> {
    return sourceChangeOf(this._pool, this._recording);
  }

  /** The ids of all events, wanted or not, in the order of play. */
  async *eventIds(): AsyncGenerator<EventId> {
    for await (const { part } of this._order.pieces(this._options.batchEvents)) {
      const ranges = 'list' in part ? Array.from(part.list, (row) => ({ first: row, last: row })) : [part];
      for (const range of ranges) {
        yield* await this._pool.run('ids', { recording: this._recording, rules: this._rules, ...range });
      }
    }
  }

  private _restFrom(place: OrderPlace, timeS: number, rules?: ReadRules): Rest {
    return {
      source: this,
      firstKeyS: firstKeyFrom(this, timeS),
      shareBefore: place.shareBefore,
      batches: () => this._pass(place.pieces(this._options.batchEvents), rules),
    };
  }

  /** A pass over what is known. It begins with what has to be reported of what was assumed. */
  private _pass(pieces: AsyncGenerator<RowPiece>, rules?: ReadRules): AsyncIterableIterator<PlacedBatch> {
    const batches = this._readAhead(pieces, rules);
    return this._assumed === undefined ? batches : this._reportedBefore(batches, () => this._doubtful());
  }

  /** @param report gives a batch that comes before the others, once */
  private _reportedBefore(
    batches: AsyncIterableIterator<PlacedBatch>,
    report: () => Promise<PlacedBatch | undefined>,
  ): AsyncIterableIterator<PlacedBatch> {
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        const reported = await report();
        return reported === undefined ? batches.next() : { done: false, value: reported };
      },
      return: async () => {
        await batches.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  /** A batch that reports which of the events that were handed over lack attributes. */
  private async _doubtful(): Promise<PlacedBatch | undefined> {
    const { _assumed: assumed, _recording: recording } = this;
    this._assumed = undefined;
    if (assumed === undefined || recording.rows === undefined || !isDatabase(recording)) return undefined;
    const rows = { first: recording.rows.first, last: assumed.endRow - 1n };
    const { buffer, events } = await this._pool.run('doubtful', { recording, rules: this._rules, rows });
    this._pool.tell(
      `${recording.path} has no index, and attributes of an event do not stand together everywhere, as was assumed: of ${assumed.events} ` +
        `events that were sent before this was found, ${events} were sent without some of their attributes`,
    );
    return { batch: new Batch(buffer), shareAtEnd: assumed.shareAtEnd };
  }

  private _assumedPass(
    proof: AscentProof,
    pieces: AsyncGenerator<RowPiece>,
  ): AsyncIterableIterator<PlacedBatch> {
    const pace = new ReadPace();
    const batches = this._readAhead(pieces, this._rules, pace);
    proof.begin(pace);
    let events = 0;
    return new AssumedPass(batches, {
      get isRefuted() {
        return proof.isRefuted;
      },
      settle: () => this._settled(),
      passFrom: (row) => {
        const { batchEvents } = this._options;
        return this._pass(
          row === undefined ? this._order.pieces(batchEvents) : this._order.piecesFrom(row, batchEvents),
        );
      },
      handedOver: (endRow, { batch, shareAtEnd }) => {
        events += batch.count;
        this._assumed = { endRow, events, shareAtEnd };
      },
      endedUnsettled: () => {
        if (this._proof === undefined || events === 0) return;
        this._pool.tell(
          `${this.name} has no index, and the replay ended before it was known that attributes of an event stand together: some of ${events} ` +
            'events may have been sent without some of their attributes',
        );
      },
    });
  }

  /** Waits until it is known how the attributes of events are found, and which rows can hold selected events. */
  private async _settled(): Promise<void> {
    const { _unselected: ranges } = this;
    if (ranges !== undefined) {
      this._unselected = undefined;
      this._selecting = this._order.select(ranges);
    }
    await this._selecting;
    return this._proved();
  }

  private _proved(): Promise<void> {
    const { _proof: proof } = this;
    if (proof === undefined) return Promise.resolve();
    this._settling ??= proof.settled().then((recording) => {
      this._proof = undefined;
      this._recording = recording;
      this._order = new TableOrder(this._pool, recording, this._options);
      if (!proof.isRefuted) this._assumed = undefined;
    });
    return this._settling;
  }

  private _readAhead(
    pieces: AsyncGenerator<RowPiece>,
    rules: ReadRules = this._rules,
    pace = new ReadPace(),
  ): AsyncIterableIterator<ReadBatch<Rows>> {
    const { workers, budget } = this._options;
    const read = async (rows: Rows) => {
      const { _recording: recording } = this;
      const result = await this._pool.run('read', { recording, rules, rows, pace: pace.words });
      if (result.needsProof && !pace.isGivenUp) await this._settled();
      return result;
    };
    const onRest = (mayRest: boolean) => {
      pace.mayRest = mayRest;
    };
    const batches = new ReadAhead(pieces, read, { budget, concurrency: workers + 1, onRest });
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => batches.next(),
      return() {
        // Frees the threads for other reads, such as those of the pass after a seek.
        pace.giveUp();
        return batches.return();
      },
    };
  }

  private async _placesOf(states: readonly TopicRow[], place: OrderPlace): Promise<Float64Array> {
    const places = await place.placesOf(rowsOf(states));
    return places.map((placeS) => Math.max(placeS, startOf(this)));
  }

  private async *_eventsOf(states: readonly TopicRow[]): AsyncGenerator<PlacedBatch> {
    // Events of the past may lie outside of the selected ranges.
    const rules = { ...this._rules, ranges: undefined };
    let rows: Rows | undefined = { list: rowsOf(states) };
    while (rows !== undefined) {
      const { buffer, rest }: ReadResult = await this._read(rows, rules);
      yield { batch: new Batch(buffer), shareAtEnd: 1 };
      rows = rest;
    }
  }

  private _read(rows: Rows, rules: ReadRules): Promise<ReadResult> {
    return this._pool.run('read', { recording: this._recording, rules, rows });
  }
}

/** A batch without events, which reports damage. */
function reportOf(damage: readonly Damage[]): PlacedBatch {
  const meta = { topics: [], oddities: [], damage: [...damage], format: 'json' as const };
  return { batch: new Batch(new BatchBuilder().pack(meta)), shareAtEnd: 0 };
}

function rowsOf(states: readonly TopicRow[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(states, ({ row }) => row);
}
