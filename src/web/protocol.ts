import type { ControlReply } from '../control/control-desk.js';
import type { ControlStatus } from '../control/control-status.js';

/**
 * What the page and its server say to each other. Times `…S` are Unix seconds of recorded time, `…Ms` are milliseconds of the server's clock since 1970.
 * null: not known.
 */

/** GET /api/overview: what is played. */
export interface Overview {
  readonly program: string; // 'tcs-replay 0.x.y'
  /** `play` publishes; `view` only shows. Both are driven. */
  readonly mode: 'play' | 'view';
  /** Only recordings have a past, and other times to go to. What is live has the pace of its publishers, too. */
  readonly plays: 'recordings' | 'live' | 'mock';
  /** Recordings in order of time, or live publishers. */
  readonly sources: readonly {
    readonly name: string;
    readonly path: string;
    readonly kind: string;
    readonly firstS: number | null;
    readonly lastS: number | null;
    /** Events of it that are played: known at once where the file tells their number, else once the activity of the whole has been read. */
    readonly events: number | null;
  }[];
  /** The recorded time that is played: that of the recordings, or the part of it that was selected. */
  readonly firstS: number | null;
  readonly lastS: number | null;
  readonly timeZone: string; // IANA name of the observatory's clock
  readonly addresses: readonly string[];
  /** The speeds of the ladder, as the terminal's keys have. 'max': flat out. */
  readonly speeds: readonly (number | 'max')[];
  readonly topicCount: number;
}

/** GET /api/topics: all topics that are known. The index of a topic in this list is its id in every other message. A topic keeps its id: later ones come at the end. */
export interface TopicList {
  readonly topics: readonly { readonly name: string; readonly events: number | null }[];
  /** Whether all topics are known; else the list is asked for again when `topicsVersion` in a state message changes. */
  readonly isWhole: boolean;
  readonly version: number;
}

/**
 * GET /api/strip?from=S&to=S&bins=N[&topics=ID,ID…] : the heat strip, progressive: of these topics, at most 400, or of those with most events. Answer is NDJSON (application/x-ndjson), one StripPart a line, until `isLast`.
 * Closing the connection cancels the work. bins 1…2000.
 */
export interface StripPart {
  readonly fromS: number;
  readonly toS: number;
  readonly bins: number;
  /** Events so far by topic id: counts of each bin (all parts are cumulative only for the topics they name: a part replaces what it names). */
  readonly counts: Readonly<Record<string, readonly number[]>>;
  /** Events of all topics together, by bin. */
  readonly total?: readonly number[];
  /** Silences of all topics longer than a minute within the window. */
  readonly gaps?: readonly { readonly fromS: number; readonly toS: number }[];
  /** Where damage is, in recorded time as far as it can be placed. */
  readonly damage?: readonly {
    readonly fromS: number | null;
    readonly toS: number | null;
    readonly text: string;
  }[];
  /** 0…1 */
  readonly done: number;
  readonly isLast: boolean;
}

/** GET /api/series?topic=NAME&attribute=NAME&from=S&to=S&bins=N : history of one attribute, NDJSON of SeriesPart; progressive, cancelled by closing. */
export interface SeriesPart {
  /** `number`: min/max/last by bin; `state`: changes of a text or boolean. */
  readonly kind: 'number' | 'state';
  readonly fromS: number;
  readonly toS: number;
  readonly bins: number;
  /** Index of the first bin that this part replaces; arrays are of the same length. null: no event in the bin. */
  readonly firstBin: number;
  readonly min?: readonly (number | null)[];
  readonly max?: readonly (number | null)[];
  /** Changes: from when the value held. At most 2000; more are told by `isThinned`. */
  readonly states?: readonly { readonly atS: number; readonly value: string | null }[];
  readonly isThinned?: boolean;
  readonly done: number;
  readonly isLast: boolean;
}

/**
 * GET /api/dictionary: topics and their attributes, as the last event of each topic has them. Attributes that are arrays or objects are left out. Empty
 * where nothing is recorded: of live publishers and mock events.
 */
