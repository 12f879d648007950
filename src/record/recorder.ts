import { messageOf, TcsReplayError } from '../shared/errors.js';
import { counted } from '../shared/text.js';
import type { EventFile } from './event-file.js';
import { forEachMessage } from './message-batch.js';
import { openEventFile } from './open-event-file.js';
import {
  entryOf,
  type FromRecorder,
  MOST_TOPICS,
  type RecordedFile,
  type RecorderSetup,
  type TopicWritten,
} from './record-messages.js';
import { Rotation } from './rotation.js';

/** Together with the time that a batch takes to fill, an event is in the file a quarter of a second after it came. */
const COMMIT_AFTER_MS = 150;
/** A transaction that is larger is committed at once: memory holds what is not committed. */
const COMMIT_BYTES = 4 << 20;
const RETRY_MS = 250;
/** How long what cannot be written is tried again after the end. */
const LAST_TRIES_MS = 5_000;
/** A next file that could not be made is tried again after this time. */
const ROTATE_AGAIN_MS = 10_000;

/** Failures that may pass: room is made, a lock is released. */
const PASSING = /^(?:SQLITE_(?:FULL|BUSY|LOCKED|IOERR|CANTOPEN)|ENOSPC$|EDQUOT$|EIO$)/;

interface WaitingBatch {
  readonly bytes: Buffer;
  readonly length: number;
  readonly receivedMs: number;
}

/** What is known of a topic. */
interface TopicState extends TopicWritten {
  /** The wire time of its last event that has one, in Unix seconds; NaN: none has. */
  wireS: number;
}

const newTopic = (): TopicState => ({ written: 0, notEvents: 0, notAscending: 0, wireS: Number.NaN });

/**
 * Writes batches of messages into recordings. Where a write fails it goes back to the last commit and tries again what came since, until
 * that succeeds or `end` gives up: so nothing is written twice, and nothing is left out.
 */
export class Recorder {
  private readonly _setup: RecorderSetup;
  private readonly _tell: (message: FromRecorder) => void;
  private readonly _rotation: Rotation | undefined;
  private readonly _closed: RecordedFile[] = [];
  private readonly _topics = new Map<string, TopicState>();
  /** What has come since the last commit, the batches that are part of the transaction first. */
  private readonly _batches: WaitingBatch[] = [];
  private _file: EventFile;
  private _inTransaction = 0;
  private _transactionBytes = 0;
  private _beganMs = 0;
  /** Counts of the transaction. */
  private _pending = new Map<string, TopicState>();
  private _writtenBefore = 0;
  private _timer: NodeJS.Timeout | undefined;
  private _trouble: string | undefined;
  private _rotateFromMs = 0;
  private _lastTryMs: number | undefined;

  /** Creates the first file. @throws TcsReplayError as `openEventFile` */
  constructor(setup: RecorderSetup, tell: (message: FromRecorder) => void) {
    this._setup = setup;
    this._tell = tell;
    if (setup.rotation !== undefined) this._rotation = new Rotation(setup.path, setup.rotation);
    this._file = openEventFile(this._nextPath(Date.now()), setup.provenance);
    this._rotation?.begin(Date.now());
    tell({ kind: 'opened', path: this._file.path });
  }

  /** Takes a batch, which is its own from now on. */
  append(batch: WaitingBatch): void {
    this._batches.push(batch);
    if (this._trouble === undefined) this._advance();
  }

  /** Writes what is left, tells how it ended, and closes the file. */
  end(): void {
    this._lastTryMs = Date.now() + LAST_TRIES_MS;
    this._advance();
  }

  private get _isOver(): boolean {
    return this._lastTryMs !== undefined && this._lastTryMs < 0;
  }

  /** False for a while after the next file could not be made. */
  private get _mayRotate(): boolean {
    return Date.now() >= this._rotateFromMs;
  }

  private get _commitInMs(): number {
    return this._beganMs + COMMIT_AFTER_MS - performance.now();
  }

  /** Writes all batches, and commits what has waited for long enough. */
  private _advance(): void {
    if (this._isOver) return;
    clearTimeout(this._timer);
    try {
      while (this._inTransaction < this._batches.length) {
        this._add(this._batches[this._inTransaction]);
        if (this._transactionBytes >= COMMIT_BYTES || this._commitInMs <= 0) this._commit();
      }
      if (this._lastTryMs !== undefined) {
        this._commit();
        this._finish();
      } else if (this._inTransaction > 0) {
        if (this._commitInMs <= 0) this._commit();
        else this._timer = setTimeout(() => this._advance(), this._commitInMs);
      }
    } catch (error) {
      this._fail(error);
    }
  }

