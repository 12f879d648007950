import { badOption, numberOf, secondsOf } from '../shared/expect.js';

const HERTZ = /^(.*\S)\s*hz$/i;
const [SHORTEST_S, LONGEST_S] = [0.01, 86_400];

/**
 * Time between two messages of the clock, in seconds: `0.1`, `100ms`, or as a rate: `10Hz`.
 *
 * @param name what the user calls the option
 * @throws TcsReplayError `BAD_OPTION`
 */
export function clockInterval(value: number | string, name: string): number {
  const intervalS = typeof value === 'number' ? value : intervalOf(value);
  if (intervalS >= SHORTEST_S && intervalS <= LONGEST_S) return intervalS;
  throw badOption(
    name,
    'a rate such as 10Hz, at most 100Hz, or a time such as 0.1 or 2s, at most a day',
    value,
  );
}

function intervalOf(text: string): number {
  const hertz = HERTZ.exec(text.trim())?.[1];
  // To the microsecond: of 100 Hz and 0.01 s neither is shorter.
  return hertz === undefined ? secondsOf(text) : Math.round(1e6 / numberOf(hertz)) / 1e6;
}
