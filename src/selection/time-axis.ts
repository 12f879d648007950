import { DAY_S } from '../shared/calendar.js';
import type { TimeZone } from './time-zone.js';
import { isDate } from './wall-text.js';

const MINUTE_S = 60;
const HOUR_S = 3600;

/** Round distances between marks. */
const STEPS_S = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_S),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR_S),
  ...[1, 2, 5, 10, 30, 100, 365].map((days) => days * DAY_S),
];
/** Columns between the label of a mark and the next mark. */
const LEAST_SPACE = 3;

/** A recorded time on the axis. */
export interface Mark {
  readonly timeS: number;
  readonly column: number;
  readonly label: string;
}

/** The marks of a timeline, cached for the last one: conversions of a time zone are slow. */
export class TimeAxis {
  readonly zone: TimeZone;
  private _marks: readonly Mark[] = [];
  private _of: readonly [fromS: number, toS: number, columns: number] = [Number.NaN, Number.NaN, 0];

  constructor(zone: TimeZone) {
    this.zone = zone;
  }

  /** `timeMarks`, cached. */
  marks(fromS: number, toS: number, columns: number): readonly Mark[] {
    const [lastFromS, lastToS, lastColumns] = this._of;
    if (fromS !== lastFromS || toS !== lastToS || columns !== lastColumns) {
      this._of = [fromS, toS, columns];
      this._marks = timeMarks(fromS, toS, columns, this.zone);
    }
    return this._marks;
  }
}

/**
 * Round local times between two moments, far enough apart for their labels: mostly hours, or dates if the span is
 * several days.
 *
 * @param fromS, toS Unix seconds
 */
export function timeMarks(fromS: number, toS: number, columns: number, zone: TimeZone): Mark[] {
  const spanS = toS - fromS;
  if (!(spanS > 0) || !isDate(fromS) || !isDate(toS)) return [];
  const stepS = STEPS_S.find((step) => (step / spanS) * columns >= labelWidth(step) + LEAST_SPACE);
  if (stepS === undefined) return [];
  const marks: Mark[] = [];
  // Local times include an hour that the clock shows twice: a column gets one mark only.
  for (let wallS = Math.ceil(zone.wallS(fromS) / stepS) * stepS; ; wallS += stepS) {
    const timeS = zone.unixS(wallS);
    if (timeS > toS) return marks;
    if (timeS < fromS) continue;
    const column = columnOf(timeS, fromS, toS, columns);
    const label = labelOf(wallS, stepS);
    if (column + label.length <= columns && column > (marks.at(-1)?.column ?? -1)) {
      marks.push({ timeS, column, label });
    }
  }
}

/** The column of a time between two others; times outside get the first or last column. NaN if any of them is NaN. */
export function columnOf(timeS: number, fromS: number, toS: number, columns: number): number {
  const column = Math.floor(((timeS - fromS) / (toS - fromS)) * columns);
  return Math.max(0, Math.min(columns - 1, column));
}

function labelWidth(stepS: number): number {
  return stepS < MINUTE_S ? 'HH:MM:SS'.length : 'HH:MM'.length;
}

function labelOf(wallS: number, stepS: number): string {
  const iso = new Date(wallS * 1000).toISOString();
  if (wallS % DAY_S === 0 && stepS >= 3 * HOUR_S) return iso.slice(5, 10);
  return stepS < MINUTE_S ? iso.slice(11, 19) : iso.slice(11, 16);
}
