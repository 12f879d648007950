import type { PayloadFormat } from '../batch/batch.js';
import type { SortBy } from '../database/order/order.js';
import type { OnPreparation } from '../database/preparation.js';
import type { ReplayProgress } from '../measure/outcome.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Times } from '../pacing/schedule.js';
import type { Timing } from '../pacing/waiter.js';
import type { SelectionOptions } from '../selection/selection.js';
import type { ReportOptions } from './report-options.js';

/** What to replay, where to, and how. Everything has a default. */
export interface ReplayOptions extends SelectionOptions, ReportOptions {
  /**
   * SQLite databases, folders with them, or patterns of their names: all are merged by time. None: a mock event is sent
   * again and again.
   */
  databases?: string | readonly string[];
  /** Addresses that the socket is bound to. Default: `tcp://127.0.0.1:5556`, or none where `connect` is given. */
  url?: string | readonly string[];
  /** Addresses that the socket is connected to, such as a proxy's XSUB. Default: none. */
  connect?: string | readonly string[];
  /** Seconds to wait after the socket is there, so that subscribers can connect. 0 or more; default 1. */
  waitSetupS?: number;
  /** Subscribers to wait for after that. 0 or more; default 0. */
  waitSubscribers?: number;
  /** Seconds after which the replay fails where there are fewer: `NO_SUBSCRIBERS`. Above 0; default 60. */
  waitTimeoutS?: number;
  /** Begin again when the databases end, without end. Default false. */
  serveForever?: boolean;
  /** How often the databases are played. 1 or more; default 1. */
  loop?: number;
  /** Seconds to wait between passes. 0 or more; default 0. */
  loopDelayS?: number;
  /** Send the last event of each topic from before the start first, as a subscriber would know it. Default false. */
  prime?: boolean;
  /** Silences that are longer, in recorded seconds, are cut to this. 0 or more; default: none is cut. */
  maxGapS?: number;
  /** Above 1 fast-forwards, below 1 slows down; `max`, or Infinity, sends as fast as possible. Above 0; default 1. */
  speedup?: number | 'max';
  /**
   * Send evenly, whatever was recorded: so many events a second, or bytes of topics and payloads where a unit is given,
   * `10MB`. Above 0; default: as recorded. Not with a `speedup`, but for `max`, which is the same, and not with `maxGapS`.
   */
  rate?: number | string;
  /** With `rate`: send so many events together. 1 or more; default 1. */
  burst?: number;
  /**
   * What becomes of events that are later than `lateAfterMs`: `catch-up` sends them all at once, `shift` moves the plan so
   * that they are on time, `drop` does not send them, `abort` ends the replay. Default `catch-up`.
   */
  onLate?: LatePolicy;
  /** How late an event may be before that, in milliseconds. 0 or more; default 50. */
  lateAfterMs?: number;
  /**
   * Address of a socket that other processes drive the replay by, as docs/control.md says: `tcp://127.0.0.1:5557`,
   * `ipc:///tmp/control`. Default: none.
   */
  control?: string;
  /** Let `control` be an address that other hosts reach: whoever does drives the replay. Default false. */
  controlAnyHost?: boolean;
  /** Begin paused. Default false. */
  startPaused?: boolean;
  /** Seconds to wait before the first event, when all else is ready. 0 or more; default 0. */
  delayS?: number;
  /** Topics to send: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: string | readonly string[];
  /**
   * Names of tables and columns, where they are not found by themselves: `event.topic=subject,attribute.key=parameter`.
   * The words are listed in docs/database.md. Default: none.
   */
  schema?: string | readonly string[];
  /** Topics never to send, whatever else says so, in the same forms. Default: none. */
  exclude?: string | readonly string[];
  /** A regular expression of JavaScript, with the flag `u`, of topics to send besides `topics`. Default: none. */
  topicsRegex?: string;
  /** Seconds between mock events. 0 or more; default 1. */
  sleepS?: number;
  /** Order of the events. Default `none`: that of the event table. */
  sortBy?: SortBy;
  /** Send values of type number as JSON numbers, where they are numbers. Default false. */
  convertNumber?: boolean;
  /** Send values of type boolean as JSON booleans, where they are `true` or `false`. Default false. */
  convertBool?: boolean;
  /** Times in payloads: `replay` as the reference rewrites them, `now` as of the send, `original`. Default `replay`. */
  times?: Times;
  /** How exactly events are sent when they are due, and at what cost: see docs/timing.md. Default `balanced`. */
  timing?: Timing;
  /** How payloads are encoded. Default `json`. */
  format?: PayloadFormat;
  /** Messages queued for each subscriber before further ones are dropped for it; 0: no limit. Default 200,000. */
  highWaterMark?: number;
  /** Milliseconds that queued messages are kept for slow subscribers at the end; -1: no limit. Default 30,000. */
  lingerMs?: number;
  /**
   * File of a CURVE certificate with its secret key, as `tcs-replay keygen` makes it: events are encrypted, and only who
   * knows its public key gets them. Default: everybody does.
   */
  curveKeys?: string;
  /** With `curveKeys`: certificates of clients, and folders of such (`*.key`). Only these get events. Default: no limit. */
  curveClients?: string | readonly string[];
  /** Threads that decode. 0: the main thread does it, between sends; to 64. Default: one a core, at most 4. */
  workers?: number;
  /** Events that are read and decoded in one go. 1 to 65,536; default 1024. The first ones are fewer. */
  batchEvents?: number;
  /** Most bytes of decoded events that wait to be sent. Default 16 MiB. */
  readAheadBytes?: number;
  /** Stop after so many events. 1 or more; default: no limit. */
  limit?: number;
  /** Ends the replay when it is aborted: cleanly, and with an outcome. */
  signal?: AbortSignal;
  /** Is called a few times a second. */
  onProgress?: (progress: ReplayProgress) => void;
  /** Is called a few times a second while something is made that a database is read with, such as a missing index. */
  onPreparation?: OnPreparation;
  /** Tell `onNotice` how each database was understood, too. Default false. */
  verbose?: boolean;
  /** Is told in a sentence what was passed over, such as a file in a folder that holds no events. */
  onNotice?: (notice: string) => void;
  /** Folder where such things are kept for the next time. Default: `tcs-replay` in the user's cache folder. */
  cacheFolder?: string;
}

/** The options that say when events are due. */
export type PaceOptions = Pick<
  ReplayOptions,
  'speedup' | 'rate' | 'burst' | 'maxGapS' | 'onLate' | 'lateAfterMs'
>;
