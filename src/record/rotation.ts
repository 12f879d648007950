import { extname } from 'node:path';
import { takenName } from '../database/new-recording.js';
import { TimeZone } from '../selection/time-zone.js';
import { DAY_S, NOON_S } from '../shared/calendar.js';
import * as expect from '../shared/expect.js';

/** When a recording goes on in its next file. The first rule that applies counts. */
export interface RotationRules {
  /** Once a file has this size. */
  readonly sizeBytes: number | undefined;
  /** Once a file is this old. */
  readonly everyS: number | undefined;
  /** At noon, by the clock of this zone. */
  readonly nightsOf: string | undefined;
}

/**
 * Parses rules: `night`, a time such as `1h`, a size such as `2GiB`.
 *
 * @param name names the option in errors
 * @param zone of the noon
 * @returns undefined where there is none
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseRotation(
  name: string,
  given: string | readonly string[],
  zone: string,
): RotationRules | undefined {
  const texts = expect.texts(name, given);
  if (texts.length === 0) return undefined;
  let [sizeBytes, everyS, nightsOf]: [number?, number?, string?] = [];
  for (const text of texts) {
    const spanS = expect.secondsOf(text);
    if (text === 'night') nightsOf = zone;
    else if (spanS > 0 && !/^[\d.]+$/.test(text)) everyS = spanS;
    else if (/[a-z]/i.test(text) && expect.bytesOf(text) !== undefined) sizeBytes = expect.bytesOf(text);
    else throw expect.badOption(name, 'night, a time such as 1h, or a size such as 2GiB', text);
  }
  return { sizeBytes, everyS, nightsOf };
}

/** Says when the next file of a recording is due, and what it is called. */
export class Rotation {
  private readonly _path: string;
  private readonly _rules: RotationRules;
  private readonly _zone: TimeZone | undefined;
  private _dueMs = Number.POSITIVE_INFINITY;

  /** @param path as the user gave it: `/data/tcs.db` */
  constructor(path: string, rules: RotationRules) {
    this._path = path;
    this._rules = rules;
    if (rules.nightsOf !== undefined) this._zone = new TimeZone(rules.nightsOf);
  }

  /**
   * The path of a file that begins now: that of the night, `/data/tcs-2026-11-29.db`, or of a number, `/data/tcs-0001.db`. A name that is taken gets
   * the next number.
   *
   * @param nowMs milliseconds since 1970
   */
  pathAt(nowMs: number): string {
    const ext = extname(this._path);
    const stem = this._path.slice(0, this._path.length - ext.length);
    const evening = this._zone && new Date(1000 * DAY_S * this._nightAt(nowMs)).toISOString().slice(0, 10);
    for (let number = 1; ; number++) {
      const mark =
        evening === undefined
          ? String(number).padStart(4, '0')
          : `${evening}${number === 1 ? '' : `-${number}`}`;
      const path = `${stem}-${mark}${ext}`;
      if (takenName(path) === undefined) return path;
    }
  }

  /** Begins a file: from now on its age counts. */
  begin(nowMs: number): void {
    const { everyS = Number.POSITIVE_INFINITY } = this._rules;
    const noonMs =
      this._zone === undefined
        ? Number.POSITIVE_INFINITY
        : 1000 * this._zone.unixS((this._nightAt(nowMs) + 1) * DAY_S + NOON_S);
    this._dueMs = Math.min(nowMs + 1000 * everyS, noonMs);
  }

  /** Whether what was received at a time belongs into the next file. */
  isDueAt(receivedMs: number): boolean {
    return receivedMs >= this._dueMs;
  }

  /** Whether a file is large enough. */
  isFull(sizeBytes: number): boolean {
    return sizeBytes >= (this._rules.sizeBytes ?? Number.POSITIVE_INFINITY);
  }

  /** The night of a time: the date of its evening, in days since 1970. */
  private _nightAt(nowMs: number): number {
    const wallS = this._zone?.wallS(nowMs / 1000) ?? 0;
    return Math.floor((wallS - NOON_S) / DAY_S);
  }
}
