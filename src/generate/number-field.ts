import type { Field } from './field.js';
import type { Moment } from './moment.js';

/** Decimals of a number's text, or all that it takes to read back the same double. */
export type Digits = number | 'all';

export interface WalkOptions {
  readonly mean: number;
  /** Standard deviation over a long time, in the unit of the value. */
  readonly spread: number;
  /** Seconds over which the past is forgotten. Default 600. */
  readonly memoryS?: number;
  /** Default 3. */
  readonly digits?: Digits;
}

/** A random walk that is drawn back to its mean (Ornstein-Uhlenbeck), as temperatures and pressures are. */
export function walk(key: string, { mean, spread, memoryS = 600, digits = 3 }: WalkOptions): Field {
  return {
    key,
    dataType: 'number',
    start: (random) => {
      let offset = spread * random.normal();
      return ({ sinceLastS }) => {
        const kept = Math.exp(-sinceLastS / memoryS);
        offset = offset * kept + spread * Math.sqrt(1 - kept * kept) * random.normal();
        return format(mean + offset, digits);
      };
    },
  };
}

export interface MeasuredOptions {
  /** Standard deviation of the error of a measurement, in the unit of the value. Default 0. */
  readonly noise?: number;
  /** Default 4. */
  readonly digits?: Digits;
}

/** A value that follows what the telescope does, measured with some noise. */
export function measured(
  key: string,
  read: (moment: Moment) => number,
  { noise = 0, digits = 4 }: MeasuredOptions = {},
): Field {
  return {
    key,
    dataType: 'number',
    start: (random) => (moment) => format(read(moment) + (noise === 0 ? 0 : noise * random.normal()), digits),
  };
}

/** Counts the events of its topic. */
export function counter(key: string, first = 0): Field {
  return {
    key,
    dataType: 'number',
    start: () => {
      let count = first - 1;
      return () => {
        count += 1;
        return String(count);
      };
    },
  };
}

/** A whole number that grows by about `perS` a second, as counts of frames and bytes do. */
export function growing(key: string, first: number, perS: number): Field {
  return {
    key,
    dataType: 'number',
    start: (random) => {
      let total = first + random.uniform() * perS * 3600;
      return ({ sinceLastS }) => {
        total += perS * sinceLastS * random.between(0.8, 1.2);
        return String(Math.floor(total));
      };
    },
  };
}

function format(value: number, digits: Digits): string {
  return digits === 'all' ? String(value) : value.toFixed(digits);
}
