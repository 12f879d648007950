import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { WatchedTopic } from '../measure/topic-watch.js';
import type { LoadCourse, LoadNow } from './load-protocol.js';
import { keyOf, type Plot, type Tail } from './plot-tails.js';
import type { ToPage } from './protocol.js';
import type { RatesById } from './rates-by-id.js';
import type { ShownLoad } from './shown-load.js';

/** With more bytes that wait to be sent, what comes every tick is skipped: a slow page misses frames, and gets no old ones. */
const MOST_BUFFERED_BYTES = 256 << 10;
/** With more bytes that wait, a page does not read at all, and is closed. */
const MOST_UNREAD_BYTES = 8 << 20;
/** Rows of one frame; those that are left come with the next ones. */
const MOST_ROWS = 500;
/** Share by which a rate changes before it is told again. */
const LEAST_CHANGE = 0.02;

type TopicRow = Extract<ToPage, { op: 'topics' }>['rows'][number];
type Value = Extract<ToPage, { op: 'values' }>['values'][number];

/** What a page has asked for. */
export interface Wanted {
  /** Ids of the topics whose rows are shown. */
  readonly topics: ReadonlySet<number> | 'all';
  /** Topics whose last payload is shown. */
  readonly values: readonly string[];
  readonly plots: readonly Plot[];
  /** How many subscribers of a load test are shown. */
  readonly subscribers: number;
}

const NOTHING: Wanted = { topics: new Set(), values: [], plots: [], subscribers: 0 };

/** A page that is open. */
export class PageClient {
  private readonly _socket: WebSocket;
  private readonly _connection: Duplex;
  private _wanted = NOTHING;
  /** What was told of each topic last, by id: events, rate and time. */
  private _sent = new Float64Array(0);
  private _perS = new Float64Array(0);
  private _lastS = new Float64Array(0);
  /** The topic with which the next frame begins, where one has no room for all. */
  private _next = 0;
  /** The values that were sent last, by topic. */
  private readonly _values = new Map<string, Value>();
  /** What was told of the load test last. */
  private _now: LoadNow | undefined;
  private _course: LoadCourse | undefined;
  private _fault = '';

  /** @param connection that carries the socket */
  constructor(socket: WebSocket, connection: Duplex) {
    this._socket = socket;
    this._connection = connection;
  }

  get wanted(): Wanted {
    return this._wanted;
  }

  set wanted(wanted: Wanted) {
    this._wanted = wanted;
    this._sent = new Float64Array(0);
    this._now = undefined;
    for (const topic of this._values.keys()) if (!wanted.values.includes(topic)) this._values.delete(topic);
  }

  /** Whether what comes every tick is skipped now, because the page does not keep up. */
  get isSlow(): boolean {
    return this._socket.bufferedAmount > MOST_BUFFERED_BYTES;
  }

  /** Hands what is sent meanwhile to the system at once, which costs as much as one message by itself. */
  together(send: () => void): void {
    this._connection.cork();
    try {
      send();
    } finally {
      this._connection.uncork();
    }
  }

  send(message: ToPage): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends a message that was made into text already. */
  sendText(text: string): void {
    if (this._socket.readyState !== this._socket.OPEN) return;
    if (this._socket.bufferedAmount > MOST_UNREAD_BYTES) this._socket.terminate();
    else this._socket.send(text);
  }

  /** Tells what failed, unless that was told last. @param message of what was thrown */
  fail(message: string): void {
    if (message === this._fault) return;
    this._fault = message;
    this.send({ op: 'fault', message });
  }

  /** Sends the rows that have changed. */
  sendRows(topics: readonly WatchedTopic[], rates: RatesById): void {
    const { topics: wanted } = this._wanted;
    this._fit(topics.length);
    const rows: TopicRow[] = [];
    const add = (topic: WatchedTopic | undefined) => {
      if (topic !== undefined && this._hasChanged(topic, rates)) rows.push(rowOf(topic, rates));
    };
    if (wanted === 'all') {
      let looks = 0;
      for (; looks < topics.length && rows.length < MOST_ROWS; looks++)
        add(topics[(this._next + looks) % topics.length]);
      this._next = topics.length === 0 ? 0 : (this._next + looks) % topics.length;
    } else for (const id of wanted) add(topics[id]);
    if (rows.length > 0) this.send({ op: 'topics', rows });
  }

  /** Sends the values that have changed. @param values by topic */
  sendValues(values: ReadonlyMap<string, Value>): void {
    const changed: Value[] = [];
    for (const topic of this._wanted.values) {
      const value = values.get(topic);
      if (value === undefined || value === this._values.get(topic)) continue;
      this._values.set(topic, value);
      changed.push(value);
    }
    if (changed.length > 0) this.send({ op: 'values', values: changed });
  }

  sendTails(tails: ReadonlyMap<string, Tail>): void {
    const own = this._wanted.plots.flatMap((plot) => tails.get(keyOf(plot)) ?? []);
    if (own.length > 0) this.send({ op: 'tails', tails: own });
  }

  /** Sends how a load test stands, and the subscribers that are wanted, if there was a look at them. */
  sendLoad(load: ShownLoad): void {
    const { now, course } = load;
    const isSameCourse = course === this._course;
    if (now === this._now && isSameCourse) return;
    const hasLooked = now !== this._now;
    this._now = now;
    this._course = course;
    this.send(isSameCourse ? { op: 'load', now } : { op: 'load', now, course });
    const { subscribers: most } = this._wanted;
    if (most === 0 || !hasLooked) return;
    this.send({ op: 'subscribers', count: load.subscriberCount, rows: load.worst(most) });
  }

  private _fit(topics: number): void {
    if (this._sent.length >= topics) return;
    const [sent, perS, lastS] = [this._sent, this._perS, this._lastS];
    this._sent = new Float64Array(2 * topics).fill(-1);
    this._perS = new Float64Array(2 * topics);
    this._lastS = new Float64Array(2 * topics);
    this._sent.set(sent);
    this._perS.set(perS.subarray(0, sent.length));
    this._lastS.set(lastS.subarray(0, sent.length));
  }

  private _hasChanged({ id, sent, lastS }: WatchedTopic, rates: RatesById): boolean {
    const perS = rates.of(id);
    const isSameRate = Math.abs(this._perS[id] - perS) <= LEAST_CHANGE * this._perS[id];
    if (isSameRate && this._sent[id] === sent && Object.is(this._lastS[id], lastS)) return false;
    this._sent[id] = sent;
    this._lastS[id] = lastS;
    this._perS[id] = perS;
    return true;
  }
}

function rowOf({ id, sent, lastS }: WatchedTopic, rates: RatesById): TopicRow {
  return {
    id,
    sent,
    eventsPerS: Math.round(100 * rates.of(id)) / 100,
    lastS: Number.isFinite(lastS) ? lastS : null,
  };
}
