import type { Batch } from '../batch/batch.js';
import type { TopicRenaming } from '../selection/topic-renaming.js';

/** A night has some hundred topics; a broken database may have one for each event. Frames of further ones are not kept. */
const MOST_KEPT = 10_000;

/** The topics of events as they are sent. All events of a topic have one frame, by which the recorded topic is found. */
export class TopicFrames {
  /** Undefined: topics are sent as they are recorded. */
  readonly renaming: TopicRenaming | undefined;
  private readonly _frames = new Map<string, Buffer>();
  private readonly _ofBatches = new WeakMap<Batch, readonly Buffer[]>();
  private readonly _topics = new WeakMap<Uint8Array, string>();

  constructor(renaming: TopicRenaming | undefined) {
    this.renaming = renaming;
  }

  /** The frames of a batch's topics, in their order. */
  of(batch: Batch): readonly Buffer[] {
    let frames = this._ofBatches.get(batch);
    if (frames === undefined) {
      frames = batch.topics.map((topic) => this._frames.get(topic) ?? this._added(topic));
      this._ofBatches.set(batch, frames);
    }
    return frames;
  }

  /** The recorded topic of a frame that `of` gave. */
  topicOf(frame: Uint8Array): string {
    return this._topics.get(frame) as string;
  }

  private _added(topic: string): Buffer {
    const frame = Buffer.from(this.renaming?.sentAs(topic) ?? topic);
    this._topics.set(frame, topic);
    if (this._frames.size < MOST_KEPT) this._frames.set(topic, frame);
    return frame;
  }
}
