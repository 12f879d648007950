import { isSameFile } from '../database/cache/file-identity.js';
import { FileFault } from '../database/cache/own-file.js';
import type { TopicRow } from '../database/events/event-rows.js';
import type { Glance } from '../database/events/glance.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { SourceFacts } from '../formats/format-facts.js';
import type { PreparedFile } from '../prepare/prepared-file.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import { filterOfTopic, type TopicFilter } from '../selection/topic-filter.js';
import { TcsReplayError } from '../shared/errors.js';
import { PreparedOrder } from './prepared-order.js';
import { DatabaseRest, PreparedPass } from './prepared-pass.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import { describeRecording, type FactsReader, factsOf } from './recording-facts.js';
import type { RecordingSource } from './recording-source.js';
import {
  firstKeyFrom,
  type KnownEvents,
  type PlacedBatch,
  type Rest,
  type SeekableSource,
  type SourceChange,
  type SourcePlace,
  type SourceSurvey,
} from './source.js';
import { sourceChangeOf } from './source-change-of.js';

export interface PreparedSourceOptions {
  /** Topics that are played; undefined: all are. */
  readonly filter: TopicFilter | undefined;
  readonly budget: ReadAheadBudget;
  /** Opens the database, with the same options. */
  readonly openDatabase: () => Promise<RecordingSource>;
  /** Called once, with what is wrong, where the file turns out to be damaged: it is not used from then on. */
  readonly onFault: (fault: string) => void;
}

/**
 * The events of a prepared file. The database is opened only for the past of a place, and where the file turns out to be
 * damaged: from that block on, the database is read.
 */
export class PreparedSource implements SeekableSource<TopicRow> {
  readonly damage = [];
  readonly name: string;
  private readonly _runner: FactsReader;
  private readonly _file: PreparedFile;
  private readonly _options: PreparedSourceOptions;
  private readonly _order: PreparedOrder;
  private _ranges: readonly TimeRange[] | undefined;
  private _database: Promise<RecordingSource> | undefined;
  private _isDamaged = false;

  /** @param path of the database, as the user gave it */
  constructor(runner: FactsReader, path: string, file: PreparedFile, options: PreparedSourceOptions) {
    this._runner = runner;
    this.name = path;
    this._file = file;
    this._options = options;
    this._order = new PreparedOrder(file, options.filter);
  }

  private get _recording(): AnyRecording {
    return { ...this._file.facts.recording, path: this.name };
  }

  get sizeBytes(): number {
    return this._file.facts.recording.sizeBytes;
  }

  get firstTimeS(): number {
    return this._file.facts.recording.firstTimeS;
  }

  get lastTimeS(): number {
    return this._file.facts.recording.lastTimeS;
  }

  get firstKeyS(): number {
    return this._file.facts.firstKeyS;
  }

