import { tmpdir } from 'node:os';
import { Batch } from '../../src/batch/batch.js';
import { BatchReader } from '../../src/database/events/batch-reader.js';
import { EventQuery } from '../../src/database/events/event-query.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import { connectTo, type ReadRules, type Recording } from '../../src/database/recording.js';
import type { Rows } from '../../src/database/rows.js';
import { bytesOf } from '../../src/encode/json-bytes.js';
import { type Expected, expectedOf } from '../decode/expected.js';
import { type Night, seededNight } from '../night.js';

/** As many as in a batch of a replay. */
export const SAMPLE_EVENTS = 1024;
export const SAMPLE_ATTRIBUTES = 16;
/** As many as a statement returns of such events. */
const EVENTS_A_CHUNK = 256;

/** A database with the events that all tasks work on: those of a batch. Made once, and kept. */
export function sampleNight(signal: AbortSignal, onMake: (path: string) => void): Promise<Night> {
  return seededNight({ events: SAMPLE_EVENTS, attributes: SAMPLE_ATTRIBUTES, signal, onMake });
}

/** The events that tasks work on, as each part of a replay gets them from the one before it. */
export class Sample {
  private readonly _night: Night;
  private readonly _recording: Recording;

  constructor(night: Night) {
    this._night = night;
    // It has an index and no log, so that nothing is made in a folder.
    this._recording = prepareRecording(findRecording(night.path), { scratchFolder: tmpdir() });
  }

  /** What is to come out of them. */
  expected(): Promise<Expected> {
    return expectedOf(this._night, new AbortController().signal);
  }

  /** The JSON that SQLite makes of them, a chunk after the other. */
  sources(rules: ReadRules): Uint8Array[] {
    const connection = connectTo(this._recording);
    try {
      const query = new EventQuery(this._recording.schema).events('range', rules, undefined);
      const statement = connection.prepare(query).pluck();
      return Array.from({ length: SAMPLE_EVENTS / EVENTS_A_CHUNK }, (_, i) => {
        const first = i * EVENTS_A_CHUNK + 1;
        return bytesOf(statement.get({ first, last: first + EVENTS_A_CHUNK - 1 }));
      });
    } finally {
      connection.close();
    }
  }

  /** The batch of some of them. @param rows by default all */
  buffer(rows: Rows = { first: 1n, last: BigInt(SAMPLE_EVENTS) }): ArrayBuffer {
    const reader = new BatchReader(this._recording, SAMPLE_RULES);
    try {
      return reader.read(rows).buffer;
    } finally {
      reader.close();
    }
  }

  batch(rows?: Rows): Batch {
    return new Batch(this.buffer(rows));
  }
}

/** Those of a replay by default. */
export const SAMPLE_RULES: ReadRules = {
  ...{ convertNumber: false, convertBool: false, timeSlots: true, keyTime: 'due', ranges: undefined },
  ...{ filter: undefined, format: 'json' },
};
