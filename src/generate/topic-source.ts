import type { Attribute } from '../database/recording-writer.js';
import type { Reading } from './field.js';
import { fitFields } from './filler.js';
import { Moment } from './moment.js';
import type { Phase } from './phase.js';
import { Random } from './random.js';
import type { Timeline } from './timeline.js';
import type { TopicKind } from './topic-kind.js';
import { logDelayUs, transportDelayUs } from './transport.js';
import { unixText } from './unix-text.js';

/** The attributes that every event has, before those of its topic. */
export const COMMON_KEYS = ['__system', '__source', '__key', '__data', '__data_time', '__wire_time'] as const;

/** An event as the logger gets it. Times are whole microseconds of Unix time. */
export interface GeneratedEvent {
  readonly topic: string;
  readonly dataUs: number;
  readonly wireUs: number;
  /** When the logger writes it down. */
  readonly loggedUs: number;
  readonly attributes: readonly Attribute[];
}

/** What a source is told of a night. */
export interface NightClock {
  readonly startUs: number;
  readonly timeline: Timeline;
  /** Multiplies the rates of the topics. Below 1 it thins the reports at the start of phases too. */
  readonly rateScale: number;
}

/** After a phase has begun, what reports at its start does so within this time. */
const PHASE_REPORT_WITHIN_S = 0.25;

/** Relative standard deviation of the interval of a timer. */
const TIMER_JITTER = 0.02;

/** Nothing on a connection is sent at the same moment as the one before it. */
const SENDING_US = 1;

/** Read by one source at a time, while it makes one event: all may share it. */
const MOMENT = new Moment();

/** A topic in operation: knows when it reports next, and makes the event. */
export class TopicSource {
  private readonly _kind: TopicKind;
  private readonly _random: Random;
  private readonly _names: readonly Attribute[];
  private readonly _columns: readonly { key: string; dataType: Attribute['dataType']; read: Reading }[];
  private _night: NightClock | undefined;
  private _phaseIndex = 0;
  /** What is left until the next report, as a share of the interval at the rate that holds. */
  private _intervalsLeft = 0;
  private _nextS = 0;
  private _lastDataUs: number | undefined;
  private _lastWireUs = 0;

  /** @param attributeCount rows of each event, at least the six common ones; default: as the topic has them */
  constructor(kind: TopicKind, seed: number, attributeCount?: number) {
    const random = new Random(seed, kind.name);
    const [system = '', source = '', key = ''] = kind.name.split('.');
    this._kind = kind;
    this._random = random;
    this._names = [
      { key: '__system', value: system, dataType: 'string' },
      { key: '__source', value: source, dataType: 'string' },
      { key: '__key', value: key, dataType: 'string' },
      { key: '__data', value: String(kind.isData), dataType: 'boolean' },
    ];
    const fields =
      attributeCount === undefined
        ? kind.fields
        : fitFields(kind.fields, attributeCount - COMMON_KEYS.length);
    this._columns = fields.map(({ key, dataType, start }) => ({ key, dataType, read: start(random) }));
  }

  /** When it reports next: seconds since the night's start. */
  get nextS(): number {
    return this._nextS;
  }

  /** Begins a night. Values go on from where they were. */
  startNight(night: NightClock): void {
    this._night = night;
    this._phaseIndex = 0;
    this._nextS = 0;
    // Topics do not start in step.
    this._intervalsLeft = this._random.uniform();
    this._advance(night);
  }

  /** Makes the event that is next, and moves on to the one after it. */
  report(): GeneratedEvent {
    const night = this._night as NightClock;
    const kind = this._kind;
    const random = this._random;
    const madeUs = night.startUs + Math.floor(this._nextS * 1e6);
    const dataUs = kind.timeDecimals === 3 ? madeUs - (madeUs % 1000) : madeUs;
    // A connection keeps the order of what is sent over it: after a spike the next ones follow at once.
    const wireUs = Math.max(madeUs + transportDelayUs(random, kind.delayMs), this._lastWireUs + SENDING_US);
    const sinceLastS = (dataUs - (this._lastDataUs ?? dataUs)) / 1e6;
    MOMENT.set(dataUs / 1e6, this._nextS, sinceLastS, this._phaseAt(night));

    const attributes: Attribute[] = [...this._names];
    attributes.push({ key: '__data_time', value: unixText(dataUs, kind.timeDecimals), dataType: 'number' });
    attributes.push({ key: '__wire_time', value: unixText(wireUs, 6), dataType: 'number' });
    for (const { key, dataType, read } of this._columns) {
      attributes.push({ key, value: read(MOMENT), dataType });
    }

    this._lastDataUs = dataUs;
    this._lastWireUs = wireUs;
    this._advance(night);
    return { topic: kind.name, dataUs, wireUs, loggedUs: wireUs + logDelayUs(random), attributes };
  }

  private _phaseAt(night: NightClock): Phase {
    return night.timeline.phase(this._phaseIndex);
  }

  /** What passes before a report, as a share of the mean interval. */
  private _drawInterval(): number {
    return this._kind.spacing === 'even'
      ? 1 + TIMER_JITTER * this._random.normal()
      : this._random.exponential(1);
  }

  /** Finds the next report: intervals are used up at the rate of each phase, and phases may call for one. */
  private _advance({ timeline, rateScale }: NightClock): void {
    // A report that a phase called for leaves the timer as it was.
    if (this._intervalsLeft === 0) this._intervalsLeft = this._drawInterval();
    for (;;) {
      const phase = timeline.phase(this._phaseIndex);
      const rateHz = this._kind.ratesHz[phase.kind] * rateScale;
      const leftS = phase.endS - this._nextS;
      if (leftS * rateHz >= this._intervalsLeft) {
        this._nextS += this._intervalsLeft / rateHz;
        this._intervalsLeft = 0;
        return;
      }
      this._intervalsLeft -= leftS * rateHz;
      this._phaseIndex += 1;
      this._nextS = phase.endS;
      const begun = timeline.phase(this._phaseIndex);
      if (this._kind.reportsAt.includes(begun.kind) && this._random.chance(rateScale)) {
        this._nextS += PHASE_REPORT_WITHIN_S * this._random.uniform();
        return;
      }
    }
  }
}
