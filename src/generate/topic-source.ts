import type { Attribute } from '../database/recording-writer.js';
import { logDelayUs, transportDelayUs } from './delays.js';
import type { Reading } from './field.js';
import { fitFields } from './fit-fields.js';
import { Moment } from './moment.js';
import type { NightPhases } from './night-phases.js';
import type { Phase } from './phase.js';
import { Random } from './random.js';
import type { TopicKind } from './topic-kind.js';
import { unixText } from './unix-text.js';

/** The keys that every event has, before those of its topic. */
export const COMMON_KEYS = ['__system', '__source', '__key', '__data', '__data_time', '__wire_time'] as const;

/** An event as the logger writes it. Times are whole microseconds of Unix time. */
export interface GeneratedEvent {
  readonly topic: string;
  readonly dataUs: number;
  readonly wireUs: number;
  /** When the logger writes the event: the order of the log. */
  readonly loggedUs: number;
  readonly attributes: readonly Attribute[];
}

/** A night, as the sources need it. */
export interface Night {
  /** Unix time in whole microseconds. */
  readonly startUs: number;
  readonly phases: NightPhases;
  /** Multiplies the topics' rates. Below 1 it is also the probability of a report at the start of a phase. */
  readonly rateScale: number;
}

/** Reports at the start of a phase come within this time after it. */
const PHASE_REPORT_WITHIN_S = 0.25;

/** Relative standard deviation of the interval of a timer. */
const TIMER_JITTER = 0.02;

/** Least time between two events of a connection. */
const SENDING_US = 1;

/** Shared by all sources: each uses it only within one call of `report`. */
const MOMENT = new Moment();

/** A topic in operation: decides when it reports next, and makes the event. */
export class TopicSource {
  private readonly _kind: TopicKind;
  private readonly _random: Random;
  private readonly _names: readonly Attribute[];
  private readonly _columns: readonly { key: string; dataType: Attribute['dataType']; read: Reading }[];
  private _night: Night | undefined;
  private _phaseIndex = 0;
  /** Time left until the next report, in mean intervals at the current rate. */
  private _intervalsLeft = 0;
  private _nextS = 0;
  private _lastDataUs: number | undefined;
  private _lastWireUs = 0;

  /** @param attributeCount rows of each event, at least the six common ones; default: as the topic defines */
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

  /** Time of the next report in seconds since the night's start. */
  get nextS(): number {
    return this._nextS;
  }

  /** Begins a night. Values continue from the night before. */
  startNight(night: Night): void {
    this._night = night;
    this._phaseIndex = 0;
    this._nextS = 0;
    // A random part of an interval, so that topics do not start in step.
    this._intervalsLeft = this._random.uniform();
    this._advance(night);
  }

  /** Makes the next event, and finds the time of the one after it. `startNight` must have been called. */
  report(): GeneratedEvent {
    const night = this._night as Night;
    const kind = this._kind;
    const random = this._random;
    const madeUs = night.startUs + Math.floor(this._nextS * 1e6);
    const dataUs = kind.timeDecimals === 3 ? madeUs - (madeUs % 1000) : madeUs;
    // A connection keeps the order: after a delay spike the next events follow at once.
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

  private _phaseAt(night: Night): Phase {
    return night.phases.at(this._phaseIndex);
  }

  /** Draws the time between two reports, in mean intervals. */
  private _drawInterval(): number {
    return this._kind.spacing === 'even'
      ? 1 + TIMER_JITTER * this._random.normal()
      : this._random.exponential(1);
  }

  /** Finds the time of the next report. The interval elapses at each phase's rate; a phase may begin with a report. */
  private _advance({ phases, rateScale }: Night): void {
    // A report at the start of a phase does not restart the interval.
    if (this._intervalsLeft === 0) this._intervalsLeft = this._drawInterval();
    for (;;) {
      const phase = phases.at(this._phaseIndex);
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
      const begun = phases.at(this._phaseIndex);
      if (this._kind.reportsAt.includes(begun.kind) && this._random.chance(rateScale)) {
        this._nextS += PHASE_REPORT_WITHIN_S * this._random.uniform();
        return;
      }
    }
  }
}
