import type { StagePace } from '../pacing/stage-pace.js';
import type { WireNumbers } from '../pacing/wire-numbers.js';
import type { Sink } from '../playback/player.js';
import type { Part } from '../zmq/publisher.js';
import type { SentLog } from './sent-log.js';
import type { StageFigures } from './stage-figures.js';

/** Where the times of the event that is sent are read. */
export interface SentAt {
  /** When it is due, and what time it is, in nanoseconds on the steady clock. */
  readonly dueNs: number;
  readonly nowNs: number;
}

/** What notes the events of a load test. */
export interface LoadNotes {
  readonly log: SentLog;
  readonly figures: StageFigures;
  readonly pace: StagePace;
  readonly numbers: WireNumbers;
  /** Notes the bytes that a connection has to carry. Default: none. */
  readonly bytes?: { add(topic: Uint8Array, payloadBytes: number): void };
}

/** Sends messages on, and notes what is sent when. */
export class LoadSink implements Sink {
  private readonly _next: Sink;
  private readonly _at: SentAt;
  private readonly _notes: LoadNotes;

  constructor(next: Sink, at: SentAt, notes: LoadNotes) {
    this._next = next;
    this._at = at;
    this._notes = notes;
  }

  send(parts: Part[]): Promise<boolean> | undefined {
    const sending = this._next.send(parts);
    if (sending !== undefined) return this._noteOnceSent(parts, sending);
    this._note(parts);
    return undefined;
  }

  private async _noteOnceSent(parts: Part[], sending: Promise<boolean>): Promise<boolean> {
    const isSent = await sending;
    if (isSent) this._note(parts);
    return isSent;
  }

  private _note(parts: Part[]): void {
    const { log, figures, pace, numbers, bytes } = this._notes;
    const [topic, payload] = parts as [Buffer, Buffer];
    const { nowNs, dueNs } = this._at;
    figures.add(nowNs, dueNs, topic.length + payload.length, pace.startNs);
    log.add(numbers.lastUs, topic);
    bytes?.add(topic, payload.length);
  }
}
