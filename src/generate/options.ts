import { TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import { CATALOGUE } from './catalogue.js';
import { COMMON_KEYS } from './topic-source.js';

/** What has been done so far. */
export interface GenerateProgress {
  readonly events: number;
  /** How many there will be, where that is known beforehand. */
  readonly totalEvents?: number;
  /** Attribute rows. */
  readonly rows: number;
}

/**
 * What to generate. Of `events`, `durationS` and `rateHz` two determine the third, so not all three can be given;
 * with `events` or `durationS` alone, topics report at their natural rates (about 140 events/s); with `rateHz`
 * alone or none of them, `durationS` is 600.
 */
export interface GenerateOptions {
  /** The database to write. */
  readonly path: string;
  /** Whole number from 0 to 2^53 - 1; the same options give the same bytes. Default 1. */
  readonly seed?: number;
  /** Exact number of events, of all nights together, 1 or more for each of them. */
  readonly events?: number;
  /** Seconds from the first to the last event of each night, about; more than 0, at most 10,000,000. */
  readonly durationS?: number;
  /** Number of nights, 24 hours from start to start; at least 1, which is the default. */
  readonly nights?: number;
  /** Number of topics; fewer take the most important ones, more add numbered parts. Default 50. */
  readonly topics?: number;
  /** Attribute rows of each event, the six common ones included: at least 6. Default: as each topic has them. */
  readonly attributes?: number;
  /** Mean rate of events during a night, all topics together; more than 0, at most 100,000. */
  readonly rateHz?: number;
  /** Start of the first night, Unix seconds. Default 1521854100, dusk in Texas on 2018-03-23. */
  readonly startUnixS?: number;
  /** Replace an existing file. Default false. */
  readonly overwrite?: boolean;
  /** Aborts: the promise is rejected with the signal's reason, and no file is left. */
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: GenerateProgress) => void;
}

/** The options with all defaults filled in and the rate resolved. */
export interface Plan {
  readonly path: string;
  readonly seed: number;
  /** Exact events of each night, or undefined when the duration alone decides. */
  readonly eventsOfNights: readonly number[] | undefined;
  /** Of each night; undefined: as long as the events take at the natural rates. */
  readonly durationS: number | undefined;
  readonly nights: number;
  readonly topics: number;
  readonly attributes: number | undefined;
  readonly startUnixS: number;
  readonly overwrite: boolean;
}

const DEFAULT_DURATION_S = 600;

/** 2018-03-24T01:15:00Z, when it gets dark at McDonald Observatory. */
const DEFAULT_START_UNIX_S = 1_521_854_100;

/** With more nights than one, there is an hour between them at least. */
export const LONGEST_NIGHT_S = 23 * 3600;

/** Clocks tick in microseconds, and those under way are held: see `nightEvents`. */
const HIGHEST_RATE_HZ = 100_000;

/** Some months: the plan of the targets is held, and would grow without a bound. */
const LONGEST_DURATION_S = 10_000_000;

/** The end of the year 2099. */
const LATEST_START_UNIX_S = 4_102_444_800;

/**
 * Fills in defaults, checks every option and resolves the rate.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws {TcsReplayError} `BAD_OPTION`, which says what was expected and what was given
 */
export function resolveOptions(
  options: GenerateOptions,
  nameOf: expect.NameOf<keyof GenerateOptions> = (option) => option,
): Plan {
  const { path, rateHz, attributes, overwrite = false } = options;
  const nights = expect.integer(nameOf('nights'), options.nights ?? 1, 1, 100_000);
  if (attributes !== undefined) expect.integer(nameOf('attributes'), attributes, COMMON_KEYS.length, 10_000);
  if (options.events !== undefined) expect.integer(nameOf('events'), options.events, nights);
  if (rateHz !== undefined) expect.above(nameOf('rateHz'), rateHz, 0, HIGHEST_RATE_HZ);
  if (options.events !== undefined && options.durationS !== undefined && rateHz !== undefined) {
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected at most two of \`${nameOf('events')}\`, \`${nameOf('durationS')}\` and \`${nameOf('rateHz')}\`, which determine the third, got all three`,
    );
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
  };
}

/** The error for nights that would run into each other. */
export function nightTooLong(): TcsReplayError {
  return new TcsReplayError(
    'BAD_OPTION',
    'Expected each night to last at most 23 h, as the next one begins after 24 h: ask for fewer events, a shorter duration, a higher rate or more nights',
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

/** Shares a whole out evenly; the first parts get what is left over. */
function share(total: number, parts: number): number[] {
  const least = Math.floor(total / parts);
  return Array.from({ length: parts }, (_, part) => least + (part < total % parts ? 1 : 0));
}
