import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import type { Glance } from '../../src/database/events/glance.js';
import { RangeCursor, type Silence, type TimeRange } from '../../src/selection/time-ranges.js';
import { topicMatcher } from '../../src/selection/topic-pattern.js';
import * as sources from '../../src/sources/source.js';

export interface ArrayEvent {
  readonly topic: string;
  /** Unix seconds. */
  readonly timeS: number;
  /** JSON. */
  readonly payload: string;
}

/** A recording in memory: all that a source has to do to be played, merged, selected, sought and primed. */
export class ArraySource implements sources.SeekableSource<ArrayEvent> {
  readonly damage = [];
  readonly name: string;
  readonly sizeBytes: number;
  readonly firstTimeS: number;
  readonly firstKeyS: number;
  readonly lastTimeS: number;
  private readonly _events: readonly ArrayEvent[];
  private readonly _isWanted: (event: ArrayEvent) => boolean;
  private _ranges: readonly TimeRange[] | undefined;

  /** @param events by ascending times, one or more */
  constructor(name: string, events: readonly ArrayEvent[], isWanted: (event: ArrayEvent) => boolean) {
    this.name = name;
    this.sizeBytes = events.length;
    this.firstTimeS = events[0].timeS;
    this.firstKeyS = this.firstTimeS;
    this.lastTimeS = events[events.length - 1].timeS;
    this._events = events;
    this._isWanted = isWanted;
  }

  get mayPlay(): boolean {
    return this._selected().length > 0;
  }

  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._ranges = ranges;
  }

  batches(): AsyncIterableIterator<sources.PlacedBatch> {
    return batchesOf(this._selected().filter(this._isWanted), 0);
  }

  async from(timeS: number): Promise<sources.SourcePlace<ArrayEvent>> {
    const untilS = sources.pastUntil(timeS, this._ranges);
    const past = this._events.filter((event) => event.timeS < untilS && this._isWanted(event));
    return {
      ...this._restFrom(timeS, this._selected().filter(this._isWanted)),
      states: async () => past.filter(({ topic }, i) => past.findLastIndex((e) => e.topic === topic) === i),
      placesOf: async (states) => states.map((state) => state.timeS),
      eventsOf: (states) => batchesOf(states, 0),
    };
  }

  async stateBefore(): Promise<undefined> {}

  async eventsOfTopic(topic: string, timeS: number): Promise<sources.Rest> {
    const isOfTopic = topicMatcher([topic]);
    const events = this._selected().filter((event) => isOfTopic(event.topic));
    return this._restFrom(timeS, events);
  }

  get description(): string {
    return `${this.name}: an array`;
  }

  async facts(): Promise<never> {
    throw new Error('an array has no file');
  }

  async glance(): Promise<Glance> {
    const topics = [...new Set(this._events.map(({ topic }) => topic))];
    return { events: this._events.length, isComplete: true, topics, times: {}, stepsBack: 0 };
  }

  async countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    const isBefore = (cutS: number) => this._events.filter(({ timeS }) => timeS < cutS).length;
    return cutsS.subarray(1).map((cutS, i) => isBefore(cutS) - isBefore(cutsS[i]));
  }

  async nextSilence(fromS: number, minS: number): Promise<Silence> {
    const timesS = this._selected().flatMap(({ timeS }) => (timeS >= fromS ? timeS : []));
    const end = timesS.findIndex((timeS, i) => timeS - (timesS[i - 1] ?? fromS) >= minS);
    const before = end === -1 ? timesS.length : end;
    return { fromS: timesS[before - 1] ?? fromS, toS: timesS[before] ?? Number.POSITIVE_INFINITY };
  }

  async change(): Promise<undefined> {}

  private _selected(): ArrayEvent[] {
    const selected = this._ranges && new RangeCursor(this._ranges);
    return this._events.filter(({ timeS }) => selected?.isWithin(timeS) !== false);
  }

  private _restFrom(timeS: number, events: readonly ArrayEvent[]): sources.Rest {
    const before = events.filter((event) => event.timeS < timeS).length;
    return {
      source: this,
      firstKeyS: Math.max(timeS, this.firstKeyS),
      shareBefore: events.length === 0 ? 1 : before / events.length,
      batches: () => batchesOf(events, before),
    };
  }
}

/** A batch for each event from an index on. */
async function* batchesOf(events: readonly ArrayEvent[], start: number): AsyncGenerator<sources.PlacedBatch> {
  const builder = new BatchBuilder();
  for (const [i, { topic, timeS, payload }] of events.entries()) {
    if (i < start) continue;
    builder.bytes.set(Buffer.from(payload, 'latin1'));
    builder.add(payload.length, 0, timeS, timeS, NO_SLOT, NO_SLOT);
    const batch = new Batch(builder.pack({ topics: [topic], oddities: [], format: 'json' }));
    yield { batch, shareAtEnd: (i + 1) / events.length };
  }
}
