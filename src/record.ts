import { LONGEST_WAIT_S, OPTIONS, optionValue } from './options/option-table.js';
import { MessageQueue } from './record/message-queue.js';
import { RECORD_DEFAULTS } from './record/record-defaults.js';
import type { RecordedFile, RecordedSums } from './record/record-messages.js';
import { RecorderThread } from './record/recorder-thread.js';
import { parseRotation, type RotationRules } from './record/rotation.js';
import { TimeZone } from './selection/time-zone.js';
import { literalPrefix, topicMatcher } from './selection/topic-pattern.js';
import { withSafeCallbacks } from './shared/callbacks.js';
import { PROGRESS_INTERVAL_MS, systemClock } from './shared/clock.js';
import { messageOf, TcsReplayError } from './shared/errors.js';
import * as expect from './shared/expect.js';
import { packageVersion } from './shared/package-version.js';
import * as text from './shared/text.js';
import { type CurveClientOptions, curveClientOptions } from './zmq/curve/client-keys.js';
import { LivePublisher, type ReceivedPublisher } from './zmq/live-publisher.js';

/** Nothing else waits for the main thread for long. */
const SLICE_NS = 10e6;

export interface RecordOptions {
  /**
   * The file to write: a database, or an MCAP where its name ends in `.mcap`. It must not exist. With `rotate` its name is that of all files, see
   * docs/record.md.
   */
  path: string;
  /** Addresses of publishers to connect to. Default: `tcp://127.0.0.1:5556`. */
  url?: string | readonly string[];
  /** Topics to record: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: readonly string[];
  /** Number of events after which the recording ends. 1 or more; default: no limit. */
  limit?: number;
  /** Seconds after which the recording ends. Above 0, at most 2,000,000; default: none. */
  durationS?: number;
  /**
   * When the recording goes on in another file: `night` for each noon, a time such as `1h`, a size such as `2GiB`, or several of them. Default:
   * never.
   */
  rotate?: string | readonly string[];
  /** The time zone of the noon, by its IANA name. Default: `America/Chicago`. */
  timezone?: string;
  /** Most bytes of events that wait to be written, while the disk is slow, full or locked. 1 or more; default: 128 MiB. */
  queueBytes?: number;
  /** File of the CURVE certificate of the encrypting publishers; the public half is enough. Default: no encryption. */
  curveServer?: string;
  /** With `curveServer`: file of the own certificate, with its secret key. Default: new keys each time. */
  curveKeys?: string;
  /** Called each 0.1 s. Default: none. */
  onProgress?: (progress: RecordProgress) => void;
  /**
   * Called with a sentence where something happens that its user should know: a publisher does not answer, the disk is full, events are dropped,
   * the next file has begun. Default: none.
   */
  onNotice?: (notice: string) => void;
  /** Ends the recording when it is aborted: what was received is still written. Default: none. */
  signal?: AbortSignal;
}

export interface RecordProgress {
  /** The file that is written. */
  readonly path: string;
  readonly received: number;
  readonly written: number;
  readonly dropped: number;
  readonly topics: number;
  /** The size of the file. */
  readonly sizeBytes: number;
  /** How much of the room for events that wait to be written is taken, from 0 to 1. */
  readonly queueFill: number;
}

/** What was received from a publisher. */
export type RecordedPublisher = ReceivedPublisher;

/** What was done with the events of a topic: `received` is the sum of the next three. */
export interface RecordedTopic {
  readonly topic: string;
  readonly received: number;
  readonly written: number;
  /** Events that were dropped, since the disk was too slow, full or locked for longer than the queue lasted. */
  readonly dropped: number;
  /** Messages that are no events: the payload is no JSON object, or missing. */
  readonly notEvents: number;
  /**
   * Events that were written, and whose wire time is not after that of the topic's event before: they were reordered or doubled, or the publisher's
   * clock went back, as when it was started again or plays a recording anew. Nothing of this is a loss.
   */
  readonly notAscending: number;
}

