/**
 * What is made before a database can be played: a copy of it, an index of its attributes, an order by time; or notes of
 * the states of its topics, before they can be told.
 */
export type PreparationKind = 'snapshot' | 'index' | 'order' | 'states';

/** How far the preparation of a database is. */
export interface Preparation {
  /** The database, as the user gave it. */
  readonly path: string;
  readonly what: PreparationKind;
  /** 0 to 1. */
  readonly share: number;
}

/** Is called a few times a second while something is made, and at its end. */
export type OnPreparation = (preparation: Preparation) => void;

/** Is told by whoever makes something how far that is: 0 to 1. */
export type ReportShare = (what: PreparationKind, share: number) => void;

const KINDS: readonly PreparationKind[] = ['snapshot', 'index', 'order', 'states'];

/** Memory that a thread and the main thread share: what is being made, and how far that is. */
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

/** The main thread's side of a gauge. @returns undefined where nothing is made, or not yet */
export function readGauge(gauge: Gauge): { what: PreparationKind; share: number } | undefined {
  const what = KINDS[gauge[0] - 1];
  return what === undefined ? undefined : { what, share: gauge[1] };
}

const POLL_MS = 100;

/**
 * Tells how far something is while it is being made.
 *
 * @param read gives that; undefined while there is nothing to tell
 * @returns what was made
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
  }, POLL_MS);
  try {
    const made = await making;
    const last = read();
    if (last !== undefined) onPreparation({ path, what: last.what, share: 1 });
    return made;
  } finally {
    clearInterval(timer);
  }
}
