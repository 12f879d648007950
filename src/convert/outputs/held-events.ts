import type { Batch } from '../../batch/batch.js';

interface HeldRun {
  readonly batch: Batch;
  next: number;
  end: number;
}

/** Events that wait to be written, in order. They keep their batches from being freed. */
export class HeldEvents {
  private _runs: HeldRun[] = [];
  /** Number of runs before the first one that is not empty. */
  private _taken = 0;
  private _sizeBytes = 0;
  private _count = 0;

  /** Of the payloads of all events that wait. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** Number of events that wait. */
  get count(): number {
    return this._count;
  }

  get isEmpty(): boolean {
    return this._count === 0;
  }

  add(batch: Batch, i: number): void {
    this._sizeBytes += sizeOf(batch, i);
    this._count += 1;
    const last = this._taken === this._runs.length ? undefined : this._runs.at(-1);
    if (last?.batch === batch && last.end === i) last.end += 1;
    else this._runs.push({ batch, next: i, end: i + 1 });
  }

  /** Takes the event that has waited longest. There must be one. */
  take(): { readonly batch: Batch; readonly i: number } {
    const run = this._runs[this._taken];
    const { batch } = run;
    const i = run.next++;
    this._sizeBytes -= sizeOf(batch, i);
    this._count -= 1;
    if (run.next === run.end) this._taken += 1;
    // Moved seldom, so that taking costs the same however many wait.
    if (2 * this._taken > this._runs.length) {
      this._runs = this._runs.slice(this._taken);
      this._taken = 0;
    }
    return { batch, i };
  }
}

function sizeOf(batch: Batch, i: number): number {
  return batch.endOf(i) - batch.startOf(i);
}
