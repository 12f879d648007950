import { TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import { CATALOGUE } from './catalogue.js';
import type { GenerateOptions } from './generate-options.js';
import { COMMON_KEYS } from './topic-source.js';

/** The options with all defaults filled in and the rate resolved. */
export interface GeneratePlan {
  readonly path: string;
  readonly seed: number;
  /** Exact number of events of each night; undefined where only the duration limits it. */
  readonly eventsOfNights: readonly number[] | undefined;
  /** Length of each night; undefined: as long as its events take at the natural rates. */
  readonly durationS: number | undefined;
  readonly nights: number;
  readonly topics: number;
  /** Attribute rows of each event; undefined: as each topic defines. */
  readonly attributes: number | undefined;
  readonly startUnixS: number;
  readonly overwrite: boolean;
  /** What the user calls that option, for errors. */
  readonly overwriteOption: string;
}

const DEFAULT_DURATION_S = 600;

/** 2018-03-24T01:15:00Z, when it gets dark at McDonald Observatory. */
const DEFAULT_START_UNIX_S = 1_521_854_100;

/** With several nights, at least an hour lies between two of them. */
export const LONGEST_NIGHT_S = 23 * 3600;

/** Clocks tick in microseconds, and events are held until the log order is settled: see `nightEvents`. */
const HIGHEST_RATE_HZ = 100_000;

/** Some months. `NightPhases` keeps every phase, so its memory grows with the duration. */
const LONGEST_DURATION_S = 10_000_000;

/** The end of the year 2099. */
const LATEST_START_UNIX_S = 4_102_444_800;

/**
 * Checks the options, and fills in the defaults.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function planOf(
  options: GenerateOptions,
  nameOf: expect.NameOf<keyof GenerateOptions> = (option) => option,
): GeneratePlan {
  const { path, rateHz, attributes, overwrite = false } = options;
  const nights = expect.integer(nameOf('nights'), options.nights ?? 1, 1, 100_000);
  if (attributes !== undefined) expect.integer(nameOf('attributes'), attributes, COMMON_KEYS.length, 10_000);
  if (options.events !== undefined) expect.integer(nameOf('events'), options.events, nights);
  if (rateHz !== undefined) expect.above(nameOf('rateHz'), rateHz, 0, HIGHEST_RATE_HZ);
  if (options.events !== undefined && options.durationS !== undefined && rateHz !== undefined) {
    const both = `${nameOf('events')}, ${nameOf('durationS')}`;
    throw expect.notTogether(both, nameOf('rateHz'), 'two of them determine the third');
  }
  const durationS = resolveDurationS(options, nights);
  if (durationS !== undefined) expect.above(nameOf('durationS'), durationS, 0, LONGEST_DURATION_S);
  if (options.events !== undefined && durationS !== undefined) {
    expect.above(
      `${nameOf('events')} / ${nameOf('durationS')}`,
      options.events / nights / durationS,
      0,
      HIGHEST_RATE_HZ,
    );
  }
  if (nights > 1 && durationS !== undefined && durationS > LONGEST_NIGHT_S) throw nightTooLong();
  const events =
    options.events ??
    (rateHz === undefined || durationS === undefined
      ? undefined
      : nights * Math.max(1, Math.round(rateHz * durationS)));
  return {
    path,
    seed: expect.integer(nameOf('seed'), options.seed ?? 1, 0),
    eventsOfNights: events === undefined ? undefined : share(events, nights),
    durationS,
    nights,
    topics: expect.integer(nameOf('topics'), options.topics ?? CATALOGUE.length, 1, 100_000),
    attributes,
    startUnixS: expect.atLeast(
      nameOf('startUnixS'),
      options.startUnixS ?? DEFAULT_START_UNIX_S,
      0,
      LATEST_START_UNIX_S,
    ),
    overwrite,
    overwriteOption: nameOf('overwrite'),
  };
}

/** The error for nights that would overlap. */
export function nightTooLong(): TcsReplayError {
  return new TcsReplayError(
    'BAD_OPTION',
    'Expected each night to last at most 23h, as the next one begins after 24h: ask for fewer events, a shorter duration, a higher rate or more nights',
  );
}

function resolveDurationS(
  { events, durationS, rateHz }: GenerateOptions,
  nights: number,
): number | undefined {
  if (durationS !== undefined) return durationS;
  if (events === undefined) return DEFAULT_DURATION_S;
  return rateHz === undefined ? undefined : events / nights / rateHz;
}

/** Divides a total into equal parts; the first parts get the remainder, one each. */
function share(total: number, parts: number): number[] {
  const least = Math.floor(total / parts);
  return Array.from({ length: parts }, (_, part) => least + (part < total % parts ? 1 : 0));
}
