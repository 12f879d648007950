import type { TopicRow } from '../database/events/event-rows.js';
import type { SortBy } from '../database/order/sort-by.js';
import type { OnPreparation } from '../database/preparation.js';
import type { ReadRules } from '../database/recording.js';
import type { Arrangement } from '../prepare/prepared-facts.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import type { RowPiece } from './row-pieces.js';

/** What an order of play depends on. */
export interface OrderOptions {
  readonly sortBy: SortBy;
  readonly rules: ReadRules;
  /** Called with the progress when the states of topics are noted, which the first call of `lastOfTopics` may need. */
  readonly onPreparation?: OnPreparation | undefined;
}

/** The order in which the events of a database are played. */
export interface PlayOrder {
  /** Time by which the first event that has one is merged, in Unix seconds; NaN where none is known. */
  readonly firstKeyS: number;
  /** See `SeekableSource.mayPlay`. */
  readonly mayPlay: boolean;
  /** See `SeekableSource.select`. */
  select(ranges: readonly TimeRange[]): Promise<void>;
  /** What is played, in pieces of `batchEvents` events; the first ones have fewer. */
  pieces(batchEvents: number): AsyncGenerator<RowPiece>;
  /** As `pieces`, from a row on: a row id, or an index in the order of a time. */
  piecesFrom(row: bigint, batchEvents: number): AsyncGenerator<RowPiece>;
  /** How the events are arranged. */
  arrangement(): Promise<Arrangement>;
  /** See `SeekableSource.countsBetween`. */
  countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array>;
  /** See `SeekableSource.nextSilence`. */
  nextSilence(fromS: number, minS: number, signal: AbortSignal | undefined): Promise<Silence>;
  /** Finds the position of a time: see `SeekableSource.from`. */
  placeOf(timeS: number): Promise<OrderPlace>;
}

/** A position in an order of play. */
export interface OrderPlace {
  /** Share of what is played that stands before: 0 to 1; 1: nothing is left. */
  readonly shareBefore: number;
  /** What is played from the position on, in pieces of `batchEvents` events; the first ones have fewer. */
  pieces(batchEvents: number): AsyncGenerator<RowPiece>;
  /** The last event of each wanted topic before the position, in the order of play. */
  lastOfTopics(): Promise<TopicRow[]>;
  /** The times that the order has reached with events: see `SourcePlace.placesOf`. */
  placesOf(rows: BigInt64Array<ArrayBuffer>): Promise<Float64Array>;
}
