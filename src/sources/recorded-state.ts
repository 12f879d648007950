import { Batch } from '../batch/batch.js';
import type { ReadResult, TopicRow } from '../database/events/event-rows.js';
import type { ReadRules } from '../database/recording.js';
import type { Rows } from '../database/rows.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { TaskRunner } from '../threads/task-runner.js';
import { type KnownEvents, type PlacedBatch, type Source, startOf } from './source.js';

/**
 * The last event of each topic before a recording, which it holds beside its own events: what is known at a time. All of them are where the
 * recording has begun; before, those that are due earlier.
 */
export class RecordedState implements KnownEvents<TopicRow> {
  readonly source: Source;
  private readonly _runner: TaskRunner;
  private readonly _state: AnyRecording;
  private readonly _rules: ReadRules;
  private readonly _untilS: number;

  /**
   * @param state see `Recording.state` and `FileRecording.state`
   * @param options.source the recording
   * @param options.untilS Unix seconds: the time at which the events are to be known
   */
  constructor(
    runner: TaskRunner,
    state: AnyRecording,
    options: { readonly source: Source; readonly rules: ReadRules; readonly untilS: number },
  ) {
    this._runner = runner;
    this._state = state;
    this.source = options.source;
    this._rules = { ...options.rules, ranges: undefined };
    this._untilS = options.untilS;
  }

  async states(): Promise<TopicRow[]> {
    const { _state: recording, _rules: rules } = this;
    if (recording.rows === undefined) return [];
    const states = await this._runner.run('states', { recording, rules, rows: recording.rows });
    if (this._untilS >= startOf(this.source)) return states;
    const placesS = await this.placesOf(states);
    // One without a time has no place before that.
    return states.filter((_, i) => Number.isFinite(placesS[i]) && placesS[i] < this._untilS);
  }

  /** None is behind the beginning of the recording, whose own events are later. */
  async placesOf(states: readonly TopicRow[]): Promise<Float64Array> {
    const { _state: recording, _rules: rules } = this;
    const list = rowsOf(states);
    const places = await this._runner.run('placesOf', { recording, rules, list, first: undefined });
    return places.map((placeS) => Math.min(placeS, startOf(this.source)));
  }

  async *eventsOf(states: readonly TopicRow[]): AsyncGenerator<PlacedBatch> {
    const { _state: recording, _rules: rules } = this;
    for (let rows: Rows | undefined = { list: rowsOf(states) }; rows !== undefined; ) {
      const { buffer, rest }: ReadResult = await this._runner.run('read', { recording, rules, rows });
      yield { batch: new Batch(buffer), shareAtEnd: 1 };
      rows = rest;
    }
  }
}

function rowsOf(states: readonly TopicRow[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(states, ({ row }) => row);
}
