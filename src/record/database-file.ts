import { GrowingRecording } from '../database/growing-recording.js';
import type { EventFile } from './event-file.js';
import { EventRows } from './event-rows.js';
import { MOST_TOPICS } from './record-messages.js';

/** A database into which events are recorded. */
export class DatabaseFile implements EventFile {
  readonly path: string;
  private readonly _recording: GrowingRecording;
  private readonly _rows = new EventRows();
  /** The last event of each topic, up to the last commit, and since then. */
  private readonly _lastIds = new Map<string, number>();
  private readonly _newIds = new Map<string, number>();

  /** @throws TcsReplayError as `GrowingRecording` */
  constructor(path: string) {
    this.path = path;
    this._recording = new GrowingRecording(path);
  }

  get eventCount(): number {
    return this._recording.eventCount;
  }

  get stateTopics(): number {
    return this._recording.stateTopics;
  }

  get sizeBytes(): number {
    return this._recording.sizeBytes;
  }

  get isInPlace(): boolean {
    return this._recording.isInPlace;
  }

  begin(): void {
    this._recording.begin();
  }

  add(topic: string, bytes: Buffer, from: number, end: number): number | undefined {
    const id = this._rows.add(this._recording, topic, bytes, from, end);
    if (id === undefined) return undefined;
    this._newIds.set(topic, id);
    return this._rows.wireTimeS;
  }

  commit(): void {
    this._recording.commit();
    for (const [topic, id] of this._newIds)
      if (this._lastIds.size < MOST_TOPICS || this._lastIds.has(topic)) this._lastIds.set(topic, id);
    this._newIds.clear();
  }

  rollback(): void {
    this._newIds.clear();
    this._recording.rollback();
  }

  openNext(path: string): DatabaseFile {
    const next = new DatabaseFile(path);
    try {
      next._recording.takeState(this._recording, this._lastIds);
    } catch (error) {
      next.discard();
      throw error;
    }
    return next;
  }

  close(): void {
    this._recording.close();
  }

  abandon(): void {
    this._recording.close();
  }

  discard(): void {
    this._recording.discard();
  }
}
