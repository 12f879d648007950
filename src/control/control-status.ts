import type { ReplayStatus } from '../playback/playback.js';
import type { SearchStatus } from '../playback/search-status.js';
import { isoText } from '../selection/time-point.js';

/** The status of a replay for JSON: unknown numbers are null, and an infinite speed is `max`. */
export interface ControlStatus extends Nullable<Omit<ReplayStatus, 'speedup' | 'search'>> {
  readonly speedup: number | 'max';
  /** The position, and the first and last event of the recordings, in Universal Time as ISO 8601; null: not known. */
  readonly position: string | null;
  readonly first: string | null;
  readonly last: string | null;
  /** The search ahead that is under way; null: there is none. */
  readonly search: Nullable<SearchStatus> | null;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] extends number ? number | null : T[K] };

export function controlStatus(status: ReplayStatus): ControlStatus {
  const { state, speedup, positionS, firstS, lastS, search, ...figures } = status;
  return {
    state,
    position: isoOrNull(positionS),
    positionS: finiteOrNull(positionS),
    first: isoOrNull(firstS),
    firstS: finiteOrNull(firstS),
    last: isoOrNull(lastS),
    lastS: finiteOrNull(lastS),
    speedup: speedup === Number.POSITIVE_INFINITY ? 'max' : speedup,
    search: search === undefined ? null : nullable(search),
    ...nullable(figures),
  };
}

function nullable<T extends object>(values: T): Nullable<T> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? finiteOrNull(value) : value,
    ]),
  ) as Nullable<T>;
}

/** A number for JSON. Null if it is undefined, NaN or infinite. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** A time in Unix seconds as ISO 8601. Null if it is undefined, NaN or infinite. */
export function isoOrNull(timeS: number | undefined): string | null {
  return timeS !== undefined && Number.isFinite(timeS) ? isoText(timeS) : null;
}
