import * as text from '../../shared/text.js';
import { fittedParts, type Part } from './fitted-parts.js';
import { shareParts } from './share-parts.js';

/** Something that takes time: a database that is prepared, read or checked, a night that is generated. */
export interface Task {
  /** `indexing`, `reading`. */
  readonly what: string;
  readonly path?: string;
  /** 0 to 1; undefined: not known. */
  readonly share: number | undefined;
  /** What was done so far: `1,200 events`. */
  readonly counts?: readonly string[];
}

/** An estimate from less time would jump. */
const LEAST_ELAPSED_S = 1;

/** The line on a task that is under way, with the time left as far as it can be told from the pace until now. */
export class TaskProgress {
  private _task = '';
  private _firstShare = 0;
  private _firstMs = 0;

  /** @param columns width of the terminal: on a narrow one, less important parts are left out */
  line({ what, path, share, counts = [] }: Task, columns: number): string {
    const leftS = this._leftS(`${what} ${path}`, share ?? 0);
    const parts: Part[] = [
      ...(share === undefined ? [] : shareParts(share)),
      { weight: 9, shown: what },
      ...counts.map((shown) => ({ weight: 8, shown })),
      ...(Number.isNaN(leftS) ? [] : [{ weight: 6, shown: `${text.span(leftS)} left` }]),
      ...(path === undefined ? [] : [{ weight: 5, shown: text.name(path) }]),
    ];
    return fittedParts(parts, columns);
  }

  private _leftS(task: string, share: number): number {
    const nowMs = performance.now();
    if (task !== this._task || share < this._firstShare) {
      this._task = task;
      this._firstShare = share;
      this._firstMs = nowMs;
    }
    const elapsedS = (nowMs - this._firstMs) / 1000;
    const done = share - this._firstShare;
    return elapsedS < LEAST_ELAPSED_S || done <= 0 || share >= 1
      ? Number.NaN
      : (elapsedS * (1 - share)) / done;
  }
}
