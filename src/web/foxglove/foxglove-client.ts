import type { RawData, WebSocket } from 'ws';
import type { EventPlace, WatchedTopic } from '../../measure/topic-watch.js';
import type { Playback, ReplayState } from '../../playback/playback.js';
import { messageOf } from '../../shared/errors.js';
import { packageVersion } from '../../shared/package-version.js';
import { payloadOf } from '../payload-text.js';
import {
  messageData,
  nanoseconds,
  type PlaybackControl,
  type PlaybackState,
  type PlaybackStatus,
  parsePlaybackControl,
  playbackState,
  timeMessage,
} from './foxglove-messages.js';

/** With more bytes that wait to be sent, messages are left out. */
const MOST_BUFFERED_BYTES = 1 << 20;
/** Messages of one tick, of all topics: the newest ones. */
const MOST_MESSAGES = 512;
const MOST_SUBSCRIPTIONS = 20_000;
/** Topics of one message. */
const TOPICS_A_MESSAGE = 500;
/** Any object: what events have is not known before they are read. */
const SCHEMA = {
  schemaName: 'tcs.Event',
  schema: '{"type":"object","properties":{}}',
  schemaEncoding: 'jsonschema',
};
/** Flat out, a client is told this speed: it shows a number. */
const FLAT_OUT_SPEED = 1e9;
const [LEVEL_WARNING, LEVEL_ERROR] = [1, 2];

const STATUS_OF: Readonly<Record<ReplayState, PlaybackStatus>> = {
  opening: 'buffering',
  waiting: 'buffering',
  playing: 'playing',
  'caught-up': 'buffering',
  blocked: 'buffering',
  paused: 'paused',
  delivering: 'ended',
  ended: 'ended',
};

export interface FoxgloveClientOptions {
  readonly playback: Playback;
  /** Due times of the first and the last event of what is played, in Unix seconds; NaN: not known. */
  readonly firstS: number;
  readonly lastS: number;
  /** Called when other topics are wanted than before. */
  readonly onWanted: () => void;
}

/** What is told at a tick. */
export interface FoxgloveFrame {
  readonly topics: readonly WatchedTopic[];
  /** Events of topics that somebody has subscribed to, since the last tick. */
  readonly events: ReadonlyMap<string, readonly EventPlace[]>;
  /** Number of seeks so far. */
  readonly seeks: number;
}

/** A program that knows Foxglove's protocol: it is sent what is played, and drives the replay. */
export class FoxgloveClient {
  private readonly _socket: WebSocket;
  private readonly _options: FoxgloveClientOptions;
  private readonly _topicOfChannel = new Map<number, string>();
  /** Subscriptions by topic. */
  private readonly _subscriptions = new Map<string, number>();
  private readonly _topicOf = new Map<number, string>();
  private _told: Pick<PlaybackState, 'status' | 'speed'> | undefined;
  private _seeks = 0;
  private _fault = '';

  constructor(socket: WebSocket, options: FoxgloveClientOptions) {
    this._socket = socket;
    this._options = options;
    const { firstS, lastS } = options;
    const hasTimes = Number.isFinite(firstS) && Number.isFinite(lastS);
    this._sendJson({
      op: 'serverInfo',
      name: `tcs-replay ${packageVersion()}`,
      capabilities: hasTimes ? ['time', 'playbackControl'] : ['time'],
      ...(hasTimes && { dataStartTime: secondsOf(firstS), dataEndTime: secondsOf(lastS) }),
    });
  }

  /** Topics that it has subscribed to. */
  get wanted(): Iterable<string> {
    return this._subscriptions.keys();
  }

  /** Tells what failed, unless that was told last. @param message of what was thrown */
  fail(message: string): void {
    if (message === this._fault) return;
    this._fault = message;
    this._tell(LEVEL_ERROR, message);
  }

  tick({ topics, events, seeks }: FoxgloveFrame): void {
    this._advertise(topics);
    this._tellState(seeks);
    if (this._socket.bufferedAmount > MOST_BUFFERED_BYTES) return;
    const { positionS } = this._options.playback.standing;
    if (!Number.isNaN(positionS)) this._send(timeMessage(nanoseconds(positionS)));
    for (const { event, subscription } of this._newest(events)) {
      const timeNs = nanoseconds(event.batch.dueS[event.index]);
      this._send(messageData(subscription, timeNs, payloadOf(event)));
    }
  }

