import type { PayloadFormat } from '../batch/batch.js';
import type { EventReader } from '../database/event-reader.js';
import type { SortBy } from '../database/order/sort-by.js';
import type { OnPreparation } from '../database/preparation.js';
import type { ReplayProgress } from '../measure/outcome.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Times } from '../pacing/schedule.js';
import type { Timing } from '../pacing/waiter.js';
import type { SelectionOptions } from '../selection/selection.js';
import type { FullPolicy } from '../zmq/full-policy.js';
import type { ReportOptions } from './report-options.js';

/** Callbacks of a replay, and the signal that ends it. */
export interface ReplayHooks {
  /** Ends the replay when it is aborted. The replay still resolves with its outcome. Default: none. */
  signal?: AbortSignal;
  /** Called about ten times a second while events are sent, and once at the end. Default: none. */
  onProgress?: (progress: ReplayProgress) => void;
  /**
   * Called a few times a second while something is made that a database is read with, such as a missing index.
   * Default: none.
   */
  onPreparation?: OnPreparation;
  /**
   * Called with a sentence on what was passed over, such as a file in a folder that holds no events; on a database that is
   * locked by another program, or changed while it was played; and on what was kept of one and cannot be used. Default: none.
   */
  onNotice?: (notice: string) => void;
  /** Called just before the first event, with who is there. Default: none. */
  onStart?: (start: ReplayStart) => void;
  /** Called once the page of `web` is served, with its addresses. Default: none, so that nobody can open it. */
  onWeb?: (addresses: WebAddresses) => void;
}

/** Where the page of `web` is. Each address holds the secret token that opens it: who has one drives the replay. */
export interface WebAddresses {
  /** For a browser. */
  readonly page: string;
  /** For Foxglove and other programs that know its WebSocket protocol. */
  readonly foxglove: string;
}

/** Where a replay sends to, and to whom, when it begins. */
export interface ReplayStart {
  /** Addresses that the socket is bound or connected to, with the ports that the system has chosen. */
  readonly addresses: readonly string[];
  /** Number of subscribers, as far as known: see `waitSubscribers`. */
  readonly subscribers: number;
}

