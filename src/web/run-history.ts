import { finiteOrNull } from '../control/control-status.js';
import { STALL_CAUSES } from '../measure/stalls.js';
import type { RunPoint } from './protocol.js';
import type { ShownReplay } from './shown-replay.js';

/** An hour at a point a second. */
const MOST_POINTS = 3600;
const CAUSES = ['readAhead', 'eventLoop', 'send'] as const;

/** What is kept of how a replay ran: a point a second, for an hour. A page that is opened later, or anew, shows the same. */
export class RunHistory {
  private readonly _replay: ShownReplay;
  private readonly _points: RunPoint[] = [];
  private _stalledS: readonly number[] = CAUSES.map(() => 0);

  constructor(replay: ShownReplay) {
    this._replay = replay;
  }

  /** The points so far, from the oldest on. */
  get points(): readonly RunPoint[] {
    return this._points;
  }

  /** Adds the point of the last second. */
  add(): RunPoint {
    const { tally, playback, isView, load } = this._replay;
    const { eventsPerS, positionS, lateness, subscribers } = tally.progress();
    const { readAhead } = playback;
    const point: RunPoint = {
      atMs: Date.now(),
      eventsPerS: Math.round(eventsPerS * 100) / 100,
      positionS: finiteOrNull(positionS),
      latenessP50Ms: millisecondsOrNull(lateness?.p50Us),
      latenessP99Ms: millisecondsOrNull(lateness?.p99Us),
      latenessMaxMs: millisecondsOrNull(lateness?.maxUs),
      stalls: this._newStalls(),
      readAhead: readAhead === undefined ? null : Math.min(1, readAhead.heldBytes / readAhead.totalBytes),
      subscribers: isView ? null : subscribers,
      load: load?.takePoint() ?? null,
    };
    this._points.push(point);
    if (this._points.length > MOST_POINTS) this._points.shift();
    return point;
  }

  /** How long events were held up since the last point, by cause. */
  private _newStalls(): RunPoint['stalls'] {
    const { stalls } = this._replay.tally.counts;
    const before = this._stalledS;
    this._stalledS = CAUSES.map((cause) => stalls[cause].totalS);
    return CAUSES.map((cause, i) => ({
      cause: STALL_CAUSES[cause],
      durationMs: 1000 * (this._stalledS[i] - before[i]),
    })).filter(({ durationMs }) => durationMs > 0);
  }
}

function millisecondsOrNull(us: number | undefined): number | null {
  return us === undefined ? null : us / 1000;
}
