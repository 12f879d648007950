import { badOption, integer, LONGEST_SPAN_S, secondsOf } from '../../shared/expect.js';

/** How long a subscriber takes for its events, and whether it needs the processor for that. Times in nanoseconds. */
export type ServiceModel =
  /** It keeps up: no time at all. */
  | { readonly kind: 'none' }
  /** Each event takes the same time of the processor. */
  | { readonly kind: 'spin'; readonly serviceNs: number }
  /** Each event takes the processor for a time that is distributed exponentially. */
  | { readonly kind: 'exponential'; readonly meanNs: number }
  /** Each event takes the same time, which the subscriber sleeps. */
  | { readonly kind: 'sleep'; readonly serviceNs: number }
  /** Once a period the subscriber stands still: an event that comes meanwhile is taken, and done when it goes on. */
  | { readonly kind: 'stall'; readonly lengthNs: number; readonly periodNs: number }
  /** After each batch of `events` the subscriber stands still, as if it wrote them to a disk. */
  | { readonly kind: 'batch'; readonly events: number; readonly lengthNs: number }
  /** Once a period the subscriber takes no event for a time. */
  | { readonly kind: 'stop'; readonly lengthNs: number; readonly periodNs: number };

/** How a service is written, for errors and documentation. */
const FORMS =
  'a time with its unit such as 200us, exp:200us, cpu:200us, sleep:5ms, stall:200ms/10s, batch:1000:200ms or stop:5s/60s';
/** A unit ends the text: `200` could be meant as microseconds, and would be seconds. */
const HAS_UNIT = /[a-zµμ]\s*$/i;

/**
 * Reads a service: `200us` and `cpu:200us` spin, `exp:200us` spins for a random time of that mean, `sleep:5ms` sleeps,
 * `stall:200ms/10s` stands still for 200 ms each 10 s, `batch:1000:200ms` for 200 ms after each 1000 events, `stop:5s/60s`
 * takes no event for 5 s each 60 s.
 *
 * @param name what the user calls it, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseServiceModel(name: string, text: string): ServiceModel {
  const colon = text.indexOf(':');
  const kind = colon === -1 ? 'cpu' : text.slice(0, colon).trim();
  const rest = text.slice(colon + 1);
  switch (kind) {
    case 'cpu':
      return { kind: 'spin', serviceNs: timeNs(name, rest, text) };
    case 'exp':
      return { kind: 'exponential', meanNs: timeNs(name, rest, text) };
    case 'sleep':
      return { kind: 'sleep', serviceNs: timeNs(name, rest, text) };
    case 'stall':
    case 'stop':
      return { kind, ...periodic(name, rest, text) };
    case 'batch': {
      const [events = '', length = ''] = rest.split(/:(.*)/s);
      return {
        kind,
        events: integer(`the events of a batch of ${name}`, events, 1),
        lengthNs: timeNs(name, length, text),
      };
    }
    default:
      throw badOption(name, FORMS, text);
  }
}

/** `200ms/10s`: a length, and the period in which it comes once. */
function periodic(name: string, rest: string, text: string): { lengthNs: number; periodNs: number } {
  const [length = '', period = ''] = rest.split(/\/(.*)/s);
  const lengthNs = timeNs(name, length, text);
  const periodNs = timeNs(name, period, text);
  if (lengthNs < periodNs) return { lengthNs, periodNs };
  throw badOption(name, 'a length below its period, such as 200ms/10s', text);
}

function timeNs(name: string, part: string, text: string): number {
  const seconds = HAS_UNIT.test(part) ? secondsOf(part) : Number.NaN;
  if (seconds > 0 && seconds <= LONGEST_SPAN_S) return Math.max(1, Math.round(seconds * 1e9));
  throw badOption(name, FORMS, text);
}
