import type { Batch } from '../batch/batch.js';
import { PayloadScanner, type ValueKind } from '../payload/payload-scanner.js';
import { TcsReplayError } from '../shared/errors.js';
import { type KeyEntry, TopicKeys } from './topic-keys.js';

/** A table with more columns is no use to any program. */
const MOST_KEYS = 10_000;
/** Keys of all topics: what is noted of one takes some hundred bytes. */
const MOST_KEYS_IN_ALL = 1_000_000;

/** What the values of a key have been. */
export interface KeyTypes {
  readonly key: string;
  /** The kinds that occurred, but for `null`. */
  readonly kinds: ReadonlySet<ValueKind>;
  /** Whether all of its numbers are written as whole ones. */
  readonly isWhole: boolean;
  /** Whether each of its numbers has a double that is near, and that is equal where it is whole: see `isDouble`. */
  readonly isDouble: boolean;
}

interface Types extends KeyTypes {
  readonly kinds: Set<ValueKind>;
  /** The kind of the last value that was looked at. */
  lastKind: ValueKind | undefined;
  isWhole: boolean;
  isDouble: boolean;
}

/** Finds out which keys the events of each topic have, and what their values are. */
export class TypeSurvey {
  private readonly _scanner = new PayloadScanner();
  private readonly _topics = new Map<string, SeenTopic>();
  private readonly _room: Room = { bytes: MOST_KEPT_BYTES };
  private readonly _isSampled: boolean;
  private _keys = 0;

  /** @param options.isSampled whether values are samples: see `ValueForm` */
  constructor({ isSampled }: { readonly isSampled: boolean }) {
    this._isSampled = isSampled;
  }

  /** Looks at an event. @throws TcsReplayError `WRITE_FAILED` where there are too many keys for any output */
  see(batch: Batch, i: number): void {
    const topic = batch.topics[batch.topicIdOf(i)];
    let seen = this._topics.get(topic);
    if (seen === undefined) {
      seen = new SeenTopic(this._room);
      this._topics.set(topic, seen);
    }
    const { payloads } = batch;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    // Nearly all samples of a topic are the same.
    if (this._isSampled && !seen.isNew(payloads, start, end)) return;
    const { keys } = seen;
    const scanner = this._scanner;
    if (!scanner.scan(payloads, start, end)) return;
    const before = keys.size;
    let entry: KeyEntry<Types> | undefined;
    for (let member = 0; member < scanner.memberCount; member++) {
      entry = keys.at(scanner, payloads, member, entry);
      const kind = scanner.kind(member);
      if (kind === 'null') continue;
      const types = entry.value;
      if (kind !== types.lastKind) {
        types.kinds.add(kind);
        types.lastKind = kind;
      }
      if (kind === 'number') seeNumber(types, payloads, scanner.valueAt(member), scanner.valueEnd(member));
    }
    this._keys += keys.size - before;
    if (keys.size > MOST_KEYS || this._keys > MOST_KEYS_IN_ALL)
      throw tooManyKeys(topic, keys.size, this._keys);
  }

  /** Number of keys of a topic. */
  keyCountOf(topic: string): number {
    return this._topics.get(topic)?.keys.size ?? 0;
  }

  /** The keys of a topic, in the order in which they first occurred; none for a topic that was not seen. */
  keysOf(topic: string): readonly KeyTypes[] {
    return this._topics.get(topic)?.keys.values() ?? [];
  }
}

/** Payloads that were seen last are kept: so many of a topic, and so many bytes in all. */
const [MOST_KEPT, MOST_KEPT_BYTES] = [4, 32 << 20];

/** What is left for payloads that are kept. */
interface Room {
  bytes: number;
}

/** What has been seen of a topic. */
class SeenTopic {
  readonly keys = new TopicKeys<Types>(newTypes);
  /** The payload that was seen last comes first. */
  private readonly _last: Buffer[] = [];
  private readonly _room: Room;

  constructor(room: Room) {
    this._room = room;
  }

  /** Whether a payload is none of those that were seen last. It is one of them from then on. */
  isNew(bytes: Buffer, start: number, end: number): boolean {
    const last = this._last;
    for (let i = 0; i < last.length; i++) {
      if (last[i].length !== end - start || bytes.compare(last[i], 0, end - start, start, end) !== 0)
        continue;
      if (i > 0) last.unshift(...last.splice(i, 1));
      return false;
    }
    if (last.length === MOST_KEPT) this._room.bytes += last.pop()?.length ?? 0;
    if (end - start > this._room.bytes) return true;
    this._room.bytes -= end - start;
    last.unshift(Buffer.from(bytes.subarray(start, end)));
    return true;
  }
}

const [POINT, LOWER_E, UPPER_E] = [0x2e, 0x65, 0x45];
/** A whole number with at most this many characters is exact as a double. */
const SURELY_EXACT = 15;
/** A number without an exponent and with at most this many characters is finite as a double. */
const SURELY_FINITE = 300;

function newTypes(key: string): Types {
  return { key, kinds: new Set(), lastKind: undefined, isWhole: true, isDouble: true };
}

function seeNumber(types: Types, bytes: Buffer, start: number, end: number): void {
  const isShort = end - start <= SURELY_EXACT;
  let isWhole = true;
  let hasExponent = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === POINT) isWhole = false;
    else if (byte === LOWER_E || byte === UPPER_E) hasExponent = true;
  }
  isWhole &&= !hasExponent;
  types.isWhole &&= isWhole;
  if (isShort && !hasExponent) return;
  const isSurelyDouble = !isWhole && !hasExponent && end - start <= SURELY_FINITE;
  if (types.isDouble && !isSurelyDouble)
    types.isDouble = isDouble(bytes.toString('latin1', start, end), isWhole);
}

/** Whether a number can be given as a double: a whole one exactly, another one as the nearest double. */
function isDouble(json: string, isWhole: boolean): boolean {
  const value = Number(json);
  return Number.isFinite(value) && (!isWhole || Number.isSafeInteger(value));
}

function tooManyKeys(topic: string, keys: number, keysInAll: number): TcsReplayError {
  return new TcsReplayError(
    'WRITE_FAILED',
    `Expected at most ${MOST_KEYS} keys in a topic, and ${MOST_KEYS_IN_ALL} in all, for an output with types; found ${keys} in ${topic}, ${keysInAll} in all: choose topics, or write JSON lines or a database`,
  );
}
