import * as text from '../../shared/text.js';
import type { BlockIndex } from '../block-index.js';
import type { McapChannel } from './mcap-record.js';

/** Blocks of an MCAP file. Plain data. */
export type McapIndex = BlockIndex<{
  readonly channels: ReadonlyMap<number, McapChannel>;
  /** By block: 1 for a chunk, 0 for a run of other records. */
  readonly isChunk: Uint8Array;
  /** Whether tcs-replay wrote the file: the times of an event are those of its payload alone. */
  readonly isOwn: boolean;
}>;

/** The name of a metadata record that tcs-replay writes, and with what the name of the library in its headers begins. */
export const OWN_METADATA = 'tcs-replay';
const OWN_LIBRARY = 'tcs-replay';

export function isOwnLibrary(library: string): boolean {
  return library.startsWith(OWN_LIBRARY);
}

/** Says how many messages are in encodings that are not played. @param counts of messages, by channel */
export function passedOverNotices(
  channels: ReadonlyMap<number, McapChannel>,
  counts: ReadonlyMap<number, number>,
): string[] {
  const others = [...channels].filter(([, { encoding }]) => encoding !== 'json');
  const messages = others.reduce((sum, [id]) => sum + (counts.get(id) ?? 0), 0);
  if (messages === 0) return [];
  const encodings = [
    ...new Set(others.map(([, { encoding }]) => (encoding === '' ? 'none' : encoding))),
  ].sort();
  return [
    `${text.counted(messages, 'message')} in other encodings than json (${encodings.join(', ')}) will be passed over`,
  ];
}
