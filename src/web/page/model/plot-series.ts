import { signal } from '@preact/signals';
import type { SeriesPart, ToPage } from '../../protocol.js';
import { readLines } from '../connection/read-lines.js';
import { RefusedError } from '../connection/session.js';
import type { Span } from './window.js';

/** The name of an attribute. */
export interface Attribute {
  readonly topic: string;
  readonly attribute: string;
}

type Tail = Extract<ToPage, { op: 'tails' }>['tails'][number];
type State = NonNullable<SeriesPart['states']>[number];

/** The history of one attribute within a window, and what has come since. */
export class PlotSeries {
  /** Counts up with each change. */
  readonly version = signal(0);
  /** Undefined: not known yet. */
  kind: SeriesPart['kind'] | undefined;
  span: Span | undefined;
  bins = 0;
  min: (number | null)[] = [];
  max: (number | null)[] = [];
  states: readonly State[] = [];
  isThinned = false;
  /** 0…1 */
  done = 0;
  fault: string | undefined;
  /** The newest value that was sent. */
  tail: Tail | undefined;
  private readonly _of: Attribute;
  private _abort = new AbortController();

  constructor(of: Attribute) {
    this._of = of;
  }

  async read({ fromS, toS }: Span, bins: number): Promise<void> {
    this.stop();
    this._abort = new AbortController();
    const { signal } = this._abort;
    const query = new URLSearchParams({
      ...this._of,
      ...{ from: `${fromS}`, to: `${toS}`, bins: `${bins}` },
    });
    try {
      await readLines<SeriesPart>(
        `/api/series?${query}`,
        (part) => signal.aborted || this._take(part),
        signal,
      );
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.fault = error.message;
    }
    this.version.value++;
  }

  stop(): void {
    this._abort.abort();
  }

  /** Puts a live value into its bin. */
  addTail(tail: Tail): void {
    this.tail = tail;
    if (this.kind === 'state') this._addState(tail);
    else this._addNumber(tail);
    this.version.value++;
  }

  /** The least and the greatest value of the bin at a time. */
  rangeAt(timeS: number): readonly [min: number, max: number] | undefined {
    const bin = this._binAt(timeS);
    if (bin === undefined) return undefined;
    // The value holds until the next one.
    for (let i = bin; i >= 0; i--) {
      const [min, max] = [this.min[i], this.max[i]];
      if (min != null && max != null) return [min, max];
    }
    return undefined;
  }

  stateAt(timeS: number): string | null | undefined {
    return this.states.findLast(({ atS }) => atS <= timeS)?.value;
  }

  private _binAt(timeS: number): number | undefined {
    if (this.span === undefined) return undefined;
    const { fromS, toS } = this.span;
    const bin = Math.floor(((timeS - fromS) / (toS - fromS)) * this.bins);
    return bin >= 0 && bin < this.bins ? bin : undefined;
  }

  private _take(part: SeriesPart): void {
    const { fromS, toS, bins } = part;
    const isSameWindow = this.span?.fromS === fromS && this.span.toS === toS && this.bins === bins;
    if (!isSameWindow && this.kind !== undefined && isEmpty(part)) {
      // What was known before is better than nothing: when the page is zoomed, made wider, or printed.
      this.done = part.done;
      this.version.value++;
      return;
    }
    if (!isSameWindow || this.kind !== part.kind) {
      this.span = { fromS, toS };
      this.bins = bins;
      this.min = new Array(bins).fill(null);
      this.max = new Array(bins).fill(null);
      this.states = [];
    }
    this.kind = part.kind;
    part.min?.forEach((value, i) => {
      this.min[part.firstBin + i] = value;
    });
    part.max?.forEach((value, i) => {
      this.max[part.firstBin + i] = value;
    });
    if (part.states !== undefined) this.states = part.states;
    this.isThinned = part.isThinned ?? false;
    this.done = part.isLast ? 1 : part.done;
    this.fault = undefined;
    this.version.value++;
  }

  private _addNumber({ atS, min, max }: Tail): void {
    const bin = this._binAt(atS);
    if (bin === undefined || min === null || max === null) return;
    this.min[bin] = Math.min(this.min[bin] ?? min, min);
    this.max[bin] = Math.max(this.max[bin] ?? max, max);
  }

  /** Only after the last change that is known: between others the history knows better. */
  private _addState({ atS, text }: Tail): void {
    const last = this.states.at(-1);
    if (
      this.span === undefined ||
      atS > this.span.toS ||
      (last !== undefined && (last.atS >= atS || last.value === text))
    )
      return;
    this.states = [...this.states, { atS, value: text }];
  }
}

/** Whether nothing is known yet of the window. */
function isEmpty({ min = [], states = [], isLast }: SeriesPart): boolean {
  return !isLast && states.length === 0 && min.every((value) => value === null);
}
