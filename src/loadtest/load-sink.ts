import type { StagePace } from '../pacing/stage-pace.js';
import type { WireNumbers } from '../pacing/wire-numbers.js';
import type { Sink } from '../playback/player.js';
import { NotingSink } from '../shared/noting-sink.js';
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
  /** Notes what is on the wire. Default: none, where faults stand between and note it themselves. */
  readonly log?: SentLog;
  readonly figures: Pick<StageFigures, 'add'>;
  readonly pace: Pick<StagePace, 'startNs'>;
  readonly numbers: WireNumbers;
  /** Notes the bytes that a connection has to carry. Default: none. */
  readonly bytes?: { add(topic: Uint8Array, payloadBytes: number, furtherBytes?: number): void };
}

/** Sends messages on, and notes what is sent when. */
export class LoadSink extends NotingSink implements Sink {
  private readonly _at: SentAt;
  private readonly _notes: LoadNotes;

  constructor(next: Sink, at: SentAt, notes: LoadNotes) {
    super(next);
    this._at = at;
    this._notes = notes;
  }

  protected override note(parts: Part[]): void {
    const { log, figures, pace, numbers, bytes } = this._notes;
    const [topic, payload, stamp] = parts as [Buffer, Buffer, Buffer?];
    const { nowNs, dueNs } = this._at;
    figures.add(nowNs, dueNs, topic.length + payload.length, pace.startNs);
    log?.add(numbers.lastUs, topic);
    bytes?.add(topic, payload.length, stamp?.length);
  }
}
