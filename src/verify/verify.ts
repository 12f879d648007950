import { EventList } from '../ledger/event-list.js';
import { PayloadDigest } from '../ledger/payload-digest.js';
import { isLedger, readLedger } from '../ledger/read-ledger.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { closeOnAbort } from '../prepare/close-on-abort.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { topicMatcher } from '../selection/topic-pattern.js';
import { PROGRESS_INTERVAL_MS } from '../shared/clock.js';
import type { NameOf } from '../shared/expect.js';
import { Archive } from '../timeline/archive.js';
import { compareEvents } from './compare-events.js';
import type { Comparison } from './comparison.js';
import { formOf } from './form-of.js';
import { LineEvents } from './line-event.js';
import { readTextEvents } from './read-text-events.js';

export interface VerifyOptions
  extends Pick<ReplayOptions, 'schema' | 'workers' | 'signal' | 'onNotice' | 'onPreparation'> {
  /** What was sent: a ledger, or a database that was played. */
  readonly sent: string;
  /** What was received: a database, JSON lines or CSV, the last two also compressed by gzip. */
  readonly received: string;
  /** Topics that should have come: names, or patterns with `*` and `?`. Default: all. */
  readonly topics?: string | readonly string[];
  /** Topics that should not have come, in the same forms. Default: none. */
  readonly exclude?: string | readonly string[];
  /** Called a few times a second. Default: none. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  /** The file that is read. */
  readonly path: string;
  /** Events that were read of it. */
  readonly events: number;
}

/**
 * Holds what a subscriber has kept against what was sent to it: missing, doubled, reordered, altered and foreign events, each by
 * its number. The whole way is proven, the subscriber's own code included.
 *
 * Memory: about 30 bytes for each event of both files, and more where events have no ascending wire times.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`; where `signal` ended
 *   it, its reason
 */
export async function verify(
  options: VerifyOptions,
  nameOf: NameOf<keyof ReplayOptions> = (option) => option,
): Promise<Comparison> {
  const reader = new EventReader(options, nameOf);
  const { onProgress } = options;
  const timer = onProgress && setInterval(() => onProgress(reader.progress), PROGRESS_INTERVAL_MS);
  try {
    const sent = await reader.readSent(options.sent);
    const received = await reader.readReceived(options.received);
    return compareEvents(sent, received);
  } finally {
    clearInterval(timer);
  }
}

/** Reads files of events, one after the other. */
class EventReader {
  private readonly _options: VerifyOptions;
  private readonly _nameOf: NameOf<keyof ReplayOptions>;
  private readonly _isWanted: (topic: string) => boolean;
  private readonly _digest = new PayloadDigest();
  private _path = '';
  private _events = new EventList();

  constructor(options: VerifyOptions, nameOf: NameOf<keyof ReplayOptions>) {
    this._options = options;
    this._nameOf = nameOf;
    const [topics, exclude] = [listOf(options.topics), listOf(options.exclude)];
    const [isNamed, isExcluded] = [topicMatcher(topics), topicMatcher(exclude)];
    this._isWanted = (topic) => isNamed(topic) && !(exclude.length > 0 && isExcluded(topic));
  }

  get progress(): VerifyProgress {
    return { path: this._path, events: this._events.count };
  }

  async readSent(path: string): Promise<EventList> {
    this._begin(path);
    if (!(await isLedger(path))) return this._readDatabase(path);
    const { events, isWhole } = await readLedger(path);
    if (!isWhole)
      this._options.onNotice?.(`${path} was not finished: events that were sent after its end are not in it`);
    return this._wantedOf(events);
  }

  async readReceived(path: string): Promise<EventList> {
    this._begin(path);
    const form = await formOf(path);
    if (form === 'database') return this._readDatabase(path);
    await readTextEvents(path, form, new LineEvents(this._events, this._digest, this._isWanted));
    return this._events;
  }

  private _begin(path: string): void {
    this._options.signal?.throwIfAborted();
    this._path = path;
    this._events = new EventList();
  }

  private _wantedOf(all: EventList): EventList {
    const { topics, exclude } = this._options;
    if (topics === undefined && exclude === undefined) return all;
    const isWanted = all.topics.map(this._isWanted);
    return all.selected((topicId) => isWanted[topicId]);
  }

  private async _readDatabase(path: string): Promise<EventList> {
    const { topics, exclude, schema, workers, signal } = this._options;
    const asStored = { times: 'original', sortBy: 'none', prepared: false } as const;
    const chosen = Object.fromEntries(
      Object.entries({ topics, exclude, schema, workers }).filter(([, value]) => value !== undefined),
    );
    const resolved = resolveOptions({ databases: path, ...chosen, ...asStored }, this._nameOf);
    const pool = new DecoderPool(resolved.workers, resolved);
    const removeListener = closeOnAbort(pool, signal);
    try {
      const archive = await Archive.open(pool, resolved, this._options);
      for await (const { batch, first, end } of archive.pass({ prime: false }).timeline) {
        const ids = batch.topics.map((topic) => this._events.topicId(topic));
        for (let i = first; i < end; i++) {
          this._digest.read(batch.payloads.subarray(batch.startOf(i), batch.endOf(i)));
          const { wireTimeS, low, high } = this._digest;
          this._events.add(Math.round(wireTimeS * 1e6), ids[batch.topicIdOf(i)], low, high);
        }
      }
      return this._events;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      removeListener();
      await pool.close();
    }
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
