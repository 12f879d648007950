import { Batch } from '../batch/batch.js';
import { FileFault } from '../database/cache/own-file.js';
import type { PreparedPart, PreparedSelection } from './prepared-selection.js';
import { ReadAhead } from './read-ahead.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import type { PlacedBatch } from './source.js';

/** Blocks that the system reads at a time. */
const CONCURRENCY = 2;
/** The first events of a block may need those of the next one: see `findStrays`. */
const FIRST_BLOCKS = 2;

/** Says which part of a pass cannot be read. */
class PartFault extends Error {
  readonly part: PreparedPart;

  constructor(part: PreparedPart, { message }: FileFault) {
    super(message);
    this.part = part;
  }
}

/** Begins to read the database in place of a part, and all that follows. @param part undefined: none was begun */
type Replace = (part: PreparedPart | undefined, fault: string) => Promise<AsyncIterableIterator<PlacedBatch>>;

/** A pass over a prepared file, which goes on in the database where the file is damaged. */
export class PreparedPass implements AsyncIterableIterator<PlacedBatch> {
  private readonly _selection: PreparedSelection;
  private readonly _batches: ReadAhead<PreparedPart>;
  private readonly _replace: Replace;
  private _rest: DatabaseRest | undefined;
  private _isClosed = false;

  constructor(selection: PreparedSelection, start: number, budget: ReadAheadBudget, replace: Replace) {
    this._selection = selection;
    this._replace = replace;
    const read = (part: PreparedPart) =>
      selection.read(part).catch((error) => {
        throw error instanceof FileFault ? new PartFault(part, error) : error;
      });
    this._batches = new ReadAhead(selection.pieces(start), read, {
      ...{ budget, concurrency: CONCURRENCY, firstBatches: FIRST_BLOCKS },
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PlacedBatch, undefined>> {
    if (this._rest !== undefined) return this._rest.next();
    try {
      return await this._batches.next();
    } catch (error) {
      const part = error instanceof PartFault ? error.part : undefined;
      if (part === undefined && !(error instanceof FileFault)) throw error;
      if (this._isClosed) return { done: true, value: undefined };
      this._rest = new DatabaseRest(() => this._replace(part, (error as Error).message));
      if (part === undefined || part.skipped === 0) return this._rest.next();
      const { buffer } = await this._selection.read({ ...part, block: undefined });
      return { done: false, value: { batch: new Batch(buffer), shareAtEnd: 0 } };
    }
  }

  async return(): Promise<IteratorResult<PlacedBatch, undefined>> {
    this._isClosed = true;
    await Promise.all([this._batches.return(), this._rest?.return()]);
    return { done: true, value: undefined };
  }
}

/** Batches of a database that may have to be opened first. */
export class DatabaseRest implements AsyncIterableIterator<PlacedBatch> {
  private readonly _batches: Promise<AsyncIterableIterator<PlacedBatch>>;

  constructor(open: () => Promise<AsyncIterableIterator<PlacedBatch>>) {
    this._batches = open();
    this._batches.catch(() => {}); // `next` throws it.
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PlacedBatch, undefined>> {
    return (await this._batches).next();
  }

  async return(): Promise<IteratorResult<PlacedBatch, undefined>> {
    await (await this._batches.catch(() => undefined))?.return?.();
    return { done: true, value: undefined };
  }
}
