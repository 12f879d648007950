import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { LineEvents } from './line-event.js';

/** How a text file of events is written. */
export interface TextForm {
  readonly kind: 'json lines' | 'csv';
  /** Whether it is compressed by gzip. */
  readonly isGzip: boolean;
}

/** A longer line is no event, and would fill the memory. */
const LONGEST_LINE_BYTES = 64 << 20;
const LINE_FEED = 0x0a;

/**
 * Reads the events of a text file.
 *
 * @throws TcsReplayError `READ_FAILED` with the line where a line is no event
 */
export async function readTextEvents(path: string, form: TextForm, events: LineEvents): Promise<void> {
  const bytes = textOf(path, form);
  try {
    await (form.kind === 'csv' ? readRows(path, bytes, events) : readJsonLines(path, bytes, events));
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    throw new TcsReplayError('READ_FAILED', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    bytes.destroy();
  }
}

async function readJsonLines(path: string, bytes: Transform, events: LineEvents): Promise<void> {
  let line = 0;
  for await (const text of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() !== '' && !events.addJson(text))
      throw notAnEvent(path, line, 'an event as JSON, such as {"topic":"a.b.c","event":{…}}', text);
  }
}

async function readRows(path: string, bytes: Transform, events: LineEvents): Promise<void> {
  const parser = parse({ columns: true, bom: true, info: true, max_record_size: LONGEST_LINE_BYTES });
  bytes.on('error', (error) => parser.destroy(error));
  const rows: AsyncIterable<{ record: Record<string, string>; info: { lines: number } }> = bytes.pipe(parser);
  try {
    for await (const { record, info } of rows)
      if (!events.addRow(record))
        throw notAnEvent(path, info.lines, 'a column named topic', Object.keys(record).join(','));
  } catch (error) {
    if ((error as Partial<CsvError>).code?.startsWith('CSV_') !== true) throw error;
    throw new TcsReplayError('READ_FAILED', `Cannot read ${path} as CSV: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The bytes of a file, uncompressed. A line that is too long ends it with an error. */
function textOf(path: string, { isGzip }: TextForm): Transform {
  const file = createReadStream(path);
  let lengthBytes = 0;
  const checked = new Transform({
    transform(chunk: Buffer, _, done) {
      const end = chunk.lastIndexOf(LINE_FEED);
      lengthBytes = end === -1 ? lengthBytes + chunk.length : chunk.length - end;
      if (lengthBytes <= LONGEST_LINE_BYTES) done(null, chunk);
      else done(new Error(`expected lines of at most ${LONGEST_LINE_BYTES} bytes, found a longer one`));
    },
  });
  file.on('error', (error) => checked.destroy(error));
  if (!isGzip) return file.pipe(checked);
  const plain = createGunzip();
  plain.on('error', (error) => checked.destroy(error));
  return file.pipe(plain).pipe(checked);
}

function notAnEvent(path: string, line: number, expected: string, found: string): TcsReplayError {
  const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found;
  return new TcsReplayError('READ_FAILED', `Expected ${expected} in line ${line} of ${path}, found ${shown}`);
}
