import { PROGRESS_INTERVAL_MS } from '../shared/clock.js';

/**
/**
 * What is made to play a database: a copy of it, its normal form, an index of its attributes, an order by time; notes of the
 * states of its topics, for the past; or its events as they are played. `ascent`: whether an index is needed at all is found
 * out. `verification`: what is in the cache, or goes there, is read through.
 */
export type PreparationKind =
  | 'snapshot'
  | 'normalForm'
  | 'index'
  | 'ascent'
  | 'order'
  | 'states'
  | 'prepared'
  | 'verification';

/** Progress of the preparation of a database. */
export interface Preparation {
  /** The database, as the user gave it. */
  readonly path: string;
  readonly what: PreparationKind;
  /** 0 to 1. */
  readonly share: number;
}

/** Called a few times a second while something is made, and at its end. */
export type OnPreparation = (preparation: Preparation) => void;

/** Reports the progress of something that is made. @param share 0 to 1 */
export type ReportShare = (what: PreparationKind, share: number) => void;

const KINDS: readonly PreparationKind[] = [
  'snapshot',
  'normalForm',
  'index',
  'ascent',
  'order',
  'states',
  'prepared',
  'verification',
];

/** Memory that a thread shares with the main thread: what is being made, and its progress. */
export type Gauge = Float64Array<SharedArrayBuffer>;

export function newGauge(): Gauge {
  return new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
}

/** The thread's side of a gauge. */
export function reporter(gauge: Gauge): ReportShare {
  return (what, share) => {
    gauge[1] = share;
    gauge[0] = 1 + KINDS.indexOf(what);
  };
}

/** The main thread's side of a gauge. @returns undefined where nothing is being made */
export function readGauge(gauge: Gauge): { what: PreparationKind; share: number } | undefined {
  const what = KINDS[gauge[0] - 1];
  return what === undefined ? undefined : { what, share: gauge[1] };
}

/**
 * Reports progress until a promise settles.
 *
 * @param read gives the progress; undefined while nothing is being made
 * @returns the result of the promise
 */
export async function watched<T>(
  making: Promise<T>,
  path: string,
  read: () => { what: PreparationKind; share: number } | undefined,
  onPreparation: OnPreparation | undefined,
): Promise<T> {
  if (onPreparation === undefined) return making;
  const timer = setInterval(() => {
    const found = read();
    if (found !== undefined) onPreparation({ path, ...found });
  }, PROGRESS_INTERVAL_MS);
  try {
    const made = await making;
    const last = read();
    if (last !== undefined) onPreparation({ path, what: last.what, share: 1 });
    return made;
  } finally {
    clearInterval(timer);
  }
}
