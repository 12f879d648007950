import type { Batch } from '../batch/batch.js';
import { TcsReplayError } from '../shared/errors.js';
import type { PlacedBatch } from '../sources/source.js';
import type { Archive } from '../timeline/archive.js';
import { pastOf, type StreamOptions } from './event-stream.js';

/**
 * The events of an archive once more, with their values in another form. They are taken source by source, each in its own order, as
 * the first stream needs them: so they need not be merged.
 */
export class TwinStream {
  private readonly _archive: Archive;
  /** Of each source that has begun. */
  private readonly _streams: (AsyncIterator<PlacedBatch> | undefined)[];
  private readonly _past: Promise<Batch[]>;
  private _pastTaken = 0;
  /** Events of each source that were read, and have not been taken. */
  private readonly _ready: number[];

  constructor(archive: Archive, { prime }: StreamOptions) {
    this._archive = archive;
    this._streams = archive.sources.map(() => undefined);
    this._ready = archive.sources.map(() => 0);
    const past = prime ? archive.past() : Promise.resolve([]);
    this._past = past.then((runs) => pastOf({ past: Promise.resolve(runs) }));
    this._past.catch(() => {}); // It is awaited later.
  }

  /**
   * Takes the next events of a source.
   *
   * @param number of the source; that of the past is one more than that of the last source
   * @returns further batches, if the events are not all in those that were returned before
   * @throws TcsReplayError `READ_FAILED` where there are fewer events than the first time
   */
  async take(number: number, events: number): Promise<ArrayBuffer[]> {
    const buffers: ArrayBuffer[] = [];
    if (number === this._streams.length) {
      for (const batch of (await this._past).slice(this._pastTaken, this._pastTaken + events))
        buffers.push(batch.bytes.buffer);
      this._pastTaken += events;
      return buffers;
    }
    // Reading begins with the first event that is needed: of many nights, few are read at a time.
    this._streams[number] ??= this._archive.sources[number].batches();
    while (this._ready[number] < events) {
      const { done, value } = await this._streams[number].next();
      if (done === true) throw this._changed(number);
      this._ready[number] += value.batch.count;
      buffers.push(value.batch.bytes.buffer);
    }
    this._ready[number] -= events;
    return buffers;
  }

  /** Ends the reading. */
  async end(): Promise<void> {
    await Promise.all(this._streams.map((stream) => stream?.return?.()));
  }

  private _changed(number: number): TcsReplayError {
    const { name } = this._archive.sources[number];
    return new TcsReplayError(
      'READ_FAILED',
      `${name} has changed while it was read: expected the events that were there at first, found fewer; convert it again, or a copy of it`,
    );
  }
}
