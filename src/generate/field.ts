import type { AttributeType } from '../database/recording-writer.js';
import type { Moment } from './moment.js';
import type { Random } from './random.js';

/** What a system writes where it has no number. */
export const MISSING_NUMBER = '-999999.9';

/** What a system writes where it has no text. */
export const MISSING_STRING = '<none>';

/** Gives the text of an attribute at a moment. It may remember: moments only advance. */
export type Reading = (moment: Moment) => string;

/** An attribute of a topic: `start` begins an independent series of its values. */
export interface Field {
  readonly key: string;
  readonly dataType: AttributeType;
  readonly start: (random: Random) => Reading;
}

/** An attribute that never changes. */
export function constant(key: string, value: string, dataType: AttributeType = 'string'): Field {
  return { key, dataType, start: () => () => value };
}

/** A sensor that was never fitted, or a name that was never given. */
export function absent(key: string, dataType: 'number' | 'string' = 'number'): Field {
  return constant(key, missing(dataType), dataType);
}

/** Text that follows what the telescope does. */
export function text(key: string, read: Reading): Field {
  return { key, dataType: 'string', start: () => read };
}

/** A field that drops out for about `lastsS` seconds, once in `everyS` seconds on average. */
export function failing(field: Field, everyS: number, lastsS: number): Field {
  const sentinel = missing(field.dataType);
  return {
    ...field,
    start: (random) => {
      const read = field.start(random);
      const isOut = alternation(random, everyS, lastsS);
      return (moment) => (isOut(moment) ? sentinel : read(moment));
    },
  };
}

/** A condition that is false for about `falseS` seconds, then true for about `trueS`, and so on. */
export function alternation(random: Random, falseS: number, trueS: number): (moment: Moment) => boolean {
  let state = random.chance(trueS / (falseS + trueS));
  let leftS = random.exponential(state ? trueS : falseS);
  return (moment) => {
    leftS -= moment.sinceLastS;
    if (leftS <= 0) {
      state = !state;
      leftS = random.exponential(state ? trueS : falseS);
    }
    return state;
  };
}

function missing(dataType: AttributeType): string {
  return dataType === 'number' ? MISSING_NUMBER : MISSING_STRING;
}