  private _add(batch: WaitingBatch): void {
    if (this._mayRotate && this._rotation?.isDueAt(batch.receivedMs)) {
      this._commit();
      // It may just have become full.
      if (this._rotation.isDueAt(batch.receivedMs)) this._rotate(batch.receivedMs);
    }
    if (this._inTransaction === 0) {
      this._file.begin();
      this._beganMs = performance.now();
    }
    // Counted before: a part of it may be written when it fails.
    this._inTransaction += 1;
    this._transactionBytes += batch.length;
    const { bytes, length } = batch;
    forEachMessage(bytes, length, (topicAt, payloadAt, end) => {
      const topic = bytes.toString('utf8', topicAt, payloadAt);
      const counts = entryOf(this._pending, topic, newTopic);
      const wireS = this._file.add(topic, bytes, payloadAt, end);
      if (wireS === undefined) counts.notEvents += 1;
      else {
        counts.written += 1;
        this._follow(topic, counts, wireS);
      }
    });
  }

  /** Compares the wire time of an event with that of its topic's event before. */
  private _follow(topic: string, counts: TopicState, wireS: number): void {
    // Beyond that many, topics share what is known.
    if (Number.isNaN(wireS) || this._topics.size >= MOST_TOPICS) return;
    const beforeS = Number.isNaN(counts.wireS) ? this._topics.get(topic)?.wireS : counts.wireS;
    if (beforeS !== undefined && wireS <= beforeS) counts.notAscending += 1;
    counts.wireS = wireS;
  }

  private _commit(): void {
    if (this._inTransaction === 0) return;
    this._file.commit();
    this._batches.splice(0, this._inTransaction);
    const queuedBytes = this._transactionBytes;
    this._inTransaction = 0;
    this._transactionBytes = 0;
    for (const [topic, { written, notEvents, notAscending, wireS }] of this._pending) {
      const state = entryOf(this._topics, topic, newTopic);
      state.written += written;
      state.notEvents += notEvents;
      state.notAscending += notAscending;
      if (!Number.isNaN(wireS)) state.wireS = wireS;
    }
    this._pending = new Map();
    const { sizeBytes, eventCount } = this._file;
    this._tell({ kind: 'committed', queuedBytes, written: this._writtenBefore + eventCount, sizeBytes });
    if (this._trouble !== undefined) {
      this._trouble = undefined;
      this._notice(`${this._file.path} can be written again; nothing that was received is left out`);
    }
    if (!this._file.isInPlace)
      throw new TcsReplayError(
        'WRITE_FAILED',
        `${this._file.path} was moved or removed while it was recorded: leave it in place until the recording has ended`,
      );
    if (this._mayRotate && this._rotation?.isFull(sizeBytes)) this._rotate(Date.now());
  }

  /** Goes on in the next file, which is opened before this one is closed. Where that fails it goes on in this one. */
  private _rotate(nowMs: number): void {
    let next: EventFile | undefined;
    try {
      next = this._file.openNext(this._nextPath(nowMs));
      this._close();
    } catch (error) {
      next?.discard();
      this._rotateFromMs = Date.now() + ROTATE_AGAIN_MS;
      this._notice(`The recording goes on in ${this._file.path}: ${reasonOf(error)}`);
      return;
    }
    this._file = next;
    this._rotation?.begin(nowMs);
    this._tell({ kind: 'opened', path: next.path });
  }

  private _close(): void {
    this._file.close();
    this._note();
  }

  /** Takes what the file has in the end. */
  private _note(): void {
    const { path, eventCount, sizeBytes, stateTopics } = this._file;
    this._writtenBefore += eventCount;
    this._closed.push({ path, events: eventCount, sizeBytes, stateTopics });
  }

  /** Goes back to the last commit, and waits until it is tried again; ends where that is of no use. */
  private _fail(error: unknown): void {
    this._inTransaction = 0;
    this._transactionBytes = 0;
    this._pending = new Map();
    try {
      this._file.rollback();
    } catch {
      // SQLite has rolled back by itself; what a file has behind its last commit is written over, or does not count.
    }
    const { code = '' } = error as { code?: string };
    const canPass = PASSING.test(code);
    if (canPass && (this._lastTryMs === undefined || Date.now() < this._lastTryMs)) {
      const trouble = `${this._file.path} cannot be written now: ${reasonOf(error)}; what is written is whole, and what comes waits in memory`;
      if (this._trouble === undefined) this._notice(trouble);
      this._trouble = trouble;
      this._timer = setTimeout(() => this._advance(), RETRY_MS);
      return;
    }
    this._lastTryMs = -1;
    const { path } = this._file;
    this._file.abandon();
    this._note();
    const message =
      error instanceof TcsReplayError
        ? error.message
        : `Cannot write ${path}: ${reasonOf(error)}; the ${counted(this._writtenBefore, 'event')} that were written before are whole`;
    this._batches.length = 0;
    this._tell({ kind: 'failed', error: { code: 'WRITE_FAILED', message } });
  }

  private _finish(): void {
    this._close();
    this._lastTryMs = -1;
    this._tell({ kind: 'ended', files: this._closed, topics: this._topics });
  }

  private _nextPath(nowMs: number): string {
    return this._rotation?.pathAt(nowMs) ?? this._setup.path;
  }

  private _notice(notice: string): void {
    this._tell({ kind: 'notice', notice });
  }
}

function reasonOf(error: unknown): string {
  const { code = '' } = error as { code?: string };
  if (/^(?:SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code)) return 'the disk is full; free some space';
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code)) return 'another program has locked it; let that program end';
  return messageOf(error);
}
