import type { Field } from './field.js';
import { PHASE_KINDS, type PhaseKind } from './phase.js';

/** A topic: how often it reports, and what. */
export interface TopicKind {
  /** `system.source.key` */
  readonly name: string;
  /** Mean events per second during each kind of phase. */
  readonly ratesHz: Readonly<Record<PhaseKind, number>>;
  /** The kinds of phase at whose start it reports once, besides its rate. */
  readonly reportsAt: readonly PhaseKind[];
  /** `even`: on a timer. `random`: at random times, as a Poisson process. */
  readonly spacing: 'even' | 'random';
  /** Median of the transport delay, in milliseconds. */
  readonly delayMs: number;
  /** Decimals of `__data_time`: 3 for clocks that count milliseconds. */
  readonly timeDecimals: 3 | 6;
  /** The value of `__data`. */
  readonly isData: boolean;
  readonly fields: readonly Field[];
}

interface TopicOptions {
  /** Events per second. Default 0: it reports only at the start of phases. */
  readonly hz?: number;
  /** Events per second during a slew. Default `hz`; likewise for the two below. */
  readonly slewHz?: number;
  readonly idleHz?: number;
  readonly acquireHz?: number;
  /** See `TopicKind.reportsAt`. Default none. */
  readonly at?: readonly PhaseKind[];
  /** Default `even`. */
  readonly spacing?: 'even' | 'random';
  /** Default 8. */
  readonly delayMs?: number;
  /** Default 6. */
  readonly timeDecimals?: 3 | 6;
  /** Default true. */
  readonly isData?: boolean;
}

/** Fills in the defaults of a topic. */
export function topic(name: string, options: TopicOptions, fields: readonly Field[]): TopicKind {
  const { hz = 0, slewHz = hz, idleHz = hz, acquireHz = hz } = options;
  return {
    name,
    ratesHz: { idle: idleHz, slew: slewHz, acquire: acquireHz, track: hz },
    reportsAt: options.at ?? [],
    spacing: options.spacing ?? 'even',
    delayMs: options.delayMs ?? 8,
    timeDecimals: options.timeDecimals ?? 6,
    isData: options.isData ?? true,
    fields,
  };
}

/** For `at`: a report at the start of every phase. */
export const EVERY_PHASE: readonly PhaseKind[] = PHASE_KINDS;
