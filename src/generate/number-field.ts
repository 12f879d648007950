import type { Field } from './field.js';
import type { Moment } from './moment.js';

/** Decimals of a number's text; `all`: as many as it takes to read back the same double. */
export type Digits = number | 'all';

interface WalkOptions {
  readonly mean: number;
  /** Long-term standard deviation, in the unit of the value. */
  readonly spread: number;
  /** Time constant of the return to the mean, in seconds. Default 600. */
  readonly memoryS?: number;
  /** Default 3. */
  readonly digits?: Digits;
}

/** A random walk that returns to its mean (Ornstein-Uhlenbeck process), as temperatures and pressures do. */
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

interface MeasuredOptions {
  /** Standard deviation of the measurement error, in the unit of the value. Default 0. */
  readonly noise?: number;
  /** Default 4. */
  readonly digits?: Digits;
}

/** A number that follows the state of the telescope, measured with noise. */
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

/** The number of the topic's event, from `first` on. */
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

/** A whole number that grows by about `perS` a second, as counts of frames or bytes do. */
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
