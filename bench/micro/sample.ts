import { tmpdir } from 'node:os';
import { Batch } from '../../src/batch/batch.js';
import { BatchReader } from '../../src/database/events/batch-reader.js';
import { EventQuery } from '../../src/database/events/event-query.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import { connectTo, type ReadRules, type Recording } from '../../src/database/recording.js';
import type { Rows } from '../../src/database/rows.js';
import { bytesOf } from '../../src/encode/json-bytes.js';
import { type ExpectedContent, expectedContent } from '../decode/expected-content.js';
import { type Night, seededNight } from '../night.js';

/** As many events as a replay's batch has. */
export const SAMPLE_EVENTS = 1024;
export const SAMPLE_ATTRIBUTES = 16;
/** As many such events as one statement returns. */
const EVENTS_A_CHUNK = 256;

/** The night with the events of all tasks, which fill one batch. It is made once and kept. */
export function sampleNight(signal: AbortSignal, onMake: (path: string) => void): Promise<Night> {
  return seededNight({ events: SAMPLE_EVENTS, attributes: SAMPLE_ATTRIBUTES, signal, onMake });
}

/** The input of tasks: events in the form in which each part of a replay gets them. */
export class Sample {
  private readonly _night: Night;
  private readonly _recording: Recording;

  constructor(night: Night) {
    this._night = night;
    // The database has an index and no write-ahead log, so nothing is written to the folder.
    this._recording = prepareRecording(findRecording(night.path), { scratchFolder: tmpdir() });
  }

  /** Digests of what the events must become. */
  expected(): Promise<ExpectedContent> {
    return expectedContent(this._night, new AbortController().signal);
  }

  /** The JSON that SQLite makes of the events, in chunks. */
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

  /** The packed batch of some events. @param rows default: all */
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

/** The rules of a replay with default options. */
export const SAMPLE_RULES: ReadRules = {
  ...{ convertNumber: false, convertBool: false, timeSlots: true, keyTime: 'due', ranges: undefined },
  ...{ filter: undefined, format: 'json', reader: 'pages' },
};