  /** Takes a message. */
  take(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      const control = parsePlaybackControl(data as Buffer);
      if (control === undefined)
        this._tell(LEVEL_WARNING, 'This server takes no other binary messages than playback control');
      else this._control(control).catch((error) => this._tell(LEVEL_ERROR, messageOf(error)));
      return;
    }
    const message = parsed(String(data));
    if (message?.op === 'subscribe') this._subscribe(message.subscriptions);
    else if (message?.op === 'unsubscribe') this._unsubscribe(message.subscriptionIds);
    else this._tell(LEVEL_WARNING, 'This server takes subscriptions and playback control');
  }

  private _newest(events: FoxgloveFrame['events']): { event: EventPlace; subscription: number }[] {
    const all = [...this._subscriptions].flatMap(([topic, subscription]) =>
      (events.get(topic) ?? []).map((event) => ({ event, subscription })),
    );
    const timeOf = ({ event }: { event: EventPlace }) => event.batch.dueS[event.index];
    return all.sort((a, b) => timeOf(a) - timeOf(b) || 0).slice(-MOST_MESSAGES);
  }

  private _advertise(topics: readonly WatchedTopic[]): void {
    for (let at = this._topicOfChannel.size; at < topics.length; at += TOPICS_A_MESSAGE) {
      const channels = topics.slice(at, at + TOPICS_A_MESSAGE).map(({ id, topic }) => {
        this._topicOfChannel.set(id + 1, topic);
        return { id: id + 1, topic, encoding: 'json', ...SCHEMA };
      });
      this._sendJson({ op: 'advertise', channels });
    }
  }

  private _tellState(seeks: number): void {
    const { status, speed } = this._standing();
    const didSeek = seeks !== this._seeks;
    if (!didSeek && status === this._told?.status && speed === this._told.speed) return;
    this._seeks = seeks;
    this._sendState('', didSeek);
  }

  private _sendState(requestId: string, didSeek: boolean): void {
    const standing = this._standing();
    this._told = standing;
    const { positionS } = this._options.playback.standing;
    const timeS = Number.isNaN(positionS) ? this._options.firstS : positionS;
    this._send(playbackState({ ...standing, timeNs: nanoseconds(timeS), didSeek, requestId }));
  }

  private _standing(): Pick<PlaybackState, 'status' | 'speed'> {
    const { state, speedup } = this._options.playback.standing;
    return { status: STATUS_OF[state], speed: Math.min(speedup, FLAT_OUT_SPEED) };
  }

  private async _control({ isPlay, speed, seekNs, requestId }: PlaybackControl): Promise<void> {
    const { playback } = this._options;
    // A speed that a client shows is rounded to 32 bits.
    const isOther = Math.abs(speed - Math.fround(this._standing().speed)) > 1e-6 * speed;
    try {
      if (isOther) playback.changeSpeed(speed >= FLAT_OUT_SPEED ? 'max' : Number(speed.toPrecision(7)));
      if (!isPlay) playback.pause();
      if (seekNs !== undefined) await playback.seek(Number(seekNs / 1000n) / 1e6);
      if (isPlay) playback.resume();
    } finally {
      this._sendState(requestId, seekNs !== undefined);
    }
  }

  private _subscribe(subscriptions: unknown): void {
    if (!Array.isArray(subscriptions)) return;
    for (const subscription of subscriptions as unknown[]) {
      const { id, channelId } = (subscription ?? {}) as Record<string, unknown>;
      const topic = this._topicOfChannel.get(channelId as number);
      if (!isUint32(id) || topic === undefined || this._topicOf.size >= MOST_SUBSCRIPTIONS) {
        this._tell(LEVEL_WARNING, `There is no channel ${String(channelId).slice(0, 20)} to subscribe to`);
        continue;
      }
      this._subscriptions.set(topic, id);
      this._topicOf.set(id, topic);
    }
    this._options.onWanted();
  }

  private _unsubscribe(ids: unknown): void {
    if (!Array.isArray(ids)) return;
    for (const id of ids as number[]) {
      const topic = this._topicOf.get(id);
      this._topicOf.delete(id);
      if (topic !== undefined && this._subscriptions.get(topic) === id) this._subscriptions.delete(topic);
    }
    this._options.onWanted();
  }

  private _tell(level: number, message: string): void {
    this._sendJson({ op: 'status', level, message });
  }

  private _sendJson(message: unknown): void {
    this._send(JSON.stringify(message));
  }

  private _send(data: string | Buffer): void {
    if (this._socket.readyState === this._socket.OPEN) this._socket.send(data);
  }
}

function secondsOf(timeS: number): { readonly sec: number; readonly nsec: number } {
  const ns = nanoseconds(timeS);
  return { sec: Number(ns / 1_000_000_000n), nsec: Number(ns % 1_000_000_000n) };
}

function isUint32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