export interface RecordOutcome {
  readonly endedBy: 'limit' | 'duration' | 'signal';
  /** In the order in which they were written. */
  readonly files: readonly RecordedFile[];
  readonly received: number;
  /** Bytes of topics and payloads that were received. */
  readonly bytes: number;
  readonly written: number;
  readonly dropped: number;
  readonly notEvents: number;
  readonly notAscending: number;
  /**
   * Number of events that were lost on the way, as the stamps of publishers tell that have them. `null`: it is not known, since no message had a stamp, or
   * only some topics are recorded. Wire times do not tell: they ascend, but by how much an event is later than the one before says nothing.
   */
  readonly lost: number | null;
  readonly publishers: readonly RecordedPublisher[];
  /** Those with most events first. Beyond 65,536 topics the others are one, `(other topics)`. */
  readonly topics: readonly RecordedTopic[];
  readonly tookS: number;
}

/**
 * Records what publishers send, into a database or an MCAP that `replay` plays. It ends at the limit, after the duration, or by the signal.
 *
 * Events are in the file within half a second after they came, unless the disk is too slow; a killed process loses no others.
 *
 * @throws TcsReplayError `BAD_OPTION`, `BAD_ADDRESS`, `NO_SUCH_FILE`, `SOCKET_FAILED`; `WRITE_FAILED` where the file exists, or cannot be written any more: then
 * what was written before is whole; `WORKER_FAILED`
 */
export function record(options: RecordOptions): Promise<RecordOutcome>;
/** @internal `nameOf`: what the user calls an option, for errors */
export function record(
  options: RecordOptions,
  nameOf: expect.NameOf<keyof RecordOptions>,
): Promise<RecordOutcome>;
export async function record(
  options: RecordOptions,
  nameOf: expect.NameOf<keyof RecordOptions> = (option) => option,
): Promise<RecordOutcome> {
  const safe = withSafeCallbacks(options);
  const { url = RECORD_DEFAULTS.url, topics = [], timezone = RECORD_DEFAULTS.timezone } = safe;
  const zone = new TimeZone(timezone, nameOf('timezone'));
  const recording = new Recording({
    urls: expect.texts(nameOf('url'), url),
    topics: expect.texts(nameOf('topics'), topics),
    limit: optionValue('limit', safe.limit, nameOf('limit')),
    durationS:
      safe.durationS === undefined
        ? undefined
        : expect.above(nameOf('durationS'), safe.durationS, 0, LONGEST_WAIT_S),
    queueBytes: expect.integer(nameOf('queueBytes'), safe.queueBytes ?? RECORD_DEFAULTS.queueBytes, 1),
    curve: curveClientOptions(safe, nameOf),
    onNotice: safe.onNotice ?? (() => {}),
    onProgress: safe.onProgress,
    signal: safe.signal,
  });
  return recording.run(safe.path, parseRotation(nameOf('rotate'), safe.rotate ?? [], zone.name));
}

