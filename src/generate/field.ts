import type { AttributeType } from '../database/recording-writer.js';
import type { Moment } from './moment.js';
import type { Random } from './random.js';
import type { Target } from './target.js';

/** What a system writes in place of a number that it lacks. */
export const MISSING_NUMBER = '-999999.9';

/** What a system writes in place of a text that it lacks. */
export const MISSING_STRING = '<none>';

/** Returns the text of an attribute at a moment. It may keep state: moments only advance. */
export type Reading = (moment: Moment) => string;

/** An attribute of a topic. `start` begins an independent series of its values. */
export interface Field {
  readonly key: string;
  readonly dataType: AttributeType;
  readonly start: (random: Random) => Reading;
}

/** An attribute that never changes. */
export function constant(key: string, value: string, dataType: AttributeType = 'string'): Field {
  return { key, dataType, start: () => () => value };
}

/** An attribute that never has a value: a sensor that was not fitted, a name that was not given. */
export function absent(key: string, dataType: 'number' | 'string' = 'number'): Field {
  return constant(key, missing(dataType), dataType);
}

/** A text that follows the state of the telescope. */
export function text(key: string, read: Reading): Field {
  return { key, dataType: 'string', start: () => read };
}

/** A text about the current target; missing while idle, when the target is not known yet. */
export function ofTarget(key: string, read: (target: Target) => string): Field {
  return text(key, ({ phase }) => (phase.kind === 'idle' ? MISSING_STRING : read(phase.target)));
}

/** `field`, missing about once in `everyS` seconds, for about `lastsS` seconds. */
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

/** A condition that alternates: false for about `falseS` seconds, then true for about `trueS`. */
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
