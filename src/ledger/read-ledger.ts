import { open } from 'node:fs/promises';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { EventList } from './event-list.js';
import { BLOCK, BLOCK_HEAD_BYTES, EVENT_BYTES, MAGIC } from './ledger-format.js';

/** What a ledger holds. */
export interface Ledger {
  readonly events: EventList;
  /** False: its writer was killed, so that events may have been sent after the last one. */
  readonly isWhole: boolean;
}

/** A larger block is none of ours: the file is damaged. */
const LARGEST_BLOCK_BYTES = 64 << 20;

/** Whether a file begins as a ledger does. @throws TcsReplayError `NO_SUCH_FILE` */
export async function isLedger(path: string): Promise<boolean> {
  return reading(path, async (read) => (await read(MAGIC.length))?.toString('latin1') === MAGIC);
}

/**
 * Reads a ledger.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `READ_FAILED` where it is damaged
 */
export function readLedger(path: string): Promise<Ledger> {
  return reading(path, async (read) => {
    const magic = await read(MAGIC.length);
    if (magic?.toString('latin1') !== MAGIC) throw damaged(path, 'it does not begin as a ledger does');
    const events = new EventList();
    for (;;) {
      const head = await read(BLOCK_HEAD_BYTES);
      if (head === undefined) return { events, isWhole: false };
      const [kind, length] = [head.readUInt32LE(0), head.readUInt32LE(4)];
      if (length > LARGEST_BLOCK_BYTES) throw damaged(path, `it has a block of ${length} bytes`);
      const content = await read(length);
      if (content === undefined) return { events, isWhole: false };
      if (kind === BLOCK.topics) addTopics(events, content);
      else if (kind === BLOCK.events) addEvents(path, events, content);
      else if (kind === BLOCK.end) {
        if (length !== 8 || content.readDoubleLE() !== events.count)
          throw damaged(path, `it has ${events.count} events, and says otherwise`);
        return { events, isWhole: true };
      } else throw damaged(path, `it has a block of the unknown kind ${kind}`);
    }
  });
}

/** Reads the next bytes of a file. Undefined: it ends before. */
type Read = (length: number) => Promise<Buffer | undefined>;

async function reading<T>(path: string, action: (read: Read) => Promise<T>): Promise<T> {
  try {
    const handle = await open(path, 'r');
    try {
      return await action(async (length) => {
        const buffer = Buffer.alloc(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await handle.read(buffer, filled, length - filled);
          if (bytesRead === 0) return undefined;
          filled += bytesRead;
        }
        return buffer;
      });
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function addTopics(events: EventList, content: Buffer): void {
  for (let at = 0; at + 2 <= content.length; ) {
    const end = at + 2 + content.readUInt16LE(at);
    events.topicId(content.subarray(at + 2, end).toString());
    at = end;
  }
}

function addEvents(path: string, events: EventList, content: Buffer): void {
  if (content.length % EVENT_BYTES !== 0) throw damaged(path, 'it has a part of an event');
  for (let at = 0; at < content.length; at += EVENT_BYTES) {
    const topicId = content.readUInt32LE(at + 8);
    if (topicId >= events.topics.length)
      throw damaged(path, `it has an event of the unknown topic ${topicId}`);
    events.add(content.readDoubleLE(at), topicId, content.readInt32LE(at + 12), content.readInt32LE(at + 16));
  }
}

function damaged(path: string, found: string): TcsReplayError {
  return new TcsReplayError('READ_FAILED', `Expected a ledger of tcs-replay in ${path}: ${found}`);
}