interface ResolvedOptions {
  readonly urls: readonly string[];
  readonly topics: readonly string[];
  readonly limit: number;
  readonly durationS: number | undefined;
  readonly queueBytes: number;
  readonly curve: CurveClientOptions | undefined;
  readonly onNotice: (notice: string) => void;
  readonly onProgress: ((progress: RecordProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A recording that is running. */
class Recording {
  private readonly _options: ResolvedOptions;
  private readonly _isWanted: (topic: string) => boolean;
  private readonly _publishers: LivePublisher[] = [];
  private _path = '';
  private _endedBy: RecordOutcome['endedBy'] | undefined;

  constructor(options: ResolvedOptions) {
    this._options = options;
    this._isWanted = topicMatcher(options.topics);
  }

  async run(path: string, rotation: RotationRules | undefined): Promise<RecordOutcome> {
    const { durationS, onProgress, signal } = this._options;
    const beganNs = systemClock.nowNs();
    const stop = () => this._end('signal');
    const timers: (NodeJS.Timeout | undefined)[] = [];
    let thread: RecorderThread | undefined;
    try {
      // Before the file is created: an address that cannot be used leaves none.
      for (const url of this._options.urls) this._publishers.push(await this._open(url));
      thread = await this._startThread(path, rotation);
      const queue = this._newQueue(thread);
      const tellProgress = onProgress && (() => onProgress(this._progress(queue)));
      timers.push(tellProgress && setInterval(tellProgress, PROGRESS_INTERVAL_MS));
      if (durationS !== undefined) timers.push(setTimeout(() => this._end('duration'), 1000 * durationS));
      signal?.addEventListener('abort', stop);
      if (signal?.aborted === true) stop();
      await Promise.all(this._publishers.map((publisher) => this._receive(publisher, queue)));
      queue.flush();
      const sums = await untilWritten(thread, queue);
      return this._outcome(queue, sums, (systemClock.nowNs() - beganNs) / 1e9);
    } finally {
      signal?.removeEventListener('abort', stop);
      for (const timer of timers) clearTimeout(timer);
      this._close();
      thread?.end();
    }
  }

  private _startThread(path: string, rotation: RotationRules | undefined): Promise<RecorderThread> {
    const { urls, topics, onNotice } = this._options;
    return RecorderThread.start({
      path,
      rotation,
      provenance: {
        ...{ version: packageVersion(), command: 'record' },
        ...{ urls: JSON.stringify(urls), topics: JSON.stringify(topics) },
      },
      onFile: (file) => {
        if (this._path !== '') onNotice(`The recording goes on in ${file}`);
        this._path = file;
      },
      onNotice,
      onFailed: () => this._close(),
    });
  }

  private _newQueue(thread: RecorderThread): MessageQueue {
    const { queueBytes, onNotice } = this._options;
    return new MessageQueue({
      ...{ thread, queueBytes },
      onFull: () => onNotice(`${this._path} is written too slowly: events are dropped from now on`),
      onRoom: (dropped) =>
        onNotice(`Events are recorded again; ${text.counted(dropped, 'event')} were dropped before`),
    });
  }

  private _open(url: string): Promise<LivePublisher> {
    const { topics, curve, onNotice } = this._options;
    return LivePublisher.open({
      url,
      prefixes: topics.length === 0 ? [''] : topics.map(literalPrefix),
      readsStamps: topics.length === 0,
      highWaterMark: OPTIONS.highWaterMark.default,
      ...{ curve, use: 'recorded', sliceNs: SLICE_NS, onNotice },
    });
  }

  private async _receive(publisher: LivePublisher, queue: MessageQueue): Promise<void> {
    const { limit } = this._options;
    await publisher.receive((topicFrame, payload) => {
      const topic = topicFrame.toString();
      if (!this._isWanted(topic) || queue.received >= limit) return false;
      publisher.received += 1;
      queue.add(topic, topicFrame, payload ?? Buffer.alloc(0));
      if (queue.received >= limit) this._end('limit');
      return true;
    });
  }

  private _end(by: RecordOutcome['endedBy']): void {
    this._endedBy ??= by;
    if (by === 'limit') this._close();
    else for (const publisher of this._publishers) publisher.end();
  }

  private _close(): void {
    for (const publisher of this._publishers) publisher.close();
  }

  private _progress({ received, dropped, topics, thread, fill }: MessageQueue): RecordProgress {
    const { written, sizeBytes } = thread;
    return { path: this._path, received, written, dropped, topics: topics.size, sizeBytes, queueFill: fill };
  }

  private _outcome(
    queue: MessageQueue,
    { files, topics: written }: RecordedSums,
    tookS: number,
  ): RecordOutcome {
    const topics = [...queue.topics].map(([topic, { received, dropped }]) => {
      const { written: rows = 0, notEvents = 0, notAscending = 0 } = written.get(topic) ?? {};
      return { topic, received, written: rows, dropped, notEvents, notAscending };
    });
    const publishers = this._publishers.map((publisher) => publisher.figures());
    const losses = publishers.flatMap(({ stamped }) => (stamped === undefined ? [] : [stamped.lost]));
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    return {
      endedBy: this._endedBy ?? 'signal',
      files,
      received: queue.received,
      bytes: queue.bytes,
      written: sum(topics.map((topic) => topic.written)),
      dropped: queue.dropped,
      notEvents: sum(topics.map((topic) => topic.notEvents)),
      notAscending: sum(topics.map((topic) => topic.notAscending)),
      lost: losses.length === 0 ? null : sum(losses),
      publishers,
      topics: topics.sort((a, b) => b.received - a.received || (a.topic < b.topic ? -1 : 1)),
      tookS,
    };
  }
}

/** @throws TcsReplayError with the number of messages that are not written */
function untilWritten(thread: RecorderThread, { received, dropped }: MessageQueue): Promise<RecordedSums> {
  return thread.end().catch((error) => {
    const left = received - dropped - thread.written;
    const hint = left > 0 ? `; ${text.counted(left, 'message')} that came after them were not` : '';
    const code = error instanceof TcsReplayError ? error.code : 'WORKER_FAILED';
    throw new TcsReplayError(code, `${messageOf(error)}${hint}`, { cause: error });
  });
}
