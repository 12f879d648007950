import { alternation, type Field } from './field.js';
import type { Moment } from './moment.js';

/** One of `names`, kept for about `dwellS` seconds; the first is twice as likely as any other. */
export function mode(key: string, names: readonly string[], dwellS = 300): Field {
  const draw = [names[0] as string, ...names];
  return {
    key,
    dataType: 'string',
    start: (random) => {
      let name = random.pick(draw);
      let leftS = random.exponential(dwellS);
      return ({ sinceLastS }) => {
        leftS -= sinceLastS;
        if (leftS <= 0) {
          name = random.pick(draw);
          leftS = random.exponential(dwellS);
        }
        return name;
      };
    },
  };
}

/** A boolean that is true for about `trueS` seconds, then false for about `falseS`. */
export function flag(key: string, trueS: number, falseS: number): Field {
  return {
    key,
    dataType: 'boolean',
    start: (random) => {
      const isTrue = alternation(random, falseS, trueS);
      return (moment) => (isTrue(moment) ? 'true' : 'false');
    },
  };
}

/** A boolean that follows the state of the telescope. */
export function whether(key: string, test: (moment: Moment) => boolean): Field {
  return { key, dataType: 'boolean', start: () => (moment) => (test(moment) ? 'true' : 'false') };
}
