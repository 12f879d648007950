import { setTimeout as delay } from 'node:timers/promises';
import { wireTimeOf } from '../../encode/wire-time-of.js';
import { Random } from '../../generate/random.js';
import type { WireNumbers } from '../../pacing/wire-numbers.js';
import type { Sink } from '../../playback/player.js';
import { givenSpan } from '../../shared/text.js';
import type { Part } from '../../zmq/publisher.js';
import { FaultDraw } from './fault-draw.js';
import type { FaultEntry } from './fault-log.js';
import type { EventFault, FaultSpec } from './fault-spec.js';
import { spoilPayload, withLaterTimes } from './spoil-payload.js';

/** Most bytes of events that are held back to be sent later. Where they are full, no more are. */
const MOST_HELD_BYTES = 64 << 20;
/** Longest time in which events that were held back may find room after the load, and the time between two tries. */
const LAST_TRY_MS = 1000;
const TRY_INTERVAL_MS = 5;
/** A step is later by up to this time, in microseconds: it does not give one event the time of another. */
const ODD_US = 999;

/** A message as it goes to the subscribers. */
export interface FaultyMessage {
  readonly parts: Part[];
  /** Of its event, from 1 on. */
  readonly number: number;
  /** As subscribers read it, in microseconds since 1970; NaN: they cannot. */
  readonly wireUs: number;
  /** Whether the event was sent before. */
  readonly isCopy: boolean;
}

export interface FaultSinkOptions {
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
  /** Tells when the event that is sent is due, in seconds since the load began; NaN: before. */
  readonly atS: () => number;
  readonly numbers: Pick<WireNumbers, 'lastUs'>;
  /** Sends a message on. @returns false: there was no room for it */
  readonly send: (message: FaultyMessage) => Promise<boolean>;
  /** Restarts the publisher. It does not throw. @returns false: there is none any more, and nothing more is sent */
  readonly restart: () => Promise<boolean>;
  /** Told of each fault. */
  readonly onFault: (entry: FaultEntry) => void;
}

/** What becomes of an event. */
interface Decision {
  readonly kind: 'send' | 'spoil' | 'drop' | 'duplicate' | 'reorder' | 'delay' | 'away';
  /** Index of its fault; undefined: it has none. */
  readonly fault?: number;
}

/** A fault that goes on: its first event, and the number of its last one. */
interface Stretch {
  readonly entry: FaultEntry;
  last: number;
}

/** An event that is sent later: with the first one that is due at that time or after it. */
interface Held {
  readonly message: FaultyMessage;
  readonly untilS: number;
}

/**
 * Sends events on with faults in them. An event has one fault at most, that of the first of the faults which hits it; steps of the
 * clock come besides. Which events are hit depends on the seed, and on when they are due, but not on when they are sent.
 */
export class FaultSink implements Sink {
  private readonly _options: FaultSinkOptions;
  private readonly _draws: readonly (FaultDraw | undefined)[];
  /** Of steps of the clock, by fault; undefined for other ones. */
  private readonly _stepsUs: readonly (number | undefined)[];
  private readonly _counts: number[];
  /** By fault. */
  private readonly _stretches = new Map<number, Stretch>();
  private readonly _restarted = new Set<number>();
  private _away: { readonly fault: number; readonly isOver: Promise<void> } | undefined;
  private _number = 0;
  /** Of an event for which there was no room. */
  private _decision: Decision | undefined;
  private _swapped: FaultyMessage | undefined;
  /** By fault, in the order in which they are sent. */
  private readonly _held: readonly Held[][];
  private _heldBytes = 0;
  /** To be sent before the next event. */
  private readonly _late: FaultyMessage[] = [];

  constructor(options: FaultSinkOptions) {
    const { faults, seed } = options;
    this._options = options;
    const random = faults.map(({ kind }, i) => new Random(seed, `fault ${i} ${kind}`));
    this._draws = faults.map((fault, i) => (isOfEvents(fault) ? new FaultDraw(fault, random[i]) : undefined));
    this._stepsUs = faults.map((fault, i) =>
      fault.kind === 'clock-step' ? Math.round(1e6 * fault.stepS) + 1 + random[i].below(ODD_US) : undefined,
    );
    this._counts = faults.map(() => 0);
    this._held = faults.map(() => []);
  }