/** What to replay, where to send it, and how. Every option has a default. */
export interface ReplayOptions extends SelectionOptions, ReportOptions, ReplayHooks {
  /**
   * SQLite databases, folders with databases, or patterns of their names: all are merged by time. Default: none, in
   * which case a mock event is sent again and again.
   */
  databases?: string | readonly string[];
  /**
   * Play a database that is being written up to its end, and go on as it grows: of several databases the one that was written to last. An
   * event that is added is due by its recorded time, but not before it is there. Events keep the order of the table, and are only played
   * once; the replay ends by `signal`, with the selected times, or by `followForS`. Not with `loop`, `serveForever`, `sortBy` and
   * `prepare`. Default false.
   */
  follow?: boolean;
  /** With `follow`: end when nothing was added for so many seconds. Above 0, at most 2,000,000; default: without end. */
  followForS?: number;
  /**
   * Addresses of live publishers whose events are relayed, instead of databases: each is sent when it comes, or `behindS` after its wire
   * time. docs/relay.md says which options go together with it. Default: none.
   */
  from?: string | readonly string[];
  /**
   * With `from`: seconds between the wire time of an event, or its receipt where it has none, and the moment when it is sent. 0 to
   * 2,000,000; default 0: events are sent when they come.
   */
  behindS?: number;
  /**
   * With `from`: most bytes of events that wait, because they are not due yet or the replay is paused. Beyond it, events that come are
   * dropped. 1 or more; default 128 MiB.
   */
  queueBytes?: number;
  /** With `from`: file of the CURVE certificate of publishers that encrypt; the public half is enough. Default: none does. */
  curveServer?: string;
  /**
   * Addresses that the socket is bound to. One with topics, names or patterns as in `topics`, sends these alone:
   * `tcp://127.0.0.1:30400=tracker.*,dome.*`. Addresses with different topics have a socket each; events that no address sends are
   * left out, as those of topics that `topics` does not name. Default: `tcp://127.0.0.1:5556`, or none if `connect` is given.
   */
  url?: string | readonly string[];
  /** Addresses that the socket is connected to, such as the XSUB address of a proxy; with topics as in `url`. Default: none. */
  connect?: string | readonly string[];
  /** Seconds to wait after the socket is open, so that subscribers can connect. 0 to 2,000,000; default 1. */
  waitSetupS?: number;
  /** Number of subscribers to wait for after `waitSetupS`. 0 or more; default 0. */
  waitSubscribers?: number;
  /**
   * Seconds to wait for `waitSubscribers`; with fewer subscribers then, the replay fails with `NO_SUBSCRIBERS`. Above
   * 0, at most 2,000,000; default 60.
   */
  waitTimeoutS?: number;
  /** Begin again when the databases end, without end. Default false. */
  serveForever?: boolean;
  /** Number of times that the databases are played. 1 or more; default 1. */
  loop?: number;
  /** Seconds to wait between passes. 0 to 2,000,000; default 0. */
  loopDelayS?: number;
  /**
   * First send the last event of each topic from before the start, as a subscriber would know it; without a start, the state that a recording in
   * several files holds of the time before it. Default false.
   */
  prime?: boolean;
  /** Longest silence, in recorded seconds: longer ones are cut to it. 0 or more; default: no silence is cut. */
  maxGapS?: number;
  /**
   * Speed relative to the recording: above 1 fast-forwards, below 1 slows down; `max`, or Infinity, sends as fast as
   * possible. 0.000001 to 1,000,000,000; default 1.
   */
  speedup?: number | 'max';
  /**
   * Send evenly, whatever was recorded: events a second, or, with a unit such as `10MB`, bytes of topics and payloads
   * a second. 0.000001 to 10^12; default: as recorded. Not with `maxGapS`, nor with a `speedup` other than 1 and `max`, which
   * mean the same here.
   */
  rate?: number | string;
  /** With `rate`: number of events that are sent together. 1 or more; default 1. */
  burst?: number;
  /**
   * What happens to events that are later than `lateAfterMs`: `catch-up` sends them all at once, `shift` moves the
   * plan so that they are on time, `drop` does not send them, `abort` ends the replay. Default `catch-up`.
   */
  onLate?: LatePolicy;
  /** Milliseconds that an event may be late before `onLate` applies. 0 or more; default 50. */
  lateAfterMs?: number;
  /**
   * Address of a socket on which other processes control the replay, as docs/control.md says: `tcp://127.0.0.1:5557`,
   * `ipc:///tmp/control`. Default: none.
   */
  control?: string;
  /**
   * Allow an address for `control` that other hosts reach: every process there can control the replay. Default false.
   */
  controlAnyHost?: boolean;
  /**
   * Port, or host and port, at which metrics are served over HTTP for Prometheus, as docs/metrics.md says: `9464`,
   * `127.0.0.1:9464`. Without a host only this machine reaches them. Port 0: the system chooses one, and `onNotice` tells it.
   * Default: none.
   */
  metrics?: string | number;
  /**
   * Port, or host and port, at which a page for browsers is served over HTTP that shows and drives the replay, and Foxglove's protocol,
   * as docs/web.md says: `8080`, `'127.0.0.1:8080'`; true: `127.0.0.1:0`. 0: any free port. `onWeb` is told the addresses. Only an address
   * of this machine, unless `webAnyHost` is set. Default: none.
   */
  web?: string | number | boolean;
  /** Whether other hosts may reach `web`: who has the page's address drives the replay, and it is not encrypted. Default false. */
  webAnyHost?: boolean;
  /** Begin paused. Default false. */
  startPaused?: boolean;
  /** Seconds to wait before the first event, when everything else is ready. 0 to 2,000,000; default 0. */
  delayS?: number;
  /** Topics to send: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: string | readonly string[];
  /**
   * Names of tables and columns that are not found by themselves: `event.topic=subject,attribute.key=parameter`; a column of JSON
   * objects, tables of topics and the unit of times: `event.json=message`, `topic.TABLE=TOPIC`, `event.time=unix-ms`.
   * docs/database.md lists the words. Default: none.
   */
  schema?: string | readonly string[];
  /** Topics never to send, in the same forms as `topics`; takes precedence over all others. Default: none. */
  exclude?: string | readonly string[];
  /**
   * A regular expression of JavaScript, with the flag `u`, of topics to send in addition to `topics`. Default: none.
   */
  topicsRegex?: string;
  /**
   * Text that stands before the topic of every event that is sent, also of one that `rename` gives: `replay.`. Payloads stay as they
   * are, and all options and commands call topics by their recorded names. Default: nothing.
   */
  prefix?: string;
  /**
   * Rules such as `tracker.*=sim.tracker.*` under which name a topic is sent: its name, or a pattern in which `*` is any text; then its
   * new name, in which the first `*` is what the first one stood for, and so on. The first rule that a topic fits counts. Default: none.
   */
  rename?: string | readonly string[];
  /**
   * Seconds between two messages of the clock, which tell where the replay stands, also while it is paused: `0.1`, or a rate such as
   * `10Hz`. docs/wire-format.md describes them. 0.01 to 86,400; default: there is no clock.
   */
  clockIntervalS?: number | string;
  /** Topic of the clock: see `clockIntervalS`. Default `tcs_replay.clock`. */
  clockTopic?: string;
  /** Seconds between mock events. 0 to 2,000,000; default 1. */
  sleepS?: number;
  /** Order of the events. Default `none`: the order of the event table. */
  sortBy?: SortBy;
  /** Send values of type number as JSON numbers, if they are numbers. Default false. */
  convertNumber?: boolean;
  /** Send values of type boolean as JSON booleans, if they are `true` or `false`. Default false. */
  convertBool?: boolean;
  /**
   * Times in payloads: `replay` rewrites them as the reference does, `now` gives the time of the send, `original`
   * leaves them. Default `replay`.
   */
  times?: Times;
  /** How exactly events are sent when they are due, and at what cost: see docs/timing.md. Default `balanced`. */
  timing?: Timing;
  /**
   * Whether the threads that send have real-time priority, where the system allows it: root, or `CAP_SYS_NICE`, or a limit on
   * real-time priorities of 1 or more. Linux only; needs `chrt` of util-linux. `onNotice` is told where it is not allowed. Not with
   * `timing: 'precise'`, which does not sleep. Without effect while a replay is flat out. Default false.
   */
  priority?: boolean;
  /** Encoding of payloads. Default `json`. */
  format?: PayloadFormat;
  /**
   * What happens to an event where the queue of a subscriber is full: `drop` drops it for this subscriber, without a word; `block`
   * sends nothing to anybody until each subscriber has room, so that none loses an event while it is connected. Events are due
   * as before: those that waited are late. A proxy that the socket is connected to drops by itself. Default `drop`.
   */
  onFull?: FullPolicy;
  /**
   * With `onFull: 'block'`: longest wait until a subscriber has room, in seconds; then the replay ends, by `blocked`. Above 0, at
   * most 2,000,000; default: it waits without limit.
   */
  blockTimeoutS?: number;
  /**
   * Messages queued for each subscriber before its queue is full: see `onFull`. 0 to 2,147,483,647; 0: no limit. Default 200,000.
   */
  highWaterMark?: number;
  /**
   * Milliseconds that queued messages are kept for slow subscribers at the end. -1 to 2,147,483,647; -1: no limit.
   * Default 30,000.
   */
  lingerMs?: number;
  /**
   * File of a CURVE certificate with its secret key, as `tcs-replay keygen` makes it: events are encrypted, and only
   * subscribers that know its public key get them. With `curveServer` the publishers know the replay by it, too. Default: no
   * encryption.
   */
  curveKeys?: string;
  /**
   * With `curveKeys`: certificates of clients, or folders of certificates (`*.key`). Only these clients get events.
   * Default: every client that knows the public key.
   */
  curveClients?: string | readonly string[];
  /**
   * Most threads that decode: one at first, the others when it falls behind. 0 to 64; 0: the main thread decodes between
   * sends. Default: one a core, at most 4.
   */
  workers?: number;
  /**
   * How events are read. `pages`: from the pages of the database, past SQLite, where that is possible and proves right, and by
   * SQLite elsewhere. `sql`: by SQLite alone. The events are the same. Default `pages`.
   */
  reader?: EventReader;
  /**
   * Longest time to wait for a database that another program has locked, in seconds; then `DATABASE_LOCKED`. 0 to
   * 2,000,000; default 60.
   */
  busyTimeoutS?: number;
  /**
   * Events that are read and decoded in one batch; the first batches are smaller. 1 to 65,536; default 1024, or 8192
   * flat out with threads.
   */
  batchEvents?: number;
  /** Most bytes of decoded events that wait to be sent. 1 or more; default 16 MiB. */
  readAheadBytes?: number;
  /** Number of events after which the replay stops. 1 or more; default: no limit. */
  limit?: number;
  /** Call `onNotice` with how each database was understood, too. Default false. */
  verbose?: boolean;
  /**
   * Folder that keeps what was made to read databases, for the next time. Default: `tcs-replay` in the user's cache
   * folder.
   */
  cacheFolder?: string;
  /**
   * Size of that folder, in bytes, above which what was used least recently is removed from it when something was made. What
   * this replay uses stays. 0 or more; default: no limit.
   */
  cacheLimitBytes?: number;
  /**
   * Read the prepared files of databases in place of these, where there are some that are fresh and of these conversions, times,
   * format, order and schema. Default true.
   */
  prepared?: boolean;
  /**
   * Prepare databases that have no such file, before they are played. It takes about as long as playing them flat out, and the
   * next replay starts and jumps at once. Default false.
   */
  prepare?: boolean;
}
