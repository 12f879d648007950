import './own-cache.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Batch, NO_SLOT } from '../../src/batch/batch.js';
import { BatchReader } from '../../src/database/events/batch-reader.js';
import type { ReadRules } from '../../src/database/recording.js';
import type { Rows } from '../../src/database/rows.js';
import type { SchemaOverride } from '../../src/database/schema/schema-override.js';
import { openRecording } from './open-recording.js';

/** An event of a batch, with all that the batch says of it. Offsets of slots count from the payload's beginning. */
export interface DecodedEvent {
  readonly topic: string;
  readonly payload: Buffer;
  readonly dueS: number;
  readonly dataS: number;
  readonly wireSlot: number | undefined;
  readonly dataSlot: number | undefined;
  readonly skippedBefore: number;
}

export const PLAIN_RULES: ReadRules = {
  convertNumber: false,
  convertBool: false,
  timeSlots: false,
  keyTime: 'due',
  ranges: undefined,
  filter: undefined,
  format: 'json',
  reader: 'pages',
};

export function decodedEvents(batch: Batch): DecodedEvent[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const start = batch.startOf(i);
    const slot = (at: number) => (at === NO_SLOT ? undefined : at - start);
    return {
      topic: batch.topics[batch.topicIdOf(i)],
      payload: batch.payloads.subarray(start, batch.endOf(i)),
      dueS: batch.dueS[i],
      dataS: batch.dataS[i],
      wireSlot: slot(batch.wireSlotOf(i)),
      dataSlot: slot(batch.dataSlotOf(i)),
      skippedBefore: batch.skippedBefore(i),
    };
  });
}

/** Reads `rows` to their end. */
export function readBatches(reader: BatchReader, rows: Rows): Batch[] {
  const batches: Batch[] = [];
  for (let rest: Rows | undefined = rows; rest !== undefined; ) {
    const result = reader.read(rest);
    batches.push(new Batch(result.buffer));
    rest = result.rest;
  }
  return batches;
}

/** All batches of a recording in the order of its table. Nothing stays open, or behind. */
export function batchesOf(path: string, rules: ReadRules = PLAIN_RULES, override?: SchemaOverride): Batch[] {
  const read = (reader: BatchReader) =>
    reader.recording.rows === undefined ? [] : readBatches(reader, reader.recording.rows);
  return withReader(path, rules, read, override);
}

/** All events of a recording in the order of its table. */
export function eventsOf(
  path: string,
  rules: ReadRules = PLAIN_RULES,
  override?: SchemaOverride,
): DecodedEvent[] {
  return batchesOf(path, rules, override).flatMap(decodedEvents);
}

/** Does something with a reader of a recording, and then closes what was opened for it. */
export function withReader<T>(
  path: string,
  rules: ReadRules,
  action: (reader: BatchReader) => T,
  override?: SchemaOverride,
): T {
  const scratchFolder = mkdtempSync(join(tmpdir(), 'tcs-test-scratch-'));
  try {
    const reader = new BatchReader(openRecording(path, { scratchFolder }, undefined, override), rules);
    try {
      return action(reader);
    } finally {
      reader.close();
    }
  } finally {
    rmSync(scratchFolder, { recursive: true });
  }
}

/** A member of a JSON object as it is written, and where its value begins. */
export interface Member {
  readonly key: string;
  readonly written: string;
  readonly at: number;
}

/** The members of a flat JSON object without white space. */
export function membersOf(json: string): Member[] {
  const member = /("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*"|[^",{}[\]:]+)([,}])/y;
  const members: Member[] = [];
  if (json === '{}') return members;
  member.lastIndex = 1;
  for (let end = json[0] === '{' ? ',' : '}'; end === ','; ) {
    const match = member.exec(json);
    if (match === null) throw new Error(`no flat JSON object: ${json.slice(0, 200)}`);
    const [whole, key, written, mark] = match;
    members.push({
      key: JSON.parse(key) as string,
      written,
      at: match.index + whole.length - 1 - written.length,
    });
    end = mark;
  }
  if (members.length === 0 || member.lastIndex !== json.length) throw new Error(`no object alone: ${json}`);
  return members;
}
