import type { ReplayStatus } from '../playback/playback.js';
import { isoText } from '../selection/time-point.js';

/** Where a replay stands, for JSON: what is not known is null, and an endless speed `max`. */
export interface ControlStatus extends Nullable<Omit<ReplayStatus, 'speedup'>> {
  readonly speedup: number | 'max';
  /** Where the replay stands, and the recordings' first and last event, in Universal Time, as ISO 8601. */
  readonly position: string | null;
  readonly first: string | null;
  readonly last: string | null;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] extends number ? number | null : T[K] };

export function controlStatus(status: ReplayStatus): ControlStatus {
  const { state, speedup, positionS, firstS, lastS, ...figures } = status;
  return {
    state,
    position: isoOrNull(positionS),
    positionS: finiteOrNull(positionS),
    first: isoOrNull(firstS),
    firstS: finiteOrNull(firstS),
    last: isoOrNull(lastS),
    lastS: finiteOrNull(lastS),
    speedup: speedup === Number.POSITIVE_INFINITY ? 'max' : speedup,
    ...(Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [
        name,
        typeof value === 'number' ? finiteOrNull(value) : value,
      ]),
    ) as Nullable<typeof figures>),
  };
}

/** A recorded time in a reply, in Unix seconds, and again as ISO 8601. Null: there is none. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

export function isoOrNull(timeS: number | undefined): string | null {
  return timeS !== undefined && Number.isFinite(timeS) ? isoText(timeS) : null;
}
