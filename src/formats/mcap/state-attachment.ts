import type { BlockFile } from '../block-file.js';
import { crc32 } from '../crc32.js';
import { unlessFault } from '../format-fault.js';
import { isOwnLibrary } from './mcap-index.js';
import { Fields, MAGIC, OP, RECORD_HEADER_BYTES, u64At } from './mcap-record.js';

/** The attachment with the last event of each topic before a file, as JSON lines. A recorder writes it at the head of the file. */
export const STATE_ATTACHMENT = 'state.jsonl';

/** Bytes of a file, `[at..end)`. */
export interface Stretch {
  readonly at: number;
  readonly end: number;
}

/** Where the lines of `STATE_ATTACHMENT` are. @returns undefined where tcs-replay has written none, or they are damaged */
export function stateLines(file: BlockFile): Stretch | undefined {
  return unlessFault(() => find(file));
}

/** Only headers, metadata and attachments are passed over: what else is there is behind the head. */
function find(file: BlockFile): Stretch | undefined {
  if (!file.view(0, MAGIC.length).equals(MAGIC)) return undefined;
  for (let at = MAGIC.length; ; ) {
    const contentAt = at + RECORD_HEADER_BYTES;
    const head = file.view(at, RECORD_HEADER_BYTES);
    const op = head[0];
    const end = contentAt + u64At(head, 1);
    if (op === OP.header) {
      const fields = contentOf(file, contentAt, end);
      fields.text();
      if (!isOwnLibrary(fields.text())) return undefined;
    } else if (op === OP.attachment) {
      const lines = linesOf(contentOf(file, contentAt, end), contentAt);
      if (lines !== undefined) return isSound(file, contentAt, end) ? lines : undefined;
    } else if (op !== OP.metadata) return undefined;
    at = end;
  }
}

function contentOf(file: BlockFile, at: number, end: number): Fields {
  return new Fields(file.view(at, end - at), 0, end - at);
}

/** @returns undefined where it is another attachment */
function linesOf(fields: Fields, contentAt: number): Stretch | undefined {
  // Two times.
  fields.skip(16);
  if (fields.text() !== STATE_ATTACHMENT) return undefined;
  // Its media type.
  fields.text();
  const sizeBytes = fields.u64();
  const at = contentAt + fields.at;
  fields.skip(sizeBytes);
  return { at, end: at + sizeBytes };
}

/** Whether an attachment has the checksum of what stands before it; 0: it has none. */
function isSound(file: BlockFile, at: number, end: number): boolean {
  const bytes = file.view(at, end - at);
  const crc = bytes.readUInt32LE(bytes.length - 4);
  return crc === 0 || crc32(bytes.subarray(0, -4)) === crc;
}
