import { Batch, BatchBuilder, NO_SLOT } from '../batch/batch.js';
import type { Runs } from '../timeline/archive.js';
import type { Run } from '../timeline/timeline.js';

/** A topic that speaks far too much. */
export interface Runaway {
  readonly topic: string;
  /** Its share of all events: above 0, below 1. */
  readonly share: number;
}

export interface TopicMixOptions {
  readonly runaway: Runaway | undefined;
  /** Whether a topic has fallen silent. */
  readonly isSilent: (topic: string) => boolean;
}

/** An event that is sent again and again. */
interface Sample {
  readonly payload: Uint8Array;
  readonly format: Batch['format'];
  /** Where its slots begin in the payload, or NO_SLOT. */
  readonly wireAt: number;
  readonly dataAt: number;
  /** Data time less due time, in seconds. */
  readonly dataLagS: number;
}

/**
 * Changes how much each topic speaks: a runaway topic repeats its last event until it has its share, from its first event on; a
 * silent one says nothing. Events are copied into new batches: a buffer that was sent is never written again.
 */
export class TopicMix {
  private readonly _runaway: Runaway | undefined;
  private readonly _isSilent: (topic: string) => boolean;
  private readonly _builder = new BatchBuilder();
  private _sample: Sample | undefined;
  /** Events that the runaway topic still has to send. */
  private _owed = 0;

  constructor({ runaway, isSilent }: TopicMixOptions) {
    this._runaway = runaway;
    this._isSilent = isSilent;
  }

  /** The same runs with other events. It takes them over. */
  mix(runs: Runs): Runs {
    const mixed = (run: Run) => this._mixed(run);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const next = await runs.next();
        return next.done === true ? next : { done: false, value: mixed(next.value) };
      },
      return: () => runs.return(),
    };
  }

  private _mixed({ batch, first, end, strays, ...rest }: Run): Run {
    const builder = this._builder;
    const topics = [...batch.topics];
    const runaway = this._runaway;
    const isSilent = topics.map((topic) => this._isSilent(topic));
    let runawayId = runaway === undefined ? -1 : topics.indexOf(runaway.topic);
    const newStrays = new Set<number>();
    for (let i = first; i < end; i++) {
      const topicId = batch.topicIdOf(i);
      if (isSilent[topicId]) {
        builder.skipped += 1;
        continue;
      }
      if (strays?.has(i) === true) newStrays.add(builder.count);
      copyEvent(builder, batch, i);
      if (runaway === undefined) continue;
      if (topicId === runawayId) {
        this._sample = sampleOf(batch, i);
        this._owed -= 1;
        continue;
      }
      this._owed += runaway.share / (1 - runaway.share);
      if (this._sample === undefined || this._sample.format !== batch.format) {
        this._owed = 0;
        continue;
      }
      if (runawayId === -1) runawayId = topics.push(runaway.topic) - 1;
      for (; this._owed >= 1; this._owed--)
        addSample(builder, this._sample, runawayId, batch.dueS[i], batch.keyS[i]);
    }
    const isFirst = first === 0;
    const damage = isFirst ? batch.damage : [];
    const mixed = new Batch(builder.pack({ topics, oddities: [], format: batch.format, damage }));
    return {
      ...rest,
      batch: mixed,
      first: 0,
      end: mixed.count,
      strays: newStrays.size === 0 ? undefined : newStrays,
    };
  }
}

function copyEvent(builder: BatchBuilder, batch: Batch, i: number): void {
  const [start, end] = [batch.startOf(i), batch.endOf(i)];
  const at = append(builder, batch.payloads.subarray(start, end));
  const moved = (slot: number) => (slot === NO_SLOT ? NO_SLOT : slot - start + at);
  const [wire, data] = [moved(batch.wireSlotOf(i)), moved(batch.dataSlotOf(i))];
  builder.add(at + end - start, batch.topicIdOf(i), batch.dueS[i], batch.dataS[i], wire, data, batch.keyS[i]);
}

function sampleOf(batch: Batch, i: number): Sample {
  const start = batch.startOf(i);
  const at = (slot: number) => (slot === NO_SLOT ? NO_SLOT : slot - start);
  return {
    payload: Uint8Array.from(batch.payloads.subarray(start, batch.endOf(i))),
    format: batch.format,
    wireAt: at(batch.wireSlotOf(i)),
    dataAt: at(batch.dataSlotOf(i)),
    dataLagS: batch.dataS[i] - batch.dueS[i],
  };
}

function addSample(
  builder: BatchBuilder,
  { payload, wireAt, dataAt, dataLagS }: Sample,
  topicId: number,
  dueS: number,
  keyS: number,
): void {
  const at = append(builder, payload);
  const [wire, data] = [wireAt, dataAt].map((slot) => (slot === NO_SLOT ? NO_SLOT : slot + at));
  builder.add(at + payload.length, topicId, dueS, dueS + dataLagS, wire, data, keyS);
}

/** @returns where the bytes begin */
function append(builder: BatchBuilder, bytes: Uint8Array): number {
  builder.reserve(bytes.length);
  builder.bytes.set(bytes, builder.length);
  return builder.length;
}
