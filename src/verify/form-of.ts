import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { TextForm } from './read-text-events.js';

const SQLITE_MAGIC = 'SQLite format 3\0';
const [GZIP_FIRST, GZIP_SECOND] = [0x1f, 0x8b];
/** Enough to see how a file is written. */
const LOOKED_AT_BYTES = 4096;

/**
 * How a file of received events is written, by its first bytes.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `READ_FAILED` where it is no form that is known
 */
export async function formOf(path: string): Promise<TextForm | 'database'> {
  const begins = await beginningOf(path);
  if (begins.toString('latin1').startsWith(SQLITE_MAGIC)) return 'database';
  const isGzip = begins[0] === GZIP_FIRST && begins[1] === GZIP_SECOND;
  const text = (isGzip ? unpacked(begins) : begins)
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('{') || text.startsWith('[')) return { kind: 'json lines', isGzip };
  const [head = ''] = text.split('\n');
  // An empty file holds no event: all is missing.
  if (text === '' || /(^|[,"])(__)?topic(_name)?([",\r]|$)/.test(head))
    return { kind: text === '' ? 'json lines' : 'csv', isGzip };
  throw new TcsReplayError(
    'READ_FAILED',
    `Expected in ${path} a SQLite database, JSON lines, or CSV with a column named topic, found none of these`,
  );
}

function unpacked(begins: Buffer): Buffer {
  try {
    // The rest of the file is missing here.
    return gunzipSync(begins, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

async function beginningOf(path: string): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT_BYTES), 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
