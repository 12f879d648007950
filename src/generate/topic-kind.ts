import type { Field } from './field.js';
import { PHASE_KINDS, type PhaseKind } from './phase.js';

/** What is known of a topic: how often it reports and what. */
export interface TopicKind {
  /** `system.source.key` */
  readonly name: string;
  /** Mean events per second during each kind of phase. */
  readonly ratesHz: Readonly<Record<PhaseKind, number>>;
  /** The kinds of phase at whose start it reports once more. */
  readonly reportsAt: readonly PhaseKind[];
  /** `even`: by a timer. `random`: whenever something happens. */
  readonly spacing: 'even' | 'random';
  /** Median of the transport delay, milliseconds. */
  readonly delayMs: number;
  /** Decimals of `__data_time`: some clocks count milliseconds. */
  readonly timeDecimals: 3 | 6;
  /** The value of `__data`. */
  readonly isData: boolean;
  readonly fields: readonly Field[];
}

export interface TopicOptions {
  /** Default 0: it reports only at the start of phases. */
  readonly hz?: number;
  /** Where a kind of phase has its own rate; default `hz`. */
  readonly slewHz?: number;
  readonly idleHz?: number;
  readonly acquireHz?: number;
  readonly at?: readonly PhaseKind[];
  readonly spacing?: 'even' | 'random';
  /** Default 8. */
  readonly delayMs?: number;
  readonly timeDecimals?: 3 | 6;
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

/** At the start of every phase. */
export const EVERY_PHASE: readonly PhaseKind[] = PHASE_KINDS;
