import { decodeUtf8, textOfString } from '../../encode/json-bytes.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import { type BlockFile, LARGEST_PART_BYTES } from '../block-file.js';
import type { BlockFormat } from '../block-format.js';
import { type BlockIndex, BlockList } from '../block-index.js';
import { EventBlock } from '../event-block.js';
import { FormatFault } from '../format-fault.js';

const BLOCK_BYTES = 1 << 20;
const [NEWLINE, RETURN, SPACE, TAB, QUOTE, BACKSLASH, CLOSE_BRACE] = [
  0x0a, 0x0d, 0x20, 0x09, 0x22, 0x5c, 0x7d,
];
const TOPIC = Buffer.from('{"topic":"');
const EVENT = Buffer.from('","event":');
/** What makes an object of a string. */
const [NAME_KEY, OBJECT_END] = [Buffer.from('{"topic":'), Buffer.from('}')];
const scanner = new PayloadScanner();

/**
 * Events as lines of JSON: `{"topic":"a.b.c","event":{…}}`. A row is a line. Empty lines are no events. Members of a line besides
 * these two are passed over.
 */
export const JSON_LINES: BlockFormat<undefined> = {
  unit: 'line',
  index: (file, report) => linesIndex(file, { at: 0, end: file.sizeBytes }, report),
  read,
  // The numbers of lines say it.
  placeOf: () => '',
};

/** The blocks of a file's lines, or of those between two offsets. @param report called with the share that was read */
export function linesIndex(
  file: BlockFile,
  { at: firstAt, end: lastEnd }: { readonly at: number; readonly end: number },
  report: (share: number) => void,
): BlockIndex<undefined> {
  const blocks = new BlockList();
  let [blockAt, lines] = [firstAt, 0];
  for (let at = firstAt; at < lastEnd; ) {
    const window = file.view(at, Math.min(BLOCK_BYTES, lastEnd - at));
    for (let i = window.indexOf(NEWLINE); i !== -1; i = window.indexOf(NEWLINE, i + 1)) {
      lines += 1;
      const end = at + i + 1;
      if (end - blockAt < BLOCK_BYTES) continue;
      blocks.add(blockAt, end - blockAt, lines);
      blockAt = end;
      lines = 0;
    }
    at += window.length;
    report((at - firstAt) / (lastEnd - firstAt));
  }
  // The last line may have no end.
  const rest = lastEnd - blockAt;
  if (rest > 0) {
    const isEnded = file.view(lastEnd - 1, 1)[0] === NEWLINE;
    blocks.add(blockAt, rest, isEnded ? lines : lines + 1);
  }
  return { ...blocks.columns(), damage: [], notices: [], isQuick: false, details: undefined };
}

function read(file: BlockFile, { offsets, sizes, rows }: BlockIndex, number: number): EventBlock {
  const count = rows[number + 1] - rows[number];
  let bytes: Buffer;
  try {
    if (sizes[number] > LARGEST_PART_BYTES) throw new FormatFault('a line is too large');
    bytes = file.read(offsets[number], sizes[number]);
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    return EventBlock.lost(rows[number], count, error.message);
  }
  const block = new EventBlock(rows[number], count, bytes);
  const lines = new Lines(block, bytes);
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, at);
    const end = found === -1 ? bytes.length : found;
    lines.add(at, end);
    at = end + 1;
  }
  return block;
}

/** Adds lines to a block. */
class Lines {
  private readonly _block: EventBlock;
  private readonly _bytes: Buffer;
  private readonly _topics = new Map<string, number>();

  constructor(block: EventBlock, bytes: Buffer) {
    this._block = block;
    this._bytes = bytes;
  }

  add(from: number, to: number): void {
    const bytes = this._bytes;
    let [at, end] = [from, to];
    while (end > at && isSpace(bytes[end - 1])) end -= 1;
    while (at < end && isSpace(bytes[at])) at += 1;
    // A byte order mark at the beginning of a file.
    if (end - at >= 3 && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
    if (at === end) this._block.addOther(at, end);
    else if (!this._addUsual(at, end)) this._addAny(at, end);
  }

  /** Adds a line in the form that is usually written. @returns false, with nothing added, where it has another one */
  private _addUsual(at: number, end: number): boolean {
    const bytes = this._bytes;
    if (!isAt(bytes, at, TOPIC) || bytes[end - 1] !== CLOSE_BRACE) return false;
    const topicAt = at + TOPIC.length;
    let topicEnd = topicAt;
    let hasEscapes = false;
    for (; topicEnd < end && bytes[topicEnd] !== QUOTE; topicEnd += 1) {
      if (bytes[topicEnd] < SPACE) return false;
      if (bytes[topicEnd] !== BACKSLASH) continue;
      hasEscapes = true;
      topicEnd += 1;
    }
    if (!isAt(bytes, topicEnd, EVENT)) return false;
    const eventAt = topicEnd + EVENT.length;
    const topic = hasEscapes
      ? this._numberOfEscaped(topicAt - 1, topicEnd + 1)
      : this._numberOfPlain(topicAt, topicEnd);
    if (topic === undefined) return false;
    return this._block.tryEvent(topic, eventAt, end - 1, undefined);
  }

  private _numberOfPlain(at: number, end: number): number {
    const latin1 = this._bytes.toString('latin1', at, end);
    return this._topics.get(latin1) ?? this._numberOf(latin1, textOfString(this._bytes, at, end));
  }

  /** The number of a topic whose name has escapes, within its quotes. @returns undefined: it is no string of JSON */
  private _numberOfEscaped(at: number, end: number): number | undefined {
    if (!scanner.scan(Buffer.concat([NAME_KEY, this._bytes.subarray(at, end), OBJECT_END]))) return undefined;
    const name = scanner.text(0);
    return this._numberOf(JSON.stringify(name), name);
  }

  private _addAny(at: number, end: number): void {
    const bytes = this._bytes;
    let [topic, event] = [-1, -1];
    if (scanner.scan(bytes, at, end)) {
      for (let i = 0; i < scanner.memberCount; i++) {
        const key = scanner.key(i);
        if (key === 'topic') topic = i;
        else if (key === 'event') event = i;
      }
    }
    if (
      topic === -1 ||
      event === -1 ||
      scanner.kind(topic) !== 'string' ||
      scanner.kind(event) !== 'object'
    ) {
      this._block.addUnreadable();
      return;
    }
    const name = scanner.text(topic);
    const [eventAt, eventEnd] = [scanner.valueAt(event), scanner.valueEnd(event)];
    if (!this._block.tryEvent(this._numberOf(JSON.stringify(name), name), eventAt, eventEnd, undefined))
      this._block.addUnreadable();
  }

  /** @param key of the topic among those of the block: its bytes; it has quotes where it was not in the usual form */
  private _numberOf(key: string, name: string): number {
    const known = this._topics.get(key);
    if (known !== undefined) return known;
    const number = this._block.topics.push(name) - 1;
    this._topics.set(key, number);
    return number;
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === RETURN || byte === TAB || byte === NEWLINE;
}

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** Whether the beginning of a file is that of JSON lines: an object with a topic. */
export function isJsonLines(header: Uint8Array): boolean {
  return /^\ufeff?\s*\{\s*"topic"\s*:/.test(decodeUtf8(header));
}
