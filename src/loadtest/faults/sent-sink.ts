import type { Sink } from '../../playback/player.js';
import { NotingSink } from '../../shared/noting-sink.js';
import type { Part } from '../../zmq/publisher.js';
import type { LoadNotes } from '../load-sink.js';
import type { SentLog } from '../sent-log.js';
import type { FaultyMessage } from './fault-sink.js';

export interface SentNotes extends Pick<LoadNotes, 'bytes'> {
  readonly log: SentLog;
  /** The message that is sent. */
  readonly current: () => FaultyMessage;
}

/** Sends messages on, and notes what is on the wire, as subscribers read it. */
export class SentSink extends NotingSink implements Sink {
  private readonly _notes: SentNotes;

  constructor(next: Sink, notes: SentNotes) {
    super(next);
    this._notes = notes;
  }

  protected override note(parts: Part[]): void {
    const { log, bytes, current } = this._notes;
    const [topic, payload, stamp] = parts as [Buffer, Buffer, Buffer?];
    const { wireUs, isCopy } = current();
    if (!isCopy) log.add(wireUs, topic);
    bytes?.add(topic, payload.length, stamp?.length);
  }
}
