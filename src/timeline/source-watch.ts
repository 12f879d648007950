import { TcsReplayError } from '../shared/errors.js';
import type { SeekableSource, Source, SourceChange } from '../sources/source.js';

/** Asks sources whether they have changed since they were opened, and tells each change once. */
export class SourceWatch {
  private readonly _sources: readonly SeekableSource[];
  private readonly _onNotice: (notice: string) => void;
  private readonly _changes = new Map<SeekableSource, SourceChange>();
  private _looking: Promise<void> = Promise.resolve();

  constructor(sources: readonly SeekableSource[], onNotice: (notice: string) => void = () => {}) {
    this._sources = sources;
    this._onNotice = onNotice;
  }

  /** The changes that were found, one a source. */
  get changes(): readonly SourceChange[] {
    return [...this._changes.values()];
  }

  /** Asks all sources. Resolves when all have answered. */
  look(): Promise<void> {
    this._looking = this._looking.then(() => this._look());
    return this._looking;
  }

  /** An error of reading a source, with what was found to have changed there. */
  explained(error: unknown, { name }: Source): unknown {
    const change = this.changes.find(({ path, kind }) => path === name && kind === 'changed');
    if (change === undefined || !(error instanceof TcsReplayError)) return error;
    const message = `${error.message}; it has changed while it was read: ${change.found}`;
    return new TcsReplayError(error.code, message, { cause: error });
  }

  private async _look(): Promise<void> {
    // What has changed is not asked again.
    const asked = this._sources.filter((source) => this._changes.get(source)?.kind !== 'changed');
    const answers = await Promise.all(asked.map((source) => source.change()));
    for (const [i, change] of answers.entries()) {
      if (change === undefined) continue;
      const isTold = this._changes.get(asked[i])?.kind === change.kind;
      this._changes.set(asked[i], change);
      if (!isTold) this._onNotice(noticeOf(change));
    }
  }
}

function noticeOf({ path, kind, found }: SourceChange): string {
  return kind === 'appended'
    ? `${path} has grown while it was read: ${found}; these are left out`
    : `${path} has changed while it was read: ${found}; what was read may be a mixture`;
}