export interface Dictionary {
  readonly topics: readonly {
    readonly name: string;
    readonly attributes: readonly { readonly name: string; readonly kind: SeriesPart['kind'] }[];
  }[];
}

/**
 * GET /api/points?topic=NAME&attribute=NAME&start=MS&end=MS[&strategy=minmax|latest][&size=N] : the history of one attribute as a list of points, in order
 * of time, in the form that Open MCT asks for. Times are milliseconds since 1970, start before end; size 1…4000, default 4000.
 *
 * `minmax`, the default: of numbers the least and the largest of each of size / 2 parts, a quarter and three quarters into the part, or one point in its
 * middle where they are equal; of texts and booleans each change, at most 2000. `latest`: the last value up to the end, with its own time; none where it
 * is before the start.
 */
export interface Point {
  readonly timestamp: number;
  readonly value: number | string;
}

/** POST /api/request {…}: a request of the control socket, word for word ({"command":"seek","to":"…"}); the answer is the control socket's reply, word for word. The same over the WebSocket, below. */

/** GET /api/history: what was kept at the server, at 1 Hz, at most an hour. */
export interface History {
  readonly points: readonly RunPoint[];
}
/** How it ran in one second of the server's clock. */
export interface RunPoint {
  readonly atMs: number;
  readonly eventsPerS: number;
  readonly positionS: number | null;
  readonly latenessP50Ms: number | null;
  readonly latenessP99Ms: number | null;
  readonly latenessMaxMs: number | null;
  readonly stalls: readonly { readonly cause: string; readonly durationMs: number }[];
  /** 0…1, how full the read-ahead is; null: unknown. */
  readonly readAhead: number | null;
  readonly subscribers: number | null;
}

// WebSocket /ws (subprotocol 'tcs-replay.v1'): JSON text both ways.
export type ToServer =
  /** What the page wants to get; replaces what it wanted before. `values`: topics whose last payload is shown; `plots`: attributes with a live tail; `topics`: ids of the rows that are visible. */
  | {
      readonly op: 'want';
      readonly topics: readonly number[] | 'all';
      readonly values: readonly string[];
      readonly plots: readonly { readonly topic: string; readonly attribute: string }[];
    }
  /** A request of the control socket; the answer is `reply` with the same id. */
  | { readonly op: 'request'; readonly id: number; readonly request: Readonly<Record<string, unknown>> };

export type ToPage =
  /** At 5 Hz, and at once after a command. status: the control socket's status, word for word. */
  | {
      readonly op: 'state';
      readonly status: ControlStatus;
      readonly topicsVersion: number;
      readonly atMs: number;
    }
  /** At most 5 Hz: rows that changed among those wanted. */
  | {
      readonly op: 'topics';
      readonly rows: readonly {
        readonly id: number;
        readonly sent: number;
        readonly eventsPerS: number;
        readonly lastS: number | null;
      }[];
    }
  /** Last payloads of the topics in `values`; payload is the JSON text as sent (hostile text). */
  | {
      readonly op: 'values';
      readonly values: readonly {
        readonly topic: string;
        readonly payload: string;
        readonly dueS: number | null;
      }[];
    }
  /** Live tail of plots: newest value since the last frame, min and max between. */
  | {
      readonly op: 'tails';
      readonly tails: readonly {
        readonly topic: string;
        readonly attribute: string;
        readonly atS: number;
        readonly min: number | null;
        readonly max: number | null;
        readonly text: string | null;
      }[];
    }
  /** Once a second: the newest RunPoint. */
  | { readonly op: 'run'; readonly point: RunPoint }
  /** The replay has ended; outcome: the JSON document of --json. */
  | { readonly op: 'ended'; readonly outcome: unknown }
  | { readonly op: 'reply'; readonly id: number; readonly reply: ControlReply }
  /** A fault of the server's: what it was to tell or to do has failed. Once, however often it fails. */
  | { readonly op: 'fault'; readonly message: string }
  /** Load tests only: the live state of stages, search, verdicts (as the terminal's live view has). */
  | { readonly op: 'load'; readonly load: unknown };
