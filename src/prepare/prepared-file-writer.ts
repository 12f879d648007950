import { type FileHandle, open } from 'node:fs/promises';
import { pack } from 'msgpackr/pack';
import type { Batch } from '../batch/batch.js';
import { bytesDigest } from '../database/cache/content-digest.js';
import { writeFailed } from '../database/write-failed.js';
import type { PreparedFacts } from './prepared-facts.js';
import { packFoot } from './prepared-foot.js';
import { packHead } from './prepared-head.js';
import { packIndex, padded } from './prepared-index.js';
import { ReachedTimes } from './reached-times.js';
import { TopicCounter } from './topic-counter.js';

/** Writes a prepared file, from the first batch to the last. It is whole only after `finish`. */
export class PreparedFileWriter {
  private readonly _path: string;
  private readonly _file: FileHandle;
  private readonly _reached: ReachedTimes;
  private _sizeBytes = 0;
  private readonly _offsets: number[] = [];
  private readonly _events = [0];
  private readonly _rows: bigint[] = [];
  private readonly _leastDueS: number[] = [];
  private readonly _mostDueS: number[] = [];
  private readonly _digests: number[] = [];
  private readonly _topics: TopicCounter;

  private constructor(path: string, file: FileHandle, isSorted: boolean, topics: TopicCounter) {
    this._path = path;
    this._file = file;
    this._reached = new ReachedTimes(!isSorted);
    this._topics = topics;
  }

  /** @param isSorted whether events come in the order of a time @throws TcsReplayError `WRITE_FAILED` */
  static async create(
    path: string,
    isSorted: boolean,
    topics = new TopicCounter(),
  ): Promise<PreparedFileWriter> {
    try {
      const writer = new PreparedFileWriter(path, await open(path, 'wx'), isSorted, topics);
      await writer._append(packHead());
      return writer;
    } catch (error) {
      throw writeFailed(`Cannot write ${path}`, error, 'cache folder');
    }
  }

  /**
   * Adds a batch with all of its events, wanted or not.
   *
   * @param row its first row: a row id, or an index in the order of a time
   * @throws TcsReplayError `WRITE_FAILED`
   */
  async add(batch: Batch, row: bigint): Promise<void> {
    if (batch.count === 0) return;
    const block = new Uint8Array(padded(batch.sizeBytes));
    block.set(batch.bytes);
    this._offsets.push(this._sizeBytes);
    this._events.push((this._events.at(-1) as number) + batch.count);
    this._rows.push(row);
    this._digests.push(...bytesDigest(block));
    this._reached.add(batch.keyS);
    this._addTimes(batch.dueS);
    this._topics.add(batch);
    await this._append(block);
  }

  /** Ends the file. @param end one behind the last row @throws TcsReplayError `WRITE_FAILED` */
  async finish(facts: Omit<PreparedFacts, 'topics'>, end: bigint): Promise<void> {
    this._reached.end();
    const { strays, reachedS } = this._reached;
    const blocksEnd = this._sizeBytes;
    const { topics, ends } = this._topics;
    const counts = paddedBytes(new Uint8Array(this._topics.counts().buffer));
    const packed = pack({ ...facts, topics } satisfies PreparedFacts);
    const description = paddedBytes(packed);
    const index = packIndex({
      count: this._rows.length,
      offsets: Float64Array.from([...this._offsets, blocksEnd]),
      events: Float64Array.from(this._events),
      reachedS: Float64Array.from(reachedS),
      rows: BigInt64Array.from([...this._rows, end]),
      leastDueS: Float64Array.from(this._leastDueS),
      mostDueS: Float64Array.from(this._mostDueS),
      topics: Float64Array.from(ends),
      digests: Int32Array.from(this._digests),
      strays: Float64Array.from(strays),
    });
    const parts = [counts, description, index];
    const places: number[] = [];
    for (const part of parts) {
      places.push(this._sizeBytes);
      await this._append(part);
    }
    const [countsAt, factsAt, indexAt] = places;
    const foot = {
      ...{ blocks: this._rows.length, strays: strays.length },
      ...{ countsAt, factsAt, indexAt, footAt: this._sizeBytes, factsBytes: packed.length },
    };
    await this._append(packFoot(foot, parts));
  }

  close(): Promise<void> {
    return this._file.close();
  }

  private _addTimes(dueS: Float64Array): void {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const timeS of dueS) {
      if (Number.isNaN(timeS)) least = Number.NEGATIVE_INFINITY;
      if (timeS < least) least = timeS;
      if (timeS > most) most = timeS;
    }
    this._leastDueS.push(least);
    this._mostDueS.push(most);
  }

  private async _append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this._file.write(bytes, at, undefined, this._sizeBytes + at);
        at += bytesWritten;
      }
    } catch (error) {
      throw writeFailed(`Cannot write ${this._path}`, error, 'cache folder');
    }
    this._sizeBytes += bytes.length;
  }
}

function paddedBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(padded(bytes.length));
  all.set(bytes);
  return all;
}