  /** Number of events that each fault has hit. */
  get counts(): readonly number[] {
    return this._counts;
  }

  async send([topic, payload]: Part[]): Promise<boolean> {
    const atS = this._options.atS();
    this._release(atS);
    if (!(await this._sendLate())) return false;
    const steps = this._stepsUs.flatMap((stepUs, i) =>
      stepUs !== undefined && this._isOn(i, atS) ? [i] : [],
    );
    const stepped = this._stepped(payload as Buffer, steps);
    // An event for which there was no room comes again, with other times.
    this._decision ??= this._decide(stepped, atS);
    const { kind, fault } = this._decision;
    const { message, what } = this._made(topic, stepped, this._decision);
    const isSentNow = kind === 'send' || kind === 'spoil' || kind === 'duplicate';
    if (isSentNow && !(await this._options.send(message))) return false;
    this._decision = undefined;
    this._number += 1;
    const entry = {
      number: this._number,
      wireTime: this._options.numbers.lastUs / 1e6,
      topic: textOf(topic),
    };
    this._goOn(entry, kind === 'away' && fault !== undefined ? [...steps, fault] : steps);
    if (kind !== 'away' && fault !== undefined) this._hit(fault, { ...entry, what });
    if (isSentNow) this._endSwap();
    if (kind === 'duplicate') this._late.push({ ...message, isCopy: true });
    if (kind === 'reorder') this._swapped = message;
    if (kind === 'delay' && fault !== undefined) this._hold(message, fault, atS);
    await this._sendLate();
    return true;
  }

  /**
   * Sends what is held back, if there is room within a second. Call it when the load is over.
   *
   * @returns how many messages there was no room for
   */
  async end(): Promise<number> {
    await this._away?.isOver;
    this._goOn(undefined, []);
    this._release(Number.POSITIVE_INFINITY);
    this._endSwap();
    const untilMs = performance.now() + LAST_TRY_MS;
    while (!(await this._sendLate()) && performance.now() < untilMs) await delay(TRY_INTERVAL_MS);
    return this._late.length;
  }

  private _isOn(fault: number, atS: number): boolean {
    const { fromS, toS } = this._options.faults[fault];
    return atS >= fromS && atS < toS;
  }

  /** Draws once for each event and fault, so that faults do not depend on each other. */
  private _decide(payload: Buffer, atS: number): Decision {
    const hits = this._draws.flatMap((draw, i) => (draw?.hits(atS) === true ? [i] : []));
    this._beginRestart(atS);
    if (this._away !== undefined) return { kind: 'away', fault: this._away.fault };
    for (const fault of hits) {
      const kind = this._kindOf(this._options.faults[fault] as EventFault, payload);
      if (kind !== undefined) return { kind, fault };
    }
    return { kind: 'send' };
  }

  /** @returns undefined where the fault cannot be applied */
  private _kindOf(fault: EventFault, payload: Buffer): Decision['kind'] | undefined {
    const { kind } = fault;
    if (kind === 'drop' || kind === 'duplicate') return kind;
    if (kind === 'reorder') return this._swapped === undefined ? kind : undefined;
    if (kind === 'delay') return this._heldBytes + payload.length <= MOST_HELD_BYTES ? kind : undefined;
    return this._spoilt(fault, payload) === undefined ? undefined : 'spoil';
  }

  private _spoilt(fault: EventFault, payload: Buffer): ReturnType<typeof spoilPayload> {
    // The place is that of the event, however often it is tried to send it.
    return spoilPayload(fault, payload, new Random(this._options.seed, `${fault.text} ${this._number + 1}`));
  }

  private _made(topic: Part, payload: Buffer, { kind, fault: index }: Decision) {
    const fault = index === undefined ? undefined : (this._options.faults[index] as EventFault);
    const spoilt = kind === 'spoil' && fault !== undefined ? this._spoilt(fault, payload) : undefined;
    const body = spoilt?.payload ?? payload;
    const message: FaultyMessage = {
      parts: [topic, body],
      number: this._number + 1,
      wireUs: wireTimeOf(body),
      isCopy: false,
    };
    return { message, what: spoilt?.what ?? whatOf(kind, fault) };
  }