  get mayPlay(): boolean {
    return this._order.mayPlay;
  }

  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._ranges = ranges;
    await this._either(
      () => this._order.select(ranges),
      async () => {},
    );
    await (await this._database)?.select(ranges);
  }

  batches(): AsyncIterableIterator<PlacedBatch> {
    return this._batchesFrom(0, undefined, async () => (await this._opened()).batches());
  }

  from(timeS: number): Promise<SourcePlace<TopicRow>> {
    return this._either<SourcePlace<TopicRow>>(
      async () => {
        const event = await this._order.placeOf(timeS);
        let behind: Promise<SourcePlace<TopicRow>> | undefined;
        const place = () => {
          behind ??= this._opened().then((database) => database.from(timeS));
          return behind;
        };
        return {
          ...this._restFrom(event, timeS, undefined, place),
          states: async () => (await place()).states(),
          placesOf: async (states: readonly TopicRow[]) => (await place()).placesOf(states),
          eventsOf: (states: readonly TopicRow[]) => eventsOf(place(), states),
        };
      },
      async () => ({ ...(await (await this._opened()).from(timeS)), source: this }),
    );
  }

  async stateBefore(untilS: number): Promise<KnownEvents<TopicRow> | undefined> {
    const { _recording: recording } = this;
    // Only for it the database is opened.
    if (recording.state === undefined) return undefined;
    return (await this._opened()).stateBefore(untilS);
  }

  eventsOfTopic(topic: string, timeS: number): Promise<Rest> {
    const open = async () => ({
      ...(await (await this._opened()).eventsOfTopic(topic, timeS)),
      source: this,
    });
    return this._either(async () => {
      const event = await this._order.placeOf(timeS);
      return this._restFrom(event, timeS, filterOfTopic(topic, this._options.filter), open);
    }, open);
  }

  async glance(): Promise<Glance> {
    return this._file.facts.glance;
  }

  countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    return this._either(
      () => this._order.countsBetween(cutsS),
      async () => (await this._opened()).countsBetween(cutsS),
    );
  }

  nextSilence(fromS: number, minS: number, signal?: AbortSignal): Promise<Silence> {
    return this._either(
      () => this._order.nextSilence(fromS, minS, signal),
      async () => (await this._opened()).nextSilence(fromS, minS, signal),
    );
  }

  get eventCount(): number {
    return this._file.events;
  }

  get description(): string {
    return `${describeRecording(this._recording)}; its prepared file is played`;
  }

  facts(): Promise<SourceFacts> {
    return factsOf(this._runner, this._recording);
  }

  async survey(): Promise<SourceSurvey> {
    return (await this._opened()).survey();
  }

  async change(): Promise<SourceChange | undefined> {
    return this._file.facts.isSnapshot ? undefined : sourceChangeOf(this._runner, this._recording);
  }

  private _restFrom(
    event: number,
    timeS: number,
    filter: TopicFilter | undefined,
    again: () => Promise<Rest>,
  ): Rest {
    const selection = this._order.selection(filter);
    return {
      source: this,
      firstKeyS: firstKeyFrom(this, timeS),
      shareBefore: selection.shareBefore(event),
      batches: () => this._batchesFrom(event, filter, async () => (await again()).batches()),
    };
  }

  /** @param again begins the same pass in the database */
  private _batchesFrom(
    event: number,
    filter: TopicFilter | undefined,
    again: () => Promise<AsyncIterableIterator<PlacedBatch>>,
  ): AsyncIterableIterator<PlacedBatch> {
    if (this._isDamaged) return new DatabaseRest(again);
    const selection = this._order.selection(filter);
    return new PreparedPass(selection, event, this._options.budget, async (part, fault) => {
      this._giveUp(fault);
      const { events, rows } = this._file.index;
      // Which row the event stands in with which a pass begins within a block is not known: it begins again.
      const isFirst = part?.block === undefined || (part.from === event && event > events[part.block]);
      if (isFirst) return again();
      return (await this._opened()).batchesFrom(rows[part.block as number], filter);
    });
  }

  /** Does something with the file, or where that is damaged with the database. */
  private async _either<T>(withFile: () => Promise<T>, withDatabase: () => Promise<T>): Promise<T> {
    if (!this._isDamaged) {
      try {
        return await withFile();
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        this._giveUp(error.message);
      }
    }
    return withDatabase();
  }

  private _giveUp(fault: string): void {
    if (!this._isDamaged) this._options.onFault(fault);
    this._isDamaged = true;
  }

  /** @throws TcsReplayError `READ_FAILED` where the database has changed since the file was opened */
  private _opened(): Promise<RecordingSource> {
    this._database ??= this._open();
    return this._database;
  }

  private async _open(): Promise<RecordingSource> {
    const database = await this._options.openDatabase();
    if (!isSameFile(database.recording.identity, this._file.facts.recording.identity)) {
      throw new TcsReplayError(
        'READ_FAILED',
        `${this.name} has changed since its prepared file was opened, and is needed for what that cannot give; play it again`,
      );
    }
    if (this._ranges !== undefined) await database.select(this._ranges);
    return database;
  }
}

async function* eventsOf(
  place: Promise<SourcePlace<TopicRow>>,
  states: readonly TopicRow[],
): AsyncGenerator<PlacedBatch> {
  yield* (await place).eventsOf(states);
}