  private _stepped(payload: Buffer, steps: readonly number[]): Buffer {
    const byUs = steps.reduce((sum, i) => sum + (this._stepsUs[i] ?? 0), 0);
    return byUs === 0 ? payload : withLaterTimes(payload, byUs);
  }

  private _beginRestart(atS: number): void {
    if (this._away !== undefined) return;
    const fault = this._options.faults.findIndex(
      ({ kind, fromS }, i) => kind === 'restart' && atS >= fromS && !this._restarted.has(i),
    );
    if (fault === -1) return;
    this._restarted.add(fault);
    const isOver = this._options.restart().then((isBack) => {
      if (isBack) this._away = undefined;
    });
    this._away = { fault, isOver };
  }

  /** Notes an event of faults that go on, and ends the others. */
  private _goOn(entry: Omit<FaultEntry, 'kind' | 'what'> | undefined, faults: readonly number[]): void {
    for (const [fault, { entry: first, last }] of this._stretches) {
      if (faults.includes(fault)) continue;
      this._stretches.delete(fault);
      this._options.onFault({ ...first, last });
    }
    if (entry === undefined) return;
    for (const i of faults) {
      const fault = this._options.faults[i];
      const stretch = this._stretches.get(i);
      this._counts[i] += 1;
      if (stretch !== undefined) stretch.last = entry.number;
      else {
        const what =
          fault.kind === 'clock-step' ? stepText(this._stepsUs[i]) : 'not sent: the publisher was away';
        this._stretches.set(i, { entry: { ...entry, kind: fault.kind, what }, last: entry.number });
      }
    }
  }

  private _hit(fault: number, entry: Omit<FaultEntry, 'kind'>): void {
    const { what, ...event } = entry;
    this._draws[fault]?.take();
    this._counts[fault] += 1;
    this._options.onFault({ ...event, kind: this._options.faults[fault].kind, what });
  }

  private _hold(message: FaultyMessage, fault: number, atS: number): void {
    const { byS } = this._options.faults[fault] as EventFault;
    const [topic, payload] = message.parts as [Part, Buffer];
    // A view would keep the buffer of its whole batch.
    const parts = [topic, Buffer.from(payload)];
    this._heldBytes += payload.length;
    this._held[fault].push({ message: { ...message, parts }, untilS: atS + byS });
  }

  /** Takes up what is to be sent by now. */
  private _release(atS: number): void {
    for (const held of this._held) {
      while (held.length > 0 && held[0].untilS <= atS) {
        const { message } = held.shift() as Held;
        this._heldBytes -= message.parts[1].length;
        this._late.push(message);
      }
    }
  }

  private _endSwap(): void {
    if (this._swapped !== undefined) this._late.push(this._swapped);
    this._swapped = undefined;
  }

  /** Sends what is late. @returns false: there was no room for all of it */
  private async _sendLate(): Promise<boolean> {
    while (this._late.length > 0 && this._away === undefined) {
      if (!(await this._options.send(this._late[0]))) return false;
      this._late.shift();
    }
    return true;
  }
}

function isOfEvents(fault: FaultSpec): fault is EventFault {
  return fault.kind !== 'clock-step' && fault.kind !== 'restart';
}

function whatOf(kind: Decision['kind'], fault: EventFault | undefined): string {
  if (kind === 'drop') return 'not sent';
  if (kind === 'duplicate') return 'sent twice';
  if (kind === 'reorder') return 'sent after the next event';
  return fault === undefined ? '' : `sent ${givenSpan(fault.byS)} later`;
}

function stepText(stepUs = 0): string {
  return `times are ${givenSpan(Math.abs(stepUs) / 1e6)} ${stepUs < 0 ? 'earlier' : 'later'}`;
}

function textOf(part: Part): string {
  return typeof part === 'string' ? part : Buffer.from(part).toString();
}
